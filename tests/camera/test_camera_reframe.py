"""Paths towards a box of the picture, and out beyond the frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recam.camera import CameraPath, Intrinsics
from recam.camera.reframe import Box, widen, zoom_to_box
from recam.errors import InputError

LENS = Intrinsics.from_fov_degrees(60, 480, 288)
STEPS = np.linspace(0, 1, 9)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    width, height = draw(st.floats(0.05, 0.9)) * 480, draw(st.floats(0.05, 0.9)) * 288
    left, top = draw(st.floats(0, 1)) * (480 - width), draw(st.floats(0, 1)) * (288 - height)
    return Box(left, top, width, height)


def seen(path: CameraPath, frame: int, point: tuple[float, float], depth: float = 4.0) -> np.ndarray:
    """Where frame ``frame`` of the path shows what the source shows at ``point``, ``depth`` metres ahead."""
    spot = depth * np.array([(point[0] - LENS.cx) / LENS.fx, (point[1] - LENS.cy) / LENS.fy, 1.0])
    pose, zoom = path.extrinsics[frame], path.zooms[frame]
    x, y, z = pose[:, :3].T @ (spot - pose[:, 3])
    assert z > 0
    return np.array([LENS.fx * zoom * x / z + LENS.cx, LENS.fy * zoom * y / z + LENS.cy])


@settings(max_examples=60, deadline=None)
@given(boxes(), st.sampled_from([None, 2.0, 4.0]))
def test_the_box_ends_in_the_middle(box: Box, subject: float | None) -> None:
    path = zoom_to_box(STEPS, box, LENS, subject)
    depth = subject or 4.0
    np.testing.assert_allclose(seen(path, -1, box.centre, depth), [240, 144], atol=1e-6)
    assert path.changes_lens == (subject is None and not np.allclose(path.zooms, 1))


@settings(max_examples=60, deadline=None)
@given(boxes())
def test_the_box_just_fits_by_the_lens(box: Box) -> None:
    path = zoom_to_box(STEPS, box, LENS)
    assert not path.translation_length()
    corners = [(box.left + i * box.width, box.top + j * box.height) for i in (0, 1) for j in (0, 1)]
    pixels = np.array([seen(path, -1, corner) for corner in corners])
    room = np.minimum(pixels, (480, 288) - pixels).min()
    assert room == pytest.approx(0, abs=1e-6)


def test_a_box_in_the_middle_is_a_plain_zoom_or_dolly() -> None:
    box = Box(180, 108, 120, 72)  # a quarter of each side
    zoom, dolly = zoom_to_box(STEPS, box, LENS), zoom_to_box(STEPS, box, LENS, 4.0)
    np.testing.assert_allclose(zoom.zooms, 4**STEPS)
    np.testing.assert_allclose(zoom.poses.matrices, np.tile(np.eye(4), (9, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(dolly.poses.translations[-1], [0, 0, 3.0], atol=1e-12)
    np.testing.assert_allclose(dolly.poses.matrices, zoom.lens_as_dolly(4.0).poses.matrices, atol=1e-12)


def test_it_starts_at_the_source_s_view_whatever_the_lens() -> None:
    shifted = Intrinsics(400, 410, 250, 130, 480, 288)
    for lens in (LENS, shifted):
        path = zoom_to_box(STEPS, Box(300, 20, 100, 80), lens)
        np.testing.assert_allclose(path.poses.matrices[0], np.eye(4), atol=1e-12)
        assert path.zooms[0] == 1


def test_right_and_up() -> None:
    last = zoom_to_box(STEPS, Box(400, 0, 60, 40), LENS).poses.rotations[-1]
    assert last[0, 2] > 0.2, "looks right"
    assert last[1, 2] < -0.1, "looks up"


@pytest.mark.parametrize("numbers", [(0, 0, 0, 10), (0, 0, 10, -1), (0, 0, np.nan, 10), (np.inf, 0, 9, 9)])
def test_boxes_that_are_none(numbers: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="box"):
        Box(*numbers)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (Box(-1, 0, 50, 50), "leaves the picture"),
        (Box(440, 0, 41, 50), "by 1 pixels"),
        (Box(0, 0, 2, 50), "hundredth"),
    ],
)
def test_boxes_that_do_not_fit(box: Box, said: str) -> None:
    with pytest.raises(InputError, match=said):
        zoom_to_box(STEPS, box, LENS)


def test_overhang() -> None:
    assert Box(10, 10, 20, 20).overhang(30, 30) == 0
    assert Box(10, 10, 20, 20).overhang(25, 28) == 5
    assert Box(-3, 10, 20, 20).overhang(30, 30) == 3


def test_widening_turns_drives_and_zooms() -> None:
    path = widen(STEPS, LENS, pan_degrees=20, back=2.0, zoom_out=1.5)
    assert path.intrinsics == LENS
    assert path.max_rotation_degrees() == pytest.approx(20)
    np.testing.assert_allclose(path.poses.translations[-1], [0, 0, -2])
    assert path.poses.rotations[-1][0, 2] > 0, "a positive pan looks right"
    assert widen(STEPS, tilt_degrees=10).poses.rotations[-1][1, 2] < 0, "a positive tilt looks up (y is down)"
    assert path.zooms[0] == 1
    assert path.zooms[-1] == pytest.approx(1 / 1.5)
    assert widen(STEPS, pan_degrees=1).zoom is None


def test_a_shorter_lens_as_a_drive_back() -> None:
    """At 4 m something shrinks to two thirds once it is 6 m away."""
    path = widen(STEPS, LENS, zoom_out=1.5, subject_distance=4.0)
    assert not path.changes_lens
    np.testing.assert_allclose(path.poses.translations[-1], [0, 0, -2.0], atol=1e-12)


@pytest.mark.parametrize("words", [{"zoom_out": 0.0}, {"zoom_out": np.nan}, {"back": np.inf}])
def test_widening_by_nonsense(words: dict[str, float]) -> None:
    with pytest.raises(InputError):
        widen(STEPS, **words)
