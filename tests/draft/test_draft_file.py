"""Drafting whole files: length, rate, sound, lens, and what is left when it fails."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from recam.camera import CameraPath, Intrinsics
from recam.draft import draft_file, draft_video
from recam.errors import InputError, OutputError, VideoFileError
from recam.video import Video, probe

RATE = Fraction(24000, 1001)


def gradient(count: int = 12, height: int = 48, width: int = 80) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    base = np.stack([columns * 3, rows * 5, 255 - columns * 3], -1).clip(0, 255)
    return np.stack([np.clip(base - index, 0, 255) for index in range(count)]).astype(np.uint8)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return Video.from_frames(gradient(), RATE).save(tmp_path / "in.mp4", crf=1)


def test_a_file_is_drafted_frame_by_frame_as_in_memory(clip: Path, tmp_path: Path) -> None:
    path, calls = CameraPath.preset("arc-left", 81), []
    info = draft_file(
        clip, tmp_path / "out.mp4", path, fill=True, crf=1, progress=lambda *call: calls.append(call)
    )
    assert (info.num_frames, info.fps) == (12, RATE)
    assert calls == [(index, 12) for index in range(1, 13)]
    drawn = Video.load(tmp_path / "out.mp4")
    assert (drawn.fps, drawn.num_frames) == (RATE, 12)
    expected = draft_video(Video.load(clip), path, fill=True)
    assert expected.fps == RATE
    assert abs(drawn.frames.astype(int) - expected.frames).mean() < 2
    assert abs(drawn.frames[-1].astype(int) - drawn.frames[0]).mean() > 5  # it did move


def test_sound_goes_along_in_step(tmp_path: Path) -> None:
    source = tmp_path / "in.mov"
    with av.open(str(source), "w") as output:
        stream: Any = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 80, 48, "yuv420p"
        stream.set_display_rotation(90)
        sound: Any = output.add_stream("pcm_s16le", rate=8000, layout="mono")
        for frame in gradient(50):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode(None))
        loud = np.zeros((1, 16000), np.int16)
        loud[:, 12000:] = 20000  # from 1.5 s on
        piece = av.AudioFrame.from_ndarray(loud, format="s16", layout="mono")
        piece.sample_rate, piece.pts = 8000, 0
        output.mux(sound.encode(piece))
    drafted = tmp_path / "out.mp4"
    info = draft_file(source, drafted, CameraPath.preset("pan-left", 9), start=1)
    assert (info.width, info.height) == (48, 80)  # the turn is applied
    assert (probe(drafted).width, probe(drafted).num_frames, probe(drafted).has_audio) == (48, 25, True)
    with av.open(str(drafted)) as container:
        pieces: list[Any] = list(container.decode(container.streams.audio[0]))
    loud_from = [
        float(piece.time + np.nonzero(abs(piece.to_ndarray()[0]) > 0.3)[0][0] / 8000)
        for piece in pieces
        if abs(piece.to_ndarray()).max() > 0.3
    ]
    assert loud_from[0] == pytest.approx(0.5, abs=0.01)
    draft_file(source, drafted, CameraPath.preset("pan-left", 9), sound=False)
    assert not probe(drafted).has_audio


def test_the_path_spreads_over_the_stretch_that_is_drafted(clip: Path, tmp_path: Path) -> None:
    path = CameraPath.preset("pan-right", 81)
    draft_file(clip, tmp_path / "out.mp4", path, start=4 / RATE, max_frames=5, crf=1)
    drawn = Video.load(tmp_path / "out.mp4")
    expected = draft_video(gradient()[4:9], path)
    assert drawn.num_frames == 5
    assert abs(drawn.frames.astype(int) - expected).mean() < 3


def test_a_draft_may_replace_its_own_source(clip: Path) -> None:
    before = Video.load(clip).frames
    draft_file(clip, clip, CameraPath.preset("dolly-in", 5))
    after = Video.load(clip).frames
    assert after.shape == before.shape
    assert abs(after[-1].astype(int) - before[-1]).mean() > 3


def test_the_lens_of_the_path_is_used_where_known() -> None:
    frames = gradient(2)
    wide = Intrinsics.from_fov_degrees(90, 100, 100)
    path = CameraPath.preset("pan-right", 2)
    with_lens = CameraPath(path.poses, path.name, wide)
    np.testing.assert_array_equal(draft_video(frames, with_lens), draft_video(frames, path, fov_degrees=90))
    np.testing.assert_array_equal(draft_video(frames, with_lens, fov_degrees=50), draft_video(frames, path))
    with pytest.raises(InputError, match="100x100 and the video is 80x48"):
        draft_video(frames, path, intrinsics=wide)
    with pytest.raises(InputError, match="not both"):
        draft_video(frames, path, intrinsics=wide, fov_degrees=50)
    with pytest.raises(InputError, match="between 0 and 180"):
        draft_video(frames, path, fov_degrees=180)


def test_failures_are_ours_and_leave_nothing(clip: Path, tmp_path: Path) -> None:
    path = CameraPath.preset("pan-right", 9)
    single = Video.from_frames(gradient(1), 10).save(tmp_path / "single.mp4")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(VideoFileError, match="single frame"):
        draft_file(single, tmp_path / "out.mp4", path)
    with pytest.raises(VideoFileError, match="no such file"):
        draft_file(tmp_path / "missing.mp4", tmp_path / "out.mp4", path)
    with pytest.raises(InputError, match="depth"):
        draft_file(clip, tmp_path / "out.mp4", path, depth=float("nan"))
    with pytest.raises(OutputError, match="does not exist"):
        draft_file(clip, tmp_path / "missing" / "out.mp4", path)
    with pytest.raises(VideoFileError, match="behind its end"):
        draft_file(clip, tmp_path / "out.mp4", path, start=60)

    def interrupt(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draft_file(clip, tmp_path / "out.mp4", path, progress=interrupt)
    assert sorted(tmp_path.iterdir()) == before
    assert probe(clip).num_frames == 12
