"""Which frames, which size, which poses - and what an error proposes instead."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from recam.camera import CameraPath
from recam.errors import InputError
from recam.pipeline.request import Layout, choose_size, count_frames, frame_indices, plan_clip
from recam.pipeline.settings import ModelSettings
from recam.video import Sound, Video

LAYOUT = Layout(4, 8, (1, 2, 2))
FREE = ModelSettings(name="free", num_frames=81, height=32, width=64)
FIXED = ModelSettings(name="fixed", num_frames=9, height=16, width=16, fps=15, fixed_size=True)


def numbered(frames: int, height: int = 32, width: int = 64, fps: float = 30) -> Video:
    """Frame i is filled with the value i."""
    values = np.arange(frames, dtype=np.uint8)[:, None, None, None]
    return Video.from_frames(np.broadcast_to(values, (frames, height, width, 3)).copy(), fps)


def frame_numbers(clip) -> list[int]:
    return clip.cut().frames[:, 0, 0, 0].tolist()


def arc(frames: int) -> CameraPath:
    return CameraPath.preset("arc-left", num_frames=frames)


def test_the_path_says_how_many() -> None:
    clip = plan_clip(numbered(30), arc(9), FREE, LAYOUT)
    assert frame_numbers(clip) == list(range(9))
    assert clip.grid.latent_frames == 3
    assert clip.notes == ("took the first 9 of the video's 30 frames",)
    np.testing.assert_array_equal(clip.path.extrinsics, arc(9).extrinsics)


@pytest.mark.parametrize("settings", [FREE, FIXED])
def test_a_zoom_is_said_to_be_ignored(settings: ModelSettings) -> None:
    path = replace(arc(9), zoom=np.geomspace(1, 2, 9))
    with pytest.warns(UserWarning, match=r"takes no lens.*lens_as_dolly\(subject_distance\)"):
        clip = plan_clip(numbered(30), path, settings, LAYOUT)
    assert clip.notes[0] == "the model takes no lens: the zoom of this path (1x to 2x) is ignored"
    assert not clip.path.changes_lens
    np.testing.assert_array_equal(clip.path.extrinsics, path.extrinsics)
    moved = plan_clip(numbered(30), path.lens_as_dolly(4.0), settings, LAYOUT)  # the remedy that it names
    assert not any("lens" in note for note in moved.notes)
    assert moved.path.extrinsics[-1, 2, 3] > path.extrinsics[-1, 2, 3] + 1


def test_an_asked_count_shortens_the_path() -> None:
    clip = plan_clip(numbered(30), arc(13), FREE, LAYOUT, num_frames=9)
    np.testing.assert_array_equal(clip.path.extrinsics, arc(13).extrinsics[:9])
    assert "followed the first 9 of the path's 13 poses" in clip.notes


@pytest.mark.parametrize(
    ("video", "path", "asked", "message"),
    [
        (30, 10, None, "num_frames=10 .*use 9 or 13.*trim.*pad"),
        (30, 30, 3, "num_frames=3 .*use 5"),
        (30, 81, None, "has 30 frames, fewer than the 81 .*num_frames=29"),
        (4, 81, None, "has 4 frames, too few"),
        (30, 5, 9, "camera path has 5 frames and the clip 9"),
        (1, 9, None, "one frame"),
    ],
)
def test_counts_that_do_not_fit(video: int, path: int, asked, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan_clip(numbered(video), arc(path), FREE, LAYOUT, num_frames=asked)


def test_trim() -> None:
    clip = plan_clip(numbered(12), arc(81), FREE, LAYOUT, fit="trim")
    assert frame_numbers(clip) == list(range(9))
    np.testing.assert_array_equal(clip.path.extrinsics, arc(81).extrinsics[:9])
    with pytest.raises(InputError, match="too few"):
        plan_clip(numbered(4), arc(81), FREE, LAYOUT, fit="trim")


def test_pad() -> None:
    clip = plan_clip(numbered(7), arc(6), FREE, LAYOUT, num_frames=8, fit="pad")
    assert frame_numbers(clip) == [0, 1, 2, 3, 4, 5, 6, 6, 6]
    np.testing.assert_array_equal(clip.path.extrinsics[5:], np.repeat(arc(6).extrinsics[5:], 4, axis=0))
    assert len(clip.notes) == 2


@pytest.mark.parametrize("fit", ["trim", "pad"])
@pytest.mark.parametrize("available", range(5, 40))
def test_fit_always_gives_a_good_count(fit, available: int) -> None:
    for wanted in range(5, 40):
        assert (count_frames(available, wanted, LAYOUT, fit) - 1) % 4 == 0


def test_portrait_swaps_the_default_size_and_nothing_is_stretched() -> None:
    clip = plan_clip(numbered(9, height=200, width=100), arc(9), FREE, LAYOUT)
    assert clip.cut().frames.shape[1:3] == (64, 32)
    assert clip.notes == ("resized from 100x200 to 32x64 pixels",)
    clip = plan_clip(numbered(9, height=100, width=100), arc(9), FREE, LAYOUT)
    assert clip.notes == ("cropped to the middle and resized from 100x100 to 64x32 pixels",)


def test_sizes_that_do_not_fit_name_the_nearest() -> None:
    with pytest.raises(InputError, match=r"height=40 .*32 or 48"):
        plan_clip(numbered(9), arc(9), FREE, LAYOUT, height=40)


def test_fixed_size_takes_its_own_rate() -> None:
    clip = plan_clip(numbered(60, fps=30), arc(9), FIXED, LAYOUT)
    assert frame_numbers(clip) == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert clip.fps == 15
    assert clip.cut().frames.shape[1:3] == (16, 16)
    assert "took 9 frames at 15 a second from its first 0.57 s" in clip.notes


def test_fixed_size_with_a_slow_or_a_short_video() -> None:
    slow = plan_clip(numbered(60, fps=10), arc(9), FIXED, LAYOUT)
    assert frame_numbers(slow) == list(range(9))
    assert slow.fps == 10
    short = plan_clip(numbered(13, fps=60), arc(9), FIXED, LAYOUT)
    assert frame_numbers(short) == [0, 2, 3, 5, 6, 8, 9, 11, 12]  # spread over the whole clip
    assert short.fps == Fraction(60) / Fraction(12, 8)


def test_fixed_size_resamples_the_path() -> None:
    clip = plan_clip(numbered(60), arc(81), FIXED, LAYOUT)
    assert clip.path.num_frames == 9
    np.testing.assert_allclose(clip.path.extrinsics[-1], arc(81).extrinsics[-1], atol=1e-12)


def test_fixed_size_refuses_others() -> None:
    with pytest.raises(InputError, match="num_frames=13: the model fixed knows only num_frames=9"):
        plan_clip(numbered(60), arc(9), FIXED, LAYOUT, num_frames=13)
    with pytest.raises(InputError, match="has 5 frames, too few"):
        plan_clip(numbered(5), arc(9), FIXED, LAYOUT)
    padded = plan_clip(numbered(5, fps=15), arc(9), FIXED, LAYOUT, fit="pad")
    assert frame_numbers(padded) == [0, 1, 2, 3, 4, 4, 4, 4, 4]


def test_the_sound_lasts_as_long_as_the_picture() -> None:
    video = replace(numbered(60), sound=Sound(Path("in.mp4"), Fraction(1), Fraction(2)))
    clip = plan_clip(video, arc(9), FREE, LAYOUT)
    assert clip.cut().sound == Sound(Path("in.mp4"), Fraction(1), Fraction(9, 30))


def test_an_unknown_fit() -> None:
    with pytest.raises(InputError, match="'trim' or 'pad'"):
        plan_clip(numbered(9), arc(9), FREE, LAYOUT, fit="stretch")  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [FREE, FIXED], ids=["free", "fixed"])
@pytest.mark.parametrize(
    ("frames", "asked", "fit"), [(40, 9, None), (40, 10, "trim"), (7, 9, "pad"), (40, None, "trim")]
)
def test_which_frames_and_size_can_be_asked_before(settings: ModelSettings, frames, asked, fit) -> None:
    """For a path that has to fit the frames: the same answer as the run's own plan."""
    for video in (numbered(frames), numbered(frames, height=64, width=32)):
        indices = frame_indices(video, settings, LAYOUT, asked, fit)
        wanted = None if settings.fixed_size else asked
        clip = plan_clip(video, arc(len(indices)), settings, LAYOUT, num_frames=wanted, fit=fit)
        np.testing.assert_array_equal(indices, clip.indices)
        assert choose_size(video, settings) == (clip.grid.height, clip.grid.width)
