"""Which frames are taken, and how many poses a file may hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recam.camera import Intrinsics
from recam.camera.moves import pan_tilt
from recam.errors import CameraFileError, InputError, SolveError
from recam.evaluation.footage import Reel
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.pose_error import pose_errors
from recam.evaluation.pose_solve import PoseExtractor, Taking, read_camera
from recam.evaluation.store import Store


@given(st.integers(2, 300), st.integers(2, 40))
def test_frames_are_spread_from_the_first_to_the_last_and_none_twice(count: int, wanted: int) -> None:
    indices = Taking(wanted).indices(count)
    assert (indices[0], indices[-1]) == (0, count - 1)
    assert len(indices) == min(count, wanted)
    steps = np.diff(indices)
    assert steps.min() >= 1
    assert np.ptp(steps) <= 1


def test_81_frames_are_taken_at_every_latent_frame() -> None:
    np.testing.assert_array_equal(Taking().indices(81), np.arange(0, 81, 4))
    with pytest.raises(SolveError, match="one frame"):
        Taking().indices(1)
    with pytest.raises(InputError, match="at least 2 frames, not 1"):
        make_plan(Settings(pose_frames=1))


@settings(deadline=None, max_examples=40)
@given(count=st.integers(2, 90), held=st.integers(1, 95), tied=st.booleans())
def test_a_file_of_poses_is_matched_with_frames_or_refused(
    tmp_path_factory: pytest.TempPathFactory, count: int, held: int, tied: bool
) -> None:
    """Where a number of poses is taken, they are those of the frames that it says, with no error left."""
    taking = Taking(21, tied=tied)
    file = tmp_path_factory.mktemp("poses") / "poses.npz"
    whole = pan_tilt(np.linspace(0, 1, count), pan_degrees=40).matrices
    if held == count or held == min(21, count) or (held > 1 and (count - 1) % (held - 1) == 0):
        each = np.round(np.linspace(0, count - 1, held) + 1e-9).astype(int)
    else:
        each = None
    poses = np.tile(np.eye(4), (held, 1, 1)) if each is None else whole[each]
    np.savez(file, c2w=np.concatenate([np.eye(4)[None], poses]) if tied else poses)
    if each is None:
        with pytest.raises(CameraFileError, match=f"the video has {count} frames"):
            read_camera(file, count, taking)
        return
    found = read_camera(file, count, taking)
    assert len(found.frames) == min(21, count, held)
    assert len(found.poses) == len(found.frames) + tied
    true = type(found.poses)(np.concatenate([np.eye(4)[None], whole[found.frames]])[1 - tied :])
    assert pose_errors(found.poses, true, tied=tied).rotation.mean_degrees < 1e-4


def test_what_poses_rest_on_is_in_their_key(tmp_path: Path) -> None:
    (tmp_path / "source.mp4").write_bytes(b"any bytes will do")
    source = Reel(store=Store(tmp_path)).footage(tmp_path / "source.mp4")
    lens = Intrinsics.from_fov_degrees(60, 320, 180)
    extractors = [
        PoseExtractor(Taking(), None, source),
        PoseExtractor(Taking(), lens, source),
        PoseExtractor(Taking(), lens.zoomed(1.001), source),
        PoseExtractor(Taking(20), lens, source),
        PoseExtractor(Taking(seed=1), lens, source),
        PoseExtractor(Taking(tied=True), lens, source),
    ]
    assert len({extractor.key for extractor in extractors}) == len(extractors)
    assert extractors[1].key == PoseExtractor(Taking(), lens, source).key
