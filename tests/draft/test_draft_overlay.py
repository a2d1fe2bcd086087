"""Where views lie on the source's picture: what is drawn is where the geometry puts it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recam.camera import CameraPath, Intrinsics, Poses
from recam.draft import draw_overlay, view_frames
from recam.errors import InputError, OutputError

LENS = Intrinsics.from_focal_px(100, 160, 90)


def test_a_still_camera_sees_the_picture_itself() -> None:
    corners = view_frames(CameraPath.preset("static", 2), LENS)
    np.testing.assert_allclose(corners[0], [(0, 0), (160, 0), (160, 90), (0, 90)], atol=1e-9)
    assert view_frames(CameraPath.preset("static", 2), LENS, points=5).shape == (2, 20, 2)


def test_a_zoom_to_twice_the_lens_sees_the_middle_half() -> None:
    path = CameraPath(Poses.identity(2), "zoom", zoom=np.array([1.0, 2.0]))
    np.testing.assert_allclose(view_frames(path, LENS)[1, 0], (40, 22.5))
    np.testing.assert_allclose(view_frames(path, LENS)[1, 2], (120, 67.5))


def test_a_truck_shifts_by_what_its_depth_says() -> None:
    path = CameraPath(Poses.from_parts(np.eye(3)[None], [[0, 0, 0], [0.5, 0, 0]]))
    for depth in (2.0, 5.0):
        np.testing.assert_allclose(view_frames(path, LENS, depth)[1, 0], (100 * 0.5 / depth, 0))


def test_what_is_behind_the_source_camera_is_nowhere() -> None:
    path = CameraPath.preset("pan-right", 3, strength=5)  # a hundred degrees to the right
    corners = view_frames(path, LENS, points=8)
    assert np.isfinite(corners[0]).all()
    assert np.isnan(corners[2]).any()


@pytest.mark.parametrize("name", ["arc-left", "pan-right"])
def test_the_picture_shows_the_frames_beyond_the_source(name: str, tmp_path: Path) -> None:
    file = tmp_path / "overlay.png"
    draw_overlay(CameraPath.preset(name, 9), np.full((90, 160, 3), 255, np.uint8), file, LENS)
    with Image.open(file) as image:
        drawn = np.asarray(image.convert("RGB")).astype(int)
    assert drawn.shape[1] == 1100
    # The last view, in yellow, ends to the right of the source's picture, which is white.
    yellow = np.abs(drawn[:, :950] - (253, 231, 37)).sum(2) < 40
    white = (drawn[:, :950] == 255).all(2) & (np.cumsum(drawn[:, :950, 0] == 233, 1) > 0)
    assert np.nonzero(yellow)[1].max() > np.nonzero(white[200:400])[1].max() + 30


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    path, picture = CameraPath.preset("dolly-in", 3), np.zeros((90, 160, 3), np.uint8)
    with pytest.raises(OutputError, match=r"ending in \.png"):
        draw_overlay(path, picture, tmp_path / "overlay.html", LENS)
    with pytest.raises(InputError, match="through the plane"):
        draw_overlay(path, picture, tmp_path / "overlay.png", LENS, depth=1)
    with pytest.raises(InputError, match=r"uint8 \[90, 160, 3\]"):
        draw_overlay(path, picture[:50], tmp_path / "overlay.png", LENS)
    assert not list(tmp_path.iterdir())
