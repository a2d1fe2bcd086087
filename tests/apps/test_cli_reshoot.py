"""``recam stabilize``, ``zoom``, ``outpaint`` as a user types them, and paths relative to a moving source."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typed import FIXED, FREE

from recam.camera import CameraPath, Intrinsics, Poses
from recam.camera.shake import handheld
from recam.camera.smooth import jitter
from recam.draft import draft_video
from recam.video import Video, probe

LENS = Intrinsics.from_fov_degrees(50, 240, 144)
FRAMES, FPS = 13, 8.0


def speckles(height: int, width: int, seed: int = 0) -> np.ndarray:
    """uint8 [H,W,3]: blots of many sizes, different everywhere, as solving needs."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij"))
    frequency[0, 0] = np.inf
    noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(height, width))) / frequency**1.2, s=(height, width))
    grey = np.clip(128 + 50 * noise / noise.std(), 0, 255)
    return np.repeat(grey[..., None], 3, axis=-1).astype(np.uint8)


def shaky(seed: int = 0) -> CameraPath:
    """A camera that turns as one held by hand, and does nothing else."""
    poses = handheld(np.arange(FRAMES) / FPS, 1.0, 0.0, seed)
    return CameraPath(poses, "shaky", LENS)


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A shaky clip of a wall, and its true camera: what that camera sees of a wider view of the wall."""
    folder = tmp_path_factory.mktemp("footage")
    wide = Intrinsics(LENS.fx, LENS.fy, 200, 120, 400, 240)  # the same scale, and more of the wall
    path = shaky()
    still = np.tile(speckles(240, 400)[None], (FRAMES, 1, 1, 1))
    seen = draft_video(still, path.poses.matrices[:, :3], intrinsics=wide)[:, 48:-48, 80:-80]
    Video.from_frames(np.ascontiguousarray(seen), FPS).save(folder / "shaky.mp4", crf=8)
    path.save(folder / "shaky.json")
    return folder / "shaky.mp4", folder / "shaky.json"


def unrest(file: Path) -> float:
    """Mean difference of neighbouring frames in the middle of the picture, grey levels."""
    frames = Video.load(file).frames[:, 40:-40, 60:-60].astype(float)
    return float(np.abs(np.diff(frames, axis=0)).mean())


# recam stabilize


@pytest.mark.parametrize("method", ["gaussian", "l1", "lock"])
def test_a_shaky_clip_is_calmed(recam, footage, tmp_path: Path, only, method: str) -> None:
    video, solved = footage
    output, saved = tmp_path / "calm.mp4", tmp_path / "calm.json"
    words = ("stabilize", video, "--source-path", solved, "--method", method, "--json")
    ran = recam(*words, "-o", output, "--save-path", saved)
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert (data["kind"], data["method"], data["num_frames"]) == ("rotation", method, FRAMES)
    assert data["empty_share"] == 0
    assert data["jitter_before"]["turn_degrees"] == pytest.approx(jitter(shaky().poses, FPS).turn_degrees)
    assert data["jitter_after"]["turn_degrees"] < data["jitter_before"]["turn_degrees"] / 10
    assert 1 < data["crop"] < 1.5
    target = CameraPath.load(saved)
    assert target.zooms.tolist() == pytest.approx([data["crop"]] * FRAMES, abs=1e-4)
    assert jitter(target.poses, FPS).turn_degrees == pytest.approx(data["jitter_after"]["turn_degrees"])
    if method == "lock":
        assert unrest(output) < unrest(video) / 4
    assert probe(output).num_frames == FRAMES
    # The saved path, drafted with the source's own, is the same video.
    again = tmp_path / "again.mp4"
    assert recam("draft", video, "--camera", saved, "--source-path", solved, "-o", again).code == 0
    np.testing.assert_array_equal(Video.load(again).frames, Video.load(output).frames)
    again.unlink()
    only("calm.mp4", "calm.json")


def test_without_a_path_the_camera_is_solved(recam, footage, tmp_path: Path) -> None:
    video, _ = footage
    output, saved = tmp_path / "calm.mp4", tmp_path / "calm.json"
    ran = recam("stabilize", video, "--lock", "--fov", "50", "-o", output, "--save-path", saved, "--json")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert data["kind"] == "rotation"
    assert data["jitter_before"]["turn_degrees"] == pytest.approx(
        jitter(shaky().poses, FPS).turn_degrees, rel=0.1
    )
    # The same on every frame, from a source that moved: what the picture shows stands still.
    assert unrest(output) < unrest(video) / 4


def test_crops_as_asked(recam, footage, tmp_path: Path) -> None:
    video, solved = footage
    words = ("stabilize", video, "--source-path", solved, "--lock", "-o", tmp_path / "calm.mp4", "--json")
    plain = json.loads(recam(*words, "--crop", "none").out)
    assert plain["crop"] == 1
    assert plain["empty_share"] > 0
    tight = json.loads(recam(*words, "--crop", "1.02").out)
    assert 0 < tight["empty_share"] < plain["empty_share"]
    wide = json.loads(recam(*words, "--crop", "2").out)
    assert (wide["crop"], wide["empty_share"]) == (2, 0)


def test_nothing_to_do(recam, video_of, tmp_path: Path, only) -> None:
    CameraPath.preset("static", num_frames=24).save(tmp_path / "still.json")
    words = ("stabilize", video_of(24), "--source-path", tmp_path / "still.json", "-o", tmp_path / "out.mp4")
    ran = recam(*words)
    assert ran.code == 0
    assert "does not move" in ran.out
    only("still.json")
    assert json.loads(recam(*words, "--json").out) == {"output": None, "kind": "static"}


def test_a_view_beyond_the_picture_is_refused(recam, video_of, tmp_path: Path, only) -> None:
    """A pan of 80 degrees locked to its middle: at its ends nothing of the view was filmed."""
    CameraPath.preset("pan-right", num_frames=24, strength=4).save(tmp_path / "pan.json")
    words = ("stabilize", video_of(24), "--source-path", tmp_path / "pan.json", "-o", tmp_path / "out.mp4")
    recam(*words, "--lock").refused("recam stabilize: ", "--method gaussian", "--crop none")
    only("pan.json")
    assert recam(*words, "--lock", "--crop", "none", "--fill").code == 0


def test_a_lock_through_the_scene_is_refused(recam, video_of, tmp_path: Path, only) -> None:
    """Held at the middle of a drive of 12 m, the camera would stand behind what is 4 m away at the start."""
    poses = Poses.from_parts(np.eye(3)[None], np.linspace(0, 12, 24)[:, None] * [0, 0, 1])
    CameraPath(poses).save(tmp_path / "drive.json")
    words = ("stabilize", video_of(24), "--source-path", tmp_path / "drive.json", "--lock")
    recam(*words, "-o", tmp_path / "out.mp4").refused("6.00 m ahead", "--turns-only")
    only("drive.json")


def test_a_model_films_along_the_calm_path(recam, model, video_of, tmp_path: Path) -> None:
    poses = handheld(np.arange(24) / FPS, 1.0, seed=2)
    CameraPath(poses, "shaky").save(tmp_path / "shaky.json")
    saved = tmp_path / "calm.json"
    words = ("stabilize", video_of(24), "--source-path", tmp_path / "shaky.json", "--save-path", saved)
    ran = recam(*words, "--model", model(FREE), "--seed", "1", "-o", tmp_path / "out.mp4", "--json")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert (data["num_frames"], data["kind"]) == (9, "full")
    assert "crop" not in data
    target = CameraPath.load(saved)
    assert target.num_frames == 9
    assert jitter(target.poses, FPS).shift < jitter(poses[:9], FPS).shift / 10


# recam zoom


def test_a_zoom_draft_ends_on_the_box(recam, footage, tmp_path: Path) -> None:
    """The whole box, larger, fills the last frame: held against a plain enlargement of the box."""
    video, _ = footage
    still = tmp_path / "still.mp4"
    Video.from_frames(np.tile(Video.load(video).frames[:1], (5, 1, 1, 1)), FPS).save(still, crf=4)
    output = tmp_path / "closer.mp4"
    ran = recam("zoom", still, "--box", "90,54,60,36", "--draft", "-o", output, "--json")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert (data["magnification"], data["by"], data["box"]) == (4.0, "lens", [90, 54, 60, 36])
    assert data["moved"]["turn_degrees"] == 0
    last = Video.load(output).frames[-1].astype(float)
    source = Video.load(still).frames[0].astype(float)
    shrunk = last.reshape(36, 4, 60, 4, 3).mean(axis=(1, 3))
    off = {
        (down, right): np.abs(shrunk - source[54 + down : 90 + down, 90 + right : 150 + right]).mean()
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    }
    assert min(off, key=lambda shift: off[shift]) == (0, 0)
    assert off[0, 0] < 6
    first = np.abs(Video.load(output).frames[0].astype(float) - Video.load(still).frames[0]).mean()
    assert first < 3, "it starts at the source's own view"


@pytest.mark.parametrize("box", ["60,36,60,36", "25%,25%,25%,25%", "0.25,0.25,0.25,0.25"])
def test_boxes_in_pixels_and_shares(recam, footage, tmp_path: Path, box: str) -> None:
    ran = recam("zoom", footage[0], "--box", box, "--draft", "--at-start", "-o", tmp_path / "z.mp4", "--json")
    data = json.loads(ran.out)
    assert data["box"] == pytest.approx([60, 36, 60, 36])
    assert data["moved"]["turned_in_all_degrees"] == 0, "at once, not on the way"
    assert data["moved"]["turn_degrees"] > 5


def test_a_model_drives_to_the_box(recam, model, video_of, tmp_path: Path) -> None:
    saved = tmp_path / "path.json"
    words = ("zoom", video_of(24), "--box", "24,18,16,12", "--save-path", saved, "--seed", "0", "--json")
    for settings in (FREE, FIXED):
        ran = recam(*words, "-m", model(settings), "-o", tmp_path / "out.mp4")
        assert ran.code == 0, ran.err
        data = json.loads(ran.out)
        # The model sees the middle 64x43 of 64x48: 21 rows of it lie below the lens's centre, 6 of the box.
        assert (data["by"], data["num_frames"], data["magnification"]) == ("dolly", 9, 3.5)
        path = CameraPath.load(saved)
        assert not path.changes_lens
        np.testing.assert_allclose(path.poses.translations[-1], [0, 0, 4 * (1 - 1 / 3.5)], atol=1e-9)


def test_a_box_that_the_model_does_not_see(recam, model, video_of, tmp_path: Path, only) -> None:
    words = ("zoom", video_of(24), "--box", "0,0,20,20", "-o", tmp_path / "out.mp4")
    recam(*words, "-m", model(FREE)).refused("recam zoom: --box", "64x43")
    only()
    assert recam(*words, "--draft").code == 0


def test_a_moving_source_is_followed(recam, model, video_of, tmp_path: Path) -> None:
    drive = CameraPath.preset("dolly-in", num_frames=24)
    drive.save(tmp_path / "drive.json")
    saved = tmp_path / "path.json"
    words = ("zoom", video_of(24), "--box", "24,18,16,12", "--source-path", tmp_path / "drive.json")
    assert recam(*words, "-m", model(FREE), "--save-path", saved, "-o", tmp_path / "out.mp4").code == 0
    z = CameraPath.load(saved).poses.translations[:, 2]
    assert z[0] == pytest.approx(0)
    assert z[-1] == pytest.approx(4 * (1 - 1 / 3.5) + drive.poses.translations[8, 2])


# recam outpaint


def test_pulling_back_by_the_lens_shows_borders(recam, footage, tmp_path: Path) -> None:
    output = tmp_path / "wider.mp4"
    ran = recam("outpaint", footage[0], "--zoom-out", "2x", "--at-start", "--draft", "-o", output, "--json")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert data["new_share"] == pytest.approx(0.75, abs=0.01)
    assert data["by"] == "lens"
    frames = Video.load(output).frames
    assert (frames[:, :30].max(axis=(1, 2, 3)) < 100).all(), "the checker above the picture is dark"
    assert frames[:, 40:-40, 64:-64].max() > 150


def test_turning_and_driving_back_add_up(recam, footage, tmp_path: Path) -> None:
    words = ("outpaint", footage[0], "--pan", "-20deg", "--tilt", "5", "--back", "1.5m", "--draft", "--fill")
    saved = tmp_path / "path.json"
    ran = recam(*words, "-o", tmp_path / "wider.mp4", "--save-path", saved)
    assert ran.code == 0, ran.err
    assert "moved 1.50 m" in ran.out
    last = CameraPath.load(saved).poses[-1]
    np.testing.assert_allclose(last.translations, [[0, 0, -1.5]])
    assert last.rotations[0, 0, 2] < -0.3, "looks left"
    assert last.rotations[0, 1, 2] < -0.05, "looks up"


def test_a_model_pulls_back(recam, model, video_of, tmp_path: Path) -> None:
    words = ("outpaint", video_of(9), "--zoom-out", "1.5", "-m", model(FREE), "-o", tmp_path / "out.mp4")
    ran = recam(*words, "--seed", "3", "--subject-distance", "2")
    assert ran.code == 0, ran.err
    assert "moved 1.00 m" in ran.out
    assert "for a subject 2 m away" in ran.out
    assert "zoom of this path" not in ran.err, "a drive, so no lens change is ignored"


# --source-path and --follow-source


def test_a_draft_of_moving_footage(recam, footage, tmp_path: Path) -> None:
    """Standing still relative to the first view takes the shaking out; relative to the source it stays."""
    video, solved = footage
    words = ("draft", video, "--camera", "static", "--source-path", solved, "-o", tmp_path / "out.mp4")
    assert recam(*words).code == 0
    assert unrest(tmp_path / "out.mp4") < unrest(video) / 4
    assert recam(*words, "--follow-source").code == 0
    assert unrest(tmp_path / "out.mp4") > unrest(video) / 2


def test_a_render_follows_the_source(recam, model, video_of, tmp_path: Path) -> None:
    words = ("render", video_of(24), "-c", "static", "-m", model(FREE), "--seed", "0")
    CameraPath.preset("dolly-in", num_frames=9, strength=3).save(tmp_path / "drive.json")
    follow = ("--source-path", tmp_path / "drive.json", "--follow-source")
    assert recam(*words, "-o", tmp_path / "still.mp4").code == 0
    assert recam(*words, *follow, "-o", tmp_path / "follow.mp4").code == 0
    same = (*words[:2], "-c", tmp_path / "drive.json", *words[4:])
    assert recam(*same, "-o", tmp_path / "same.mp4").code == 0
    still, follows, as_file = (
        Video.load(tmp_path / f"{name}.mp4").frames for name in ("still", "follow", "same")
    )
    np.testing.assert_array_equal(follows, as_file)
    assert (still != follows).any()


def test_sources_that_do_not_fit(recam, video_of, tmp_path: Path, only) -> None:
    paths: dict[str, CameraPath] = {
        "short": CameraPath.preset("static", num_frames=5),
        "long": CameraPath.preset("static", num_frames=30),
        "away": CameraPath(Poses.from_parts(np.eye(3)[None], np.ones((24, 3)))),
    }
    for name, path in paths.items():
        path.save(tmp_path / f"{name}.json")
    words: Callable[[str], tuple] = lambda name: (  # noqa: E731
        *("draft", video_of(24), "-c", "arc-left", "-o", tmp_path / "out.mp4"),
        *("--source-path", tmp_path / f"{name}.json"),
    )
    recam(*words("short")).refused("short.json", "5 frames", "24", "recam camera solve")
    recam(*words("long")).refused("long.json", "30 frames", "not the path of")
    recam(*words("away")).refused("first view")
    recam(*words("none")).refused("none.json", "no such file")
    recam(*words("short")[:-2], "--follow-source").refused("--source-path", "recam camera solve")
    recam("render", *words("short")[1:]).refused("--follow-source")
    only(*(f"{name}.json" for name in paths))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("zoom", "--box", "0,0,65,10"), ["leaves the picture", "64x48"]),
        (("zoom", "--box", "-1,0,10,10"), ["leaves the picture"]),
        (("zoom", "--box", "0,0,0,10"), ["positive width"]),
        (("zoom", "--box", "1,2,3"), ["four numbers"]),
        (("zoom", "--box", "a,b,c,d"), ["four numbers"]),
        (("zoom", "--box", "10%,10,10,10"), ["mixes"]),
        (("zoom", "--box", "0,0,9,9", "--by", "lens"), ["--by lens", "--draft"]),
        (("zoom", "--box", "0,0,9,9", "--draft", "--easing", "easy"), ["easing", "ease"]),
        (("zoom",), ["--box"]),
        (("outpaint",), ["--zoom-out", "--back", "--pan", "--tilt"]),
        (("outpaint", "--zoom-out", "0.5"), ["1 or more", "recam zoom"]),
        (("outpaint", "--pan", "20px", "--draft"), ["--pan '20px'", "1.5deg"]),
        (("outpaint", "--back", "nan"), ["--back 'nan'"]),
        (("stabilize", "--crop", "0.5"), ["--crop", "auto, none"]),
        (("stabilize", "--crop", "much"), ["--crop"]),
        (("stabilize", "--lock", "--method", "l1"), ["--lock", "leave one out"]),
        (("stabilize", "--sigma", "0"), ["--sigma"]),
        (("stabilize", "--lock", "--sigma", "1"), ["--sigma", "gaussian"]),
        (("stabilize", "--model", "tiny", "--crop", "1.2"), ["--crop", "drafts"]),
        (("outpaint", "--back", "-2"), ["--back", "0 or more", "recam zoom"]),
        (("outpaint", "--pan", "1e9", "--draft"), ["--pan", "between -360 and 360"]),
        (("outpaint", "--tilt", "-91", "--draft"), ["--tilt", "between -90 and 90"]),
        (("stabilize", "--prompt", "a street"), ["--prompt", "--model"]),
        (("stabilize", "--num-frames", "9"), ["--num-frames"]),
        (("zoom", "--box", "0,0,9,9", "--draft", "--num-frames", "9"), ["--num-frames", "draft"]),
    ],
)
def test_bad_options_are_one_line(recam, video_of, tmp_path: Path, only, words, said) -> None:
    command, *rest = words
    recam(command, video_of(24), *rest, "-o", tmp_path / "out.mp4").refused(f"recam {command}: ", *said)
    only()


@pytest.mark.parametrize(
    "words",
    [("zoom", "--box", "0,0,9,9", "--draft"), ("outpaint", "--pan", "9", "--draft"), ("stabilize",)],
    ids=["zoom", "outpaint", "stabilize"],
)
def test_bad_videos_and_outputs(recam, video_of, bad_video, tmp_path: Path, words: tuple[str, ...]) -> None:
    file, word = bad_video
    command, *rest = words
    assert str(file) in recam(command, file, *rest, "-o", tmp_path / "o.mp4").refused(word)
    recam(command, video_of(24), *rest, "-o", video_of(24)).refused("is the source video")
    recam(command, video_of(1), *rest, "-o", tmp_path / "o.mp4").refused("frame")
    assert not (tmp_path / "o.mp4").exists()


def test_the_camera_path_is_written_over_nothing_that_counts(recam, footage, tmp_path: Path, only) -> None:
    video, path = footage
    words = (
        "zoom",
        video,
        "--box",
        "60,30,60,36",
        "--draft",
        "--source-path",
        path,
        "-o",
        tmp_path / "o.mp4",
    )
    before = video.read_bytes(), path.read_bytes()
    for read in footage:
        recam(*words, "--save-path", read).refused(read.name, "would be lost")
    recam(*words, "--save-path", tmp_path / "o.mp4").refused("is to be the video")
    assert (video.read_bytes(), path.read_bytes()) == before
    only()
