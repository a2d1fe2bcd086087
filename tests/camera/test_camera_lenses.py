"""Lenses that change along a path."""

from __future__ import annotations

import numpy as np
import pytest

from recam.camera import CameraPath, Intrinsics, Lenses, Poses
from recam.errors import InputError

LENS = Intrinsics.from_fov_degrees(50, 832, 480)


def test_lenses_hold_one_lens_a_frame() -> None:
    lenses = Lenses.zoomed(LENS, [1.0, 2.0])
    assert lenses[0] == LENS
    assert lenses[1].fx == 2 * LENS.fx
    assert (lenses[1].cx, lenses[1].cy) == (LENS.cx, LENS.cy)
    assert not lenses.is_constant
    assert Lenses.constant(LENS, 3).is_constant
    assert Lenses.from_matrices(lenses.matrices, 832, 480) == lenses
    assert lenses[1:] == Lenses.constant(lenses[1], 1)
    with pytest.raises(ValueError, match="read-only"):
        lenses.params[0, 0] = 1.0


@pytest.mark.parametrize("focal", [0.0, -1.0, np.nan, np.inf])
def test_a_frame_without_a_lens_is_named(focal: float) -> None:
    with pytest.raises(InputError, match="frame 1 has no usable lens"):
        Lenses(np.array([[1.0, 1, 0, 0], [focal, 1, 0, 0]]), 4, 4)


def test_skew_is_refused() -> None:
    matrices = Lenses.constant(LENS, 2).matrices
    matrices[1, 0, 1] = 0.5
    with pytest.raises(InputError, match=r"frame 1 .*skew"):
        Lenses.from_matrices(matrices, 832, 480)


def test_zoom_goes_with_the_path() -> None:
    path = CameraPath(Poses.identity(5), "zoom", LENS, np.array([1, 2, 4, 8, 16.0]))
    assert path.changes_lens
    lens = path.lens(2)
    assert lens is not None
    assert lens.fx == pytest.approx(4 * LENS.fx)
    np.testing.assert_allclose(path.trim(2).zooms, [1, 2])
    # Equal factors a frame: twice as many steps are each the square root of what they were.
    np.testing.assert_allclose(path.resample(9).zooms, 2.0 ** (np.arange(9) / 2))
    assert not CameraPath(Poses.identity(2), "still").changes_lens


@pytest.mark.parametrize("zoom", [[1.0], [1.0, 0.0], [1.0, np.nan], [[1.0, 1.0]]])
def test_zoom_must_be_one_positive_number_a_frame(zoom: list[float]) -> None:
    with pytest.raises(InputError, match="zoom must be 2 positive numbers"):
        CameraPath(Poses.identity(2), "path", None, np.array(zoom))


def test_zoom_survives_the_file_exactly(tmp_path) -> None:
    zoom = np.array([1.0, 1 / 3, 2.0])
    for lens in (LENS, None):
        path = CameraPath(Poses.identity(3), "zoom", lens, zoom)
        path.save(tmp_path / "zoom.json")
        assert CameraPath.load(tmp_path / "zoom.json") == path


def test_a_zoom_as_a_dolly_keeps_the_size_of_the_subject() -> None:
    """The subject's picture, computed by projecting two of its points, is as large either way."""
    arc = CameraPath.preset("arc-left", num_frames=5, subject_distance=4.0)
    zoomed = CameraPath(arc.poses, "arc", LENS, np.linspace(1, 2.5, 5))
    dollied = zoomed.lens_as_dolly(4.0)
    assert not dollied.changes_lens
    assert dollied.poses[0] == arc.poses[0]
    for frame in range(5):
        lens = zoomed.lens(frame)
        assert lens is not None
        # Two points beside the subject, in the plane that faces the camera.
        across = arc.poses.rotations[frame][:, 0] * 0.1
        sizes = []
        for path, focal in ((zoomed, lens.fx), (dollied, LENS.fx)):
            world_to_camera = np.linalg.inv(path.poses.matrices[frame])
            points = [
                world_to_camera @ np.append(np.array([0, 0, 4.0]) + side * across, 1) for side in (-1, 1)
            ]
            places = [focal * point[0] / point[2] for point in points]
            sizes.append(places[1] - places[0])
        assert sizes[0] == pytest.approx(sizes[1], rel=1e-9)


def test_a_zoom_on_nothing_cannot_be_a_dolly() -> None:
    behind = CameraPath.preset("arc-left", num_frames=2).poses.compose(
        Poses.from_parts(np.diag([-1.0, 1, -1])[None], np.zeros((1, 3)))
    )
    path = CameraPath(behind, "turned", None, np.array([1.0, 2.0]))
    with pytest.raises(InputError, match="frame 1 does not have the subject"):
        path.lens_as_dolly(4.0)
