"""What a draft leaves empty, held against the draft itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from recam.camera import CameraPath, Intrinsics, Poses
from recam.draft import draft_video
from recam.draft.framing import crop_zoom, empty_shares

LENS = Intrinsics.from_fov_degrees(50, 120, 72)
WHITE = np.full((8, 72, 120, 3), 255, np.uint8)


def wobble(degrees: float, metres: float) -> CameraPath:
    rng = np.random.default_rng(3)
    turns = Rotation.from_rotvec(np.radians(rng.normal(0, degrees, (8, 3))))
    return CameraPath(Poses.from_parts(turns.as_matrix(), rng.normal(0, metres, (8, 3))), intrinsics=LENS)


@pytest.mark.parametrize(("degrees", "metres"), [(1.5, 0.0), (0.0, 0.1), (2.0, 0.05)])
def test_the_crop_leaves_no_empty_pixel_and_no_smaller_one_does(degrees: float, metres: float) -> None:
    path = wobble(degrees, metres)
    zoom = crop_zoom(path, LENS)
    assert zoom is not None
    assert zoom > 1.01
    drafted = draft_video(WHITE, replace(path, zoom=np.full(8, zoom)))
    assert drafted.min() == 255, "the checker that marks empty pixels is dark"
    assert draft_video(WHITE, replace(path, zoom=np.full(8, 1 + (zoom - 1) * 0.9))).min() < 255


def test_a_camera_that_stays_needs_no_crop() -> None:
    assert crop_zoom(CameraPath(Poses.identity(3)), LENS) == 1.0


def test_known_answers() -> None:
    """A truck by t shifts the plane at d by f t / d pixels; half as wide a view plus the shift must fit."""
    aside = Poses.from_parts(np.eye(3)[None], [[0.2, 0, 0]])
    shift = LENS.fx * 0.2 / 4.0
    found = crop_zoom(CameraPath(aside), LENS)
    assert found == pytest.approx(59.5 / (59.5 - shift), abs=1e-5)
    assert empty_shares(CameraPath(aside), LENS)[0] == pytest.approx(shift / 120, abs=1 / 96)
    wide = CameraPath(Poses.identity(1), zoom=np.array([0.5]))
    assert empty_shares(wide, LENS)[0] == pytest.approx(0.75, abs=0.02)


def test_a_view_beyond_the_picture_cannot_be_cropped() -> None:
    path = CameraPath.preset("pan-right", num_frames=5, strength=2)  # 40 degrees; the picture ends at 25
    assert crop_zoom(path, LENS) is None
    shares = empty_shares(path, LENS)
    assert shares[0] == 0
    assert shares[-1] > 0.5
    assert (np.diff(shares) > 0).all()
    behind = CameraPath.preset("pan-right", num_frames=5, strength=9)  # 180 degrees
    assert empty_shares(behind, LENS)[-1] == 1


def test_shares_agree_with_the_draft() -> None:
    path = wobble(4.0, 0.1)
    empty = (draft_video(WHITE, path) < 160).all(axis=-1).mean(axis=(1, 2))
    np.testing.assert_allclose(empty_shares(path, LENS), empty, atol=0.02)
