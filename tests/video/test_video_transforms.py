"""Frames to model tensors and back, sizes, counts, and the comparison pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from recam.errors import InputError, OutputError
from recam.video import (
    Video,
    center_crop,
    contact_sheet,
    crop_and_resize,
    frames_to_tensor,
    resample_frames,
    resize,
    side_by_side,
    spread_indices,
    tensor_to_frames,
)


def ramp(count: int = 4, height: int = 6, width: int = 10) -> np.ndarray:
    return (np.arange(count * height * width * 3) % 256).astype(np.uint8).reshape(count, height, width, 3)


def test_model_range_and_back_is_exact_for_all_256_levels() -> None:
    frames = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    tensor = frames_to_tensor(frames)
    assert tensor.shape == (3, 1, 16, 16)
    assert tensor.min() == -1
    assert tensor.max() == 1
    np.testing.assert_array_equal(tensor_to_frames(tensor), frames)


def test_model_tensor_keeps_channels_frames_rows_columns_apart() -> None:
    frames = np.zeros((2, 3, 5, 3), np.uint8)
    frames[1, 2, 4, 0] = 255
    tensor = frames_to_tensor(frames, torch.float64)
    assert tensor.dtype == torch.float64
    assert tensor[0, 1, 2, 4] == 1
    assert (tensor == 1).sum() == 1


def test_values_outside_the_range_are_clipped_and_nan_is_refused() -> None:
    assert tensor_to_frames(torch.full((3, 1, 1, 1), 7.0)).max() == 255
    with pytest.raises(InputError, match="NaN"):
        tensor_to_frames(torch.full((3, 1, 1, 1), float("nan")))
    with pytest.raises(InputError, match=r"\[3, F, H, W\]"):
        tensor_to_frames(torch.zeros(1, 3, 2, 2))


@pytest.mark.parametrize(
    ("size", "aspect", "expected"),
    [((6, 10), 1.0, (6, 6)), ((10, 6), 1.0, (6, 6)), ((6, 10), 2.5, (4, 10)), ((6, 10), 10 / 6, (6, 10))],
)
def test_center_crop_takes_the_middle(
    size: tuple[int, int], aspect: float, expected: tuple[int, int]
) -> None:
    frames = np.zeros((1, *size, 3), np.uint8)
    frames[:, size[0] // 2 - 1 : size[0] // 2 + 1, size[1] // 2 - 1 : size[1] // 2 + 1] = 9
    cropped = center_crop(frames, aspect)
    assert cropped.shape[1:3] == expected
    rows, columns = np.nonzero(cropped[0, :, :, 0])
    assert rows.mean() == (expected[0] - 1) / 2
    assert columns.mean() == (expected[1] - 1) / 2


def test_resize_shrinks_without_aliasing_and_keeps_the_mean() -> None:
    stripes = np.zeros((1, 64, 64, 3), np.uint8)
    stripes[:, :, ::2] = 200  # finer than the small picture can show: must become flat grey
    small = resize(stripes, 16, 16).astype(int)
    assert small.shape == (1, 16, 16, 3)
    assert abs(small[:, 2:-2, 2:-2] - 100).max() <= 6


def test_crop_and_resize_does_not_stretch() -> None:
    rows, columns = np.mgrid[:60, :100]
    disc = ((rows - 29.5) ** 2 + (columns - 49.5) ** 2 < 20**2).astype(np.uint8) * 255
    frames = np.repeat(disc[None, :, :, None], 3, axis=-1)
    inside = crop_and_resize(frames, 30, 30)[0, :, :, 0] > 127
    assert abs(int(inside.any(0).sum()) - int(inside.any(1).sum())) <= 1
    assert int(inside.any(0).sum()) == pytest.approx(20, abs=1)


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(2, 200))
def test_spread_indices_cover_the_clip_in_order(count: int, target: int) -> None:
    indices = spread_indices(count, target)
    assert indices[0] == 0
    assert indices[-1] == count - 1
    assert (np.diff(indices) >= 0).all()
    if target <= count:
        assert (np.diff(indices) > 0).all()
    else:
        assert set(indices) == set(range(count))


def test_resample_frames_picks_whole_frames() -> None:
    frames = ramp(9)
    np.testing.assert_array_equal(resample_frames(frames, 5), frames[::2])
    with pytest.raises(InputError):
        resample_frames(frames, 0)


def test_side_by_side_puts_the_first_left_keeps_its_duration_and_labels_it() -> None:
    left = Video.from_frames(np.full((4, 20, 30, 3), 10, np.uint8), 8)
    right = Video.from_frames(np.full((8, 40, 40, 3), 250, np.uint8), 25)
    both = side_by_side([left, right], labels=["source", "result"], gap=4)
    assert both.frames.shape == (8, 20 + 16, 30 + 4 + 20, 3)
    assert both.duration == left.duration == Fraction(1, 2)
    assert (both.frames[:, 16:, :30] == 10).all()
    assert (both.frames[:, 16:, 34:] == 250).all()
    assert both.frames[0, :16, :30].max() > 100  # the caption is there
    enlarged = side_by_side([left], min_height=50)
    assert enlarged.frames.shape[1:3] == (60, 90)
    with pytest.raises(InputError, match="one label a video"):
        side_by_side([left, right], labels=["source"])


def test_contact_sheet_shows_first_and_last_moment_of_every_video(tmp_path: Path) -> None:
    frames = np.zeros((5, 8, 12, 3), np.uint8)
    frames += (np.arange(5, dtype=np.uint8) * 50)[:, None, None, None]
    clip = Video.from_frames(frames, 5)
    path = contact_sheet([clip, clip], tmp_path / "sheet.png", labels=["a", "b"], columns=3, height=16)
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (2 * (16 + 16) + 4, 3 * 24 + 2 * 4, 3)
    assert [int(sheet[20, x, 0]) for x in (2, 30, 58)] == [0, 100, 200]
    with pytest.raises(OutputError, match="does not exist"):
        contact_sheet(clip, tmp_path / "missing" / "sheet.png")
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]
