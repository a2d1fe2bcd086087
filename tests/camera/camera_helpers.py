"""Reference numbers of tests/fixtures/cameras, and poses drawn at random."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.spatial.transform import Rotation

from recam.camera import Poses

FIXTURES = Path(__file__).parent.parent / "fixtures" / "cameras"


def load_reference(file: str) -> dict[str, NDArray[np.float64]]:
    """Reference poses [n,4,4] by name.

    The files hold the first 12 F numbers of a [F,4,4] array under the shape [F,3,4] (the array was cut to
    three rows and then saved with its old strides), so they end at frame 60 of 81 and at latent 15 of 21.
    The frames after those are checked against the raw files.
    """
    poses = {}
    for key, stored in load_file(FIXTURES / file).items():
        flat = stored.astype(np.float64).reshape(-1)
        whole = np.append(flat, (0.0, 0.0, 0.0, 1.0))  # the last pose lacks its constant last row
        matrices = whole[: len(whole) // 16 * 16].reshape(-1, 4, 4)
        assert np.array_equal(matrices[:, 3], np.tile((0, 0, 0, 1), (len(matrices), 1)))
        poses[key] = matrices
    return poses


vectors = st.tuples(*[st.floats(-20, 20)] * 3)


@st.composite
def pose_lists(draw: st.DrawFn, min_size: int = 1, max_size: int = 5) -> Poses:
    count = draw(st.integers(min_size, max_size))
    turns = [draw(st.tuples(*[st.floats(-3, 3)] * 3)) for _ in range(count)]
    return Poses.from_parts(Rotation.from_rotvec(turns).as_matrix(), [draw(vectors) for _ in range(count)])


def assert_close(first: Poses, second: Poses, tolerance: float = 1e-9) -> None:
    assert np.abs(first.matrices - second.matrices).max() < tolerance
