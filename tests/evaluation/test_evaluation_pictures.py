"""Figures of pictures against answers known without running them."""

from __future__ import annotations

import numpy as np
import pytest

from recam.errors import InputError
from recam.evaluation.pictures import flicker, likeness, nearest_view


def grey(*values: int) -> list[np.ndarray]:
    return [np.full((16, 20, 3), value, np.uint8) for value in values]


def noise(seed: int, frames: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, 16, 20, 3), dtype=np.uint8)


def test_a_single_frame_cannot_flicker() -> None:
    with pytest.raises(InputError, match="two frames"):
        flicker(grey(1))


def test_equal_videos() -> None:
    found = likeness(noise(0), noise(0))
    assert found.psnr == np.inf
    assert found.ssim == pytest.approx(1.0)
    assert found.num_frames == 3


def test_a_constant_offset_has_a_closed_form() -> None:
    found = likeness(grey(100, 100), grey(110, 110))
    assert found.psnr == pytest.approx(10 * np.log10(255**2 / 100))
    # Flat windows leave the luminance term: (2 a b + c1) / (a^2 + b^2 + c1), c1 = (0.01 * 255)^2.
    c1 = 2.55**2
    assert found.ssim == pytest.approx((2 * 100 * 110 + c1) / (100**2 + 110**2 + c1), abs=1e-9)


def test_psnr_is_of_the_mean_error_over_frames() -> None:
    # One frame 20 off, three equal: the mean square error is 100, not the mean of infinite figures.
    assert likeness(grey(50, 50, 50, 50), grey(70, 50, 50, 50)).psnr == pytest.approx(
        10 * np.log10(255**2 / 100)
    )


def test_unrelated_videos_have_no_structure_in_common() -> None:
    assert abs(likeness(noise(1), noise(2)).ssim) < 0.1


def test_the_nearest_view_is_found() -> None:
    views = {"left": noise(1), "right": noise(2), "up": noise(3)}
    blurred = np.clip(noise(2).astype(int) // 2 + 64, 0, 255).astype(np.uint8)
    assert nearest_view(blurred, views) == "right"
    with pytest.raises(InputError, match="no views"):
        nearest_view(blurred, {})


def test_videos_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="different numbers of frames"):
        likeness(noise(0, 3), noise(0, 2))
    with pytest.raises(InputError, match="20x16 and the true ones 20x12"):
        likeness(noise(0), noise(0)[:, :12])
    with pytest.raises(InputError, match="at least 11 pixels"):
        likeness(noise(0)[:, :8], noise(0)[:, :8])
    with pytest.raises(InputError, match="no frames"):
        likeness([], [])
    with pytest.raises(InputError, match="different numbers"):
        nearest_view(noise(0, 3), {"left": noise(0, 2)})
