"""Lenses: known angles, and that crop and resize move pixels as they move pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recam.camera import Intrinsics
from recam.errors import InputError


def test_published_lens_of_24_mm() -> None:
    lens = Intrinsics.from_focal_mm(24, 1280, 1280)
    assert lens.fx == lens.fy == pytest.approx(24 / 23.76 * 1280)
    assert lens.fov_degrees == pytest.approx((52.67082, 52.67082), abs=1e-5)  # 2 atan(0.495)
    wide = lens.crop(0, 280, 1280, 720)
    assert wide.fx == wide.fy == lens.fx
    assert wide.fov_degrees[0] == pytest.approx(lens.fov_degrees[0])
    assert wide.fov_degrees[1] < 32


def test_angle_of_view() -> None:
    assert Intrinsics.from_fov_degrees(90, 832, 480).fx == pytest.approx(416)
    assert Intrinsics.from_fov_degrees(90, 832, 480, axis="vertical").fx == pytest.approx(240)
    assert Intrinsics.from_fov_degrees(70, 832, 480).fov_degrees[0] == pytest.approx(70)


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(1, 10))
def test_crop_and_resize_move_points_with_the_picture(x: float, y: float, z: float) -> None:
    lens = Intrinsics.from_fov_degrees(60, 640, 480)
    point = np.array([x * z, y * z, z])

    def project(of: Intrinsics) -> np.ndarray:
        seen = of.matrix @ point
        return seen[:2] / seen[2]

    assert np.allclose(project(lens.crop(10, 20, 600, 400)), project(lens) - (10, 20))
    assert np.allclose(project(lens.resize(320, 120)), project(lens) * (0.5, 0.25))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Intrinsics(0, 1, 1, 1, 2, 2),
        lambda: Intrinsics(1, float("nan"), 1, 1, 2, 2),
        lambda: Intrinsics(1, 1, float("inf"), 1, 2, 2),
        lambda: Intrinsics(1, 1, 1, 1, 0, 2),
        lambda: Intrinsics.from_focal_mm(-24, 640, 480),
        lambda: Intrinsics.from_focal_mm(24, 640, 480, sensor_mm=0),
        lambda: Intrinsics.from_fov_degrees(180, 640, 480),
        lambda: Intrinsics.from_fov_degrees(60, 640, 480).crop(100, 0, 600, 480),
        lambda: Intrinsics.from_fov_degrees(60, 640, 480).resize(0, 480),
    ],
)
def test_impossible_lenses_are_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator]
