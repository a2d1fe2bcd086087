"""``recam camera solve``: from a video to a camera file that the other commands take."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from recam.camera import CameraPath
from recam.video import Video
from recam.video.lens_tags import stated_focal_35mm

FOCAL = 200.0  # pixels, of a picture of 240 x 160
EQUIVALENT = "com.apple.quicktime.camera.focal_length.35mm_equivalent"


def _panning(num_frames: int, degrees: float = 10.0) -> np.ndarray:
    """uint8 [F,160,240,3]: a camera that pans right over a painted world far away."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(512), np.fft.rfftfreq(512), indexing="ij"))
    frequency[0, 0] = np.inf
    noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(512, 512))) / frequency, s=(512, 512))
    paint = np.clip(128 + 60 * noise / noise.std(), 0, 255)
    rows, columns = np.mgrid[:160, :240] + 0.5
    across, down = (columns - 120) / FOCAL, (rows - 80) / FOCAL
    frames = []
    for angle in np.radians(np.linspace(0, degrees, num_frames)):
        x, z = np.cos(angle) * across + np.sin(angle), np.cos(angle) - np.sin(angle) * across
        u, v = 200 * x / z + 200, 200 * down / z + 200  # the world is a plane far ahead
        left, top = np.floor(u).astype(int), np.floor(v).astype(int)
        right, below = u - left, v - top
        corner = [[paint[(top + j) % 512, (left + i) % 512] for i in (0, 1)] for j in (0, 1)]
        upper = corner[0][0] * (1 - right) + corner[0][1] * right
        lower = corner[1][0] * (1 - right) + corner[1][1] * right
        frames.append(upper * (1 - below) + lower * below)
    return np.repeat(np.round(frames).astype(np.uint8)[..., None], 3, axis=-1)


@pytest.fixture(scope="module")
def pan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pan") / "my pan.mp4"
    Video.from_frames(_panning(9), 8).save(file)
    return file


def test_a_pan_becomes_a_camera_file(recam, pan: Path, tmp_path: Path, only) -> None:
    path, plot = tmp_path / "path.json", tmp_path / "path.png"
    done = recam("camera", "solve", pan, "-o", path, "--plot", plot, "--focal-px", FOCAL, "--json")
    assert done.code == 0, done.err
    data = json.loads(done.out)
    assert (data["kind"], data["method"], data["num_frames"]) == ("rotation", "rotation", 9)
    assert data["max_rotation_degrees"] == pytest.approx(10, abs=0.1)
    assert data["translation_length_m"] == 0
    assert data["subject_distance_m"] is None  # no scale to tell
    assert (data["lens_from"], data["lens_refined"]) == ("given", False)
    assert data["focal_px"] == pytest.approx(FOCAL)
    assert data["inlier_share"] > 0.9
    loaded = CameraPath.load(path)
    assert loaded.name == "my pan"
    assert loaded.intrinsics is not None
    assert loaded.intrinsics.width == 240
    # Positive pan is to the right: the view direction gains x.
    assert loaded.poses.rotations[-1][0, 2] == pytest.approx(np.sin(np.radians(10)), abs=2e-3)
    only("path.json", "path.png")
    # The move is cloned by naming the file.
    shown = recam("camera", "show", path, "--json")
    assert json.loads(shown.out)["max_rotation_degrees"] == pytest.approx(data["max_rotation_degrees"])


def test_a_stretch_with_an_unknown_lens_in_words(recam, pan: Path, tmp_path: Path) -> None:
    path = tmp_path / "path.json"
    words = ("--start", 0.25, "--max-frames", 5, "--name", "stolen")
    done = recam("camera", "solve", pan, "-o", path, *words)
    assert done.code == 0, done.err
    assert "5 frames" in done.out
    assert "the camera turns and does not travel (rotation)" in done.out
    assert "found from the pictures" in done.out
    assert "(--subject-distance)" not in done.out
    assert CameraPath.load(path).name == "stolen"


def test_what_cannot_be_written_is_refused_before_any_work(recam, pan: Path, tmp_path: Path, only) -> None:
    recam("camera", "solve", pan, "-o", tmp_path / "none" / "a.json").refused("does not exist")
    recam("camera", "solve", pan, "-o", pan).refused("is the video")
    path = tmp_path / "a.json"
    recam("camera", "solve", pan, "-o", path, "--plot", tmp_path / "a.jpg").refused(".png or a .html")
    recam("camera", "solve", pan, "-o", tmp_path / "a.png", "--plot", tmp_path / "a.png").refused(
        "another name"
    )
    recam("camera", "solve", pan, "-o", path, "--fov", 50, "--focal-mm", 24).refused("both say the lens")
    recam("camera", "solve", pan, "-o", path, "--subject-distance", 0).refused("subject_distance")
    recam("camera", "solve", pan, "-o", path, "--start", 99).refused("behind its end")
    only()


def test_bad_videos_are_refused(recam, bad_video: tuple[Path, str], tmp_path: Path) -> None:
    file, word = bad_video
    recam("camera", "solve", file, "-o", tmp_path / "a.json").refused(word)
    assert not (tmp_path / "a.json").exists()


def test_a_clip_that_tells_nothing_is_refused(
    recam, video_of: Callable[[int], Path], tmp_path: Path, only
) -> None:
    recam("camera", "solve", video_of(4), "-o", tmp_path / "a.json").refused("too small to solve")
    blank = tmp_path / "blank.mp4"
    Video.from_frames(np.full((4, 96, 128, 3), 90, np.uint8), 8).save(blank)
    recam("camera", "solve", blank, "-o", tmp_path / "a.json").refused("frame 0 shows too little")
    only("blank.mp4")


def test_without_the_extra_one_line_says_what_to_install(
    recam, pan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    recam("camera", "solve", pan, "-o", tmp_path / "a.json").refused("pip install 'recam[sfm]'")


def _tagged(frames: np.ndarray, file: Path, value: str) -> Path:
    """A video with a phone's statement of its lens."""
    with av.open(str(file), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata[EQUIVALENT] = value
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 240, 160, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return file


def test_the_lens_that_a_phone_states_is_a_start(recam, pan: Path, tmp_path: Path) -> None:
    still = np.repeat(_panning(1), 3, axis=0)
    file = _tagged(still, tmp_path / "phone.mp4", "26")
    assert stated_focal_35mm(file) == 26
    assert stated_focal_35mm(pan) is None
    assert stated_focal_35mm(_tagged(still, tmp_path / "odd.mp4", "wide")) is None
    done = recam("camera", "solve", file, "-o", tmp_path / "a.json", "--json")
    data = json.loads(done.out)
    assert (data["kind"], data["lens_from"], data["lens_refined"]) == ("static", "file", False)
    # 26 mm on the diagonal of 36 x 24 mm, whatever the picture's shape.
    assert data["focal_px"] == pytest.approx(26 / np.hypot(36, 24) * np.hypot(240, 160))
