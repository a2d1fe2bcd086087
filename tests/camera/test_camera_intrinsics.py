"""Lenses: known angles, and that crop and resize move pixels as they move pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recam.camera import Intrinsics
from recam.errors import InputError
from recam.video import center_window, crop_and_resize


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


def test_every_way_to_say_a_lens_reads_back() -> None:
    lens = Intrinsics.from_focal_px(700, 832, 480)
    for side in ("width", "height", "diagonal"):
        again = Intrinsics.from_focal_mm(lens.focal_mm(24, side), 832, 480, 24, side)
        assert again.fx == pytest.approx(700, rel=1e-12)
    horizontal, vertical = lens.fov_degrees
    for axis, degrees in (
        ("horizontal", horizontal), ("vertical", vertical), ("diagonal", lens.diagonal_fov_degrees)
    ):  # fmt: skip
        assert Intrinsics.from_fov_degrees(degrees, 832, 480, axis).fx == pytest.approx(700, rel=1e-12)
    assert Intrinsics.from_focal_35mm(lens.focal_35mm, 832, 480).fx == pytest.approx(700, rel=1e-12)


def test_known_cameras() -> None:
    """Angles of view as tables of full-frame lenses state them, and a phone's 26 mm equivalent."""
    full_frame = Intrinsics.from_focal_mm(50, 3600, 2400, sensor_mm=36)
    assert full_frame.fov_degrees == pytest.approx((39.60, 26.99), abs=0.01)
    assert full_frame.diagonal_fov_degrees == pytest.approx(46.79, abs=0.01)
    assert full_frame.focal_35mm == pytest.approx(50)
    phone = Intrinsics.from_focal_35mm(26, 4032, 3024)  # 4:3: the same diagonal angle, another shape
    assert phone.diagonal_fov_degrees == pytest.approx(
        Intrinsics.from_focal_mm(26, 36, 24, 36).diagonal_fov_degrees
    )
    assert phone.fov_degrees[0] == pytest.approx(67.30, abs=0.01)


def test_the_published_square_lens_read_from_its_folder_name() -> None:
    for focal, degrees in ((18, 66.84), (24, 52.67), (35, 37.50), (50, 26.73)):
        lens = Intrinsics.from_focal_mm(focal, 1280, 1280)
        assert lens.fov_degrees == pytest.approx((degrees, degrees), abs=0.01)
        assert lens.focal_mm() == pytest.approx(focal)
        wide = lens.crop(*center_window(1280, 1280, 832 / 480)).resize(832, 480)
        assert wide.fx == pytest.approx(focal / 23.76 * 832)
        assert wide.fy == pytest.approx(wide.fx, rel=1e-3)  # the cut is to the whole pixel: 738.46 is 738
        assert wide.focal_mm() == pytest.approx(focal)


@given(st.integers(3, 40), st.integers(3, 40), st.floats(0.3, 3), st.integers(4, 60), st.integers(4, 60))
def test_crop_and_resize_there_and_back(w: int, h: int, zoom: float, new_w: int, new_h: int) -> None:
    lens = Intrinsics(30 * zoom, 31, 4.5, 3, w, h)
    back = lens.resize(new_w, new_h).resize(w, h)
    assert np.allclose(back.matrix, lens.matrix, rtol=1e-12)
    assert lens.zoomed(zoom).zoomed(1 / zoom).fx == pytest.approx(lens.fx)
    assert lens.crop(1, 1, w - 1, h - 2).matrix[0, 0] == lens.fx


@pytest.mark.parametrize(("height", "width"), [(480, 832), (96, 400), (300, 100), (101, 57)])
def test_the_lens_predicts_where_cropping_and_resizing_puts_a_thing(height: int, width: int) -> None:
    """A ball in space, drawn through the lens, then cut and scaled as videos are, then found again."""
    lens = Intrinsics.from_focal_mm(24, 320, 320)
    rows, columns = np.mgrid[:320, :320] + 0.5
    for place in ((0.05, 0.02, 1.0), (-0.12, 0.04, 1.5), (0.0, -0.06, 2.0)):
        seen = lens.matrix @ place
        x, y = seen[:2] / seen[2]
        blob = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 50)
        frames = np.repeat(blob[None, :, :, None], 3, axis=3).round().astype(np.uint8)
        cut = crop_and_resize(frames, height, width)[0, :, :, 0].astype(float)
        after = lens.crop(*center_window(320, 320, width / height)).resize(width, height)
        new_rows, new_columns = np.mgrid[:height, :width] + 0.5
        found = np.array([(cut * new_columns).sum(), (cut * new_rows).sum()]) / cut.sum()
        seen = after.matrix @ place
        assert np.allclose(found, seen[:2] / seen[2], atol=0.06 * max(1, width / 320))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Intrinsics(0, 1, 1, 1, 2, 2),
        lambda: Intrinsics(1, float("nan"), 1, 1, 2, 2),
        lambda: Intrinsics(1, 1, float("inf"), 1, 2, 2),
        lambda: Intrinsics(1, 1, 1, 1, 0, 2),
        lambda: Intrinsics.from_focal_mm(-24, 640, 480),
        lambda: Intrinsics.from_focal_mm(24, 640, 480, sensor_mm=0),
        lambda: Intrinsics.from_focal_mm(24, 640, 480).focal_mm(float("inf")),
        lambda: Intrinsics.from_focal_mm(24, 640, 480).zoomed(0),
        lambda: Intrinsics.from_focal_px(float("nan"), 640, 480),
        lambda: Intrinsics.from_focal_35mm(0, 640, 480),
        lambda: Intrinsics.from_fov_degrees(180, 640, 480),
        lambda: Intrinsics.from_fov_degrees(60, 640, 480).crop(100, 0, 600, 480),
        lambda: Intrinsics.from_fov_degrees(60, 640, 480).resize(0, 480),
    ],
)
def test_impossible_lenses_are_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator]
