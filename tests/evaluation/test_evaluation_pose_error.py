"""Camera errors against answers that follow from their definitions; see also the known answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from recam.camera import Poses
from recam.camera.moves import pan_tilt, translate
from recam.errors import InputError
from recam.evaluation.pose_error import align_similarity, pose_errors

FRAMES = 81
PROGRESS = np.linspace(0, 1, FRAMES)


def line(direction: tuple[float, float, float], metres: float = 2.0) -> Poses:
    return translate(PROGRESS, np.asarray(direction) * metres)


def test_metres_knows_the_truth_in_metres() -> None:
    wobble = line((1, 0, 0)).matrices.copy()
    wobble[1::2, 1, 3] += 0.1  # 40 of the 81 frames are 0.1 off, across the way
    errors = pose_errors(Poses(wobble), line((1, 0, 0)))
    assert errors.translation is not None
    assert errors.translation.metres == pytest.approx(0.1 * 40 / 81, rel=0.05)  # the scale gives in a little


def test_cam_mc_counts_turns_and_ways() -> None:
    # Half a turn about an axis differs from none by a matrix of Frobenius norm sqrt(8).
    half = np.tile(np.eye(4), (2, 1, 1))
    half[1, :3, :3] = np.diag([-1.0, 1.0, -1.0])
    half[1, :3, 3] = (0, 0, 1)
    ahead = np.tile(np.eye(4), (2, 1, 1))
    ahead[1, :3, 3] = (0, 0, -1)
    errors = pose_errors(Poses(half), Poses(ahead))
    assert errors.translation is not None
    assert errors.translation.cam_mc == pytest.approx(np.sqrt(8 + 4))


def test_an_estimate_that_stays_at_its_start_is_as_wrong_as_the_way_is_long() -> None:
    errors = pose_errors(Poses.identity(FRAMES), line((0, 0, 1)))
    assert errors.translation is not None
    assert errors.translation.direction_degrees is None
    assert errors.translation.max_norm_mean == pytest.approx(0.5)
    assert errors.translation.metres == pytest.approx(1.0)
    # The nearest single point of a line is its middle: a quarter of its length away on average.
    assert errors.translation.umeyama_over_extent == pytest.approx(0.25, rel=0.02)


def test_similarity_finds_what_was_done_and_never_mirrors() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(30, 3))
    turn, shift = Rotation.from_euler("xyz", [20, 130, -60], degrees=True).as_matrix(), np.array([1.0, -2, 3])
    scale, rotation, move = align_similarity(points, 2.5 * points @ turn.T + shift)
    assert scale == pytest.approx(2.5)
    np.testing.assert_allclose(rotation, turn, atol=1e-12)
    np.testing.assert_allclose(move, shift, atol=1e-12)
    _, mirrored, _ = align_similarity(points, points * [1, 1, -1])
    assert np.linalg.det(mirrored) == pytest.approx(1)


def test_paths_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(InputError, match="81 and 80 frames"):
        pose_errors(line((0, 0, 1)), line((0, 0, 1))[:80])
    with pytest.raises(InputError, match="one frame"):
        pose_errors(Poses.identity(1), Poses.identity(1))


def test_tied_paths_are_scored_at_their_start_too() -> None:
    """The source's first camera in front: a clip that starts 5 degrees off is 5 degrees off throughout."""
    source, path = Poses.identity(1), line((0, 0, 1))
    turned = pan_tilt(np.array([5.0]), pan_degrees=1) @ path
    asked = Poses(np.concatenate([source.matrices, path.matrices]))
    shown = Poses(np.concatenate([source.matrices, turned.matrices]))
    tied = pose_errors(shown, asked, tied=True)
    assert tied.num_frames == FRAMES
    assert tied.rotation.mean_degrees == pytest.approx(5)
    assert tied.rotation.pairs_degrees == pytest.approx(0, abs=1e-5)
    assert tied.translation is not None
    assert tied.translation.direction_degrees == pytest.approx(5)
    assert pose_errors(turned, path).rotation.mean_degrees == pytest.approx(0, abs=1e-5)


def test_a_tied_path_that_stays_elsewhere_has_a_direction_and_no_extent() -> None:
    asked = Poses(np.concatenate([np.eye(4)[None], np.tile(line((1, 0, 0)).matrices[-1], (3, 1, 1))]))
    errors = pose_errors(asked, asked, tied=True)
    assert errors.translation is not None
    assert errors.translation.umeyama_over_extent is None
    assert errors.translation.max_norm_mean == pytest.approx(0)
    assert errors.translation.direction_degrees == pytest.approx(0, abs=1e-5)
    with pytest.raises(InputError, match="one frame"):
        pose_errors(asked[:2], asked[:2], tied=True)
