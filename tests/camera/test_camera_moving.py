"""Paths relative to a source camera that moves."""

from __future__ import annotations

import numpy as np
import pytest
from camera_helpers import assert_close, pose_lists
from hypothesis import given, settings
from hypothesis import strategies as st

from recam.camera import CameraPath, Intrinsics, Poses
from recam.errors import InputError


@st.composite
def pairs(draw: st.DrawFn) -> tuple[CameraPath, CameraPath]:
    """A path and a source of the same length; the source starts at its own first view."""
    count = draw(st.integers(1, 4))
    path = draw(pose_lists(count, count))
    source = draw(pose_lists(count, count))
    return CameraPath(path), CameraPath.from_poses(source)


@settings(deadline=None)
@given(pairs())
def test_following_and_looking_back_are_inverse(pair: tuple[CameraPath, CameraPath]) -> None:
    path, source = pair
    assert_close(path.follow(source).relative_to_moving(source).poses, path.poses, 1e-7)
    assert_close(path.relative_to_moving(source).follow(source).poses, path.poses, 1e-7)


def test_known_answers() -> None:
    source = CameraPath.preset("dolly-in", num_frames=9)
    stays = CameraPath.preset("static", num_frames=9)
    assert stays.follow(source).poses == source.poses, "staying with the source is the source's own move"
    assert_close(source.relative_to_moving(source).poses, Poses.identity(9))
    # A source that has turned right: 1 m to its own right is then partly backwards in the first view.
    turned = CameraPath.preset("pan-right", num_frames=9, strength=4.5)
    aside = Poses.from_parts(np.eye(3)[None], np.tile([[1.0, 0, 0]], (9, 1)))
    end = CameraPath(aside).follow(turned).poses.translations[-1]
    angle = np.radians(90 * 80 / 80.5)
    np.testing.assert_allclose(end, [np.cos(angle), 0, -np.sin(angle)], atol=1e-12)


def test_zooms_multiply_and_the_lens_is_the_source_s() -> None:
    lens = Intrinsics.from_fov_degrees(50, 64, 48)
    source = CameraPath(Poses.identity(3), intrinsics=lens, zoom=np.array([1.0, 2.0, 2.0]))
    path = CameraPath(Poses.identity(3), zoom=np.array([1.0, 1.0, 1.5]))
    target = path.follow(source)
    assert target.zooms.tolist() == [1, 2, 3]
    assert target.intrinsics == lens
    assert target.relative_to_moving(source).zooms.tolist() == [1, 1, 1.5]
    still = CameraPath(Poses.identity(3))
    assert still.follow(still).zoom is None


def test_sources_that_do_not_fit() -> None:
    path = CameraPath.preset("static", num_frames=3)
    with pytest.raises(InputError, match=r"4 frames.*3"):
        path.follow(CameraPath.preset("static", num_frames=4))
    away = Poses.from_parts(np.eye(3)[None], np.tile([[1.0, 0, 0]], (3, 1)))
    with pytest.raises(InputError, match="first view"):
        path.relative_to_moving(CameraPath(away))


def test_taking_frames() -> None:
    path = CameraPath(CameraPath.preset("arc-left", num_frames=5).poses, zoom=np.arange(1.0, 6.0))
    taken = path.take([4, 0, 0])
    assert taken.zooms.tolist() == [5, 1, 1]
    np.testing.assert_array_equal(taken.extrinsics, path.extrinsics[[4, 0, 0]])
    for frames in ([], [5], [-1]):
        with pytest.raises(InputError, match="0 to 4"):
            path.take(frames)
