"""Camera poses: a frozen sequence of rigid motions.

Everything in ``recam.camera`` is camera-to-world, OpenCV axes (x right, y down, z forward), metres, float64:
``world_point = pose @ camera_point``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from recam.errors import InputError

FloatArray = NDArray[np.float64]

# Published files print six significant digits (off by 1e-6), hand-written ones often three or four.
ROTATION_TOLERANCE = 1e-3


def find_bad_pose(matrices: FloatArray) -> tuple[int, str] | None:
    """Index of the first of ``matrices`` [F,4,4] that is no finite rigid motion and why; None if all are."""
    checks = (
        (~np.isfinite(matrices).all(axis=(1, 2)), "holds a number that is not finite (NaN or infinity)"),
        (
            np.abs(matrices[:, 3] - (0.0, 0.0, 0.0, 1.0)).max(axis=1) > 1e-6,
            "lacks the constant 0 0 0 1 of a rigid motion",
        ),
        (np.linalg.det(_finite(matrices[:, :3, :3])) <= 0, "mirrors space (its determinant is not positive)"),
        (
            _rotation_error(matrices) > ROTATION_TOLERANCE,
            "is not a rotation (its axes are not unit length and square)",
        ),
    )
    found = [(int(np.argmax(bad)), order, reason) for order, (bad, reason) in enumerate(checks) if bad.any()]
    if not found:
        return None
    index, _, reason = min(found)
    return index, reason


@dataclass(frozen=True, eq=False, repr=False)
class Poses:
    """A sequence of F camera-to-world poses (OpenCV axes, metres), never changed after it is made.

    Attributes:
        matrices: [F,4,4] float64, read-only.

    Raises:
        InputError: the shape is not [F,4,4] or [F,3,4] with F >= 1, or a pose is not a finite rigid motion
            (to 1e-3).
    """

    matrices: FloatArray

    def __post_init__(self) -> None:
        try:
            given = np.asarray(self.matrices, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError("poses must be numbers of shape [frames, 4, 4]") from error
        if given.ndim != 3 or given.shape[0] < 1 or given.shape[1:] not in ((4, 4), (3, 4)):
            raise InputError(
                f"poses must have the shape [frames, 4, 4] or [frames, 3, 4], not {list(given.shape)}"
            )
        matrices = np.tile(np.eye(4), (len(given), 1, 1))
        matrices[:, : given.shape[1]] = given
        bad = find_bad_pose(matrices)
        if bad is not None:
            raise InputError(f"pose {bad[0]} {bad[1]}; poses must be rigid motions, camera-to-world")
        matrices.setflags(write=False)
        object.__setattr__(self, "matrices", matrices)

    @classmethod
    def from_parts(cls, rotations: ArrayLike, translations: ArrayLike) -> Poses:
        """Poses from rotations [F,3,3] (columns: the camera's axes in the world) and positions [F,3] in
        metres.

        Either may have length 1 and is then repeated.

        Raises:
            InputError: the lengths differ, or a pose is not a finite rigid motion.
        """
        turn, shift = np.asarray(rotations, dtype=np.float64), np.asarray(translations, dtype=np.float64)
        if turn.ndim != 3 or turn.shape[1:] != (3, 3) or shift.ndim != 2 or shift.shape[1] != 3:
            raise InputError(
                f"rotations must be [frames, 3, 3] and translations [frames, 3], "
                f"not {list(turn.shape)} and {list(shift.shape)}"
            )
        count = max(len(turn), len(shift))
        if len(turn) not in (1, count) or len(shift) not in (1, count):
            raise InputError(f"{len(turn)} rotations do not fit {len(shift)} translations")
        matrices = np.tile(np.eye(4), (count, 1, 1))
        matrices[:, :3, :3], matrices[:, :3, 3] = turn, shift
        return cls(matrices)

    @classmethod
    def identity(cls, num_frames: int = 1) -> Poses:
        """``num_frames`` times the pose that looks along +z from the origin."""
        return cls(np.tile(np.eye(4), (num_frames, 1, 1)))

    @property
    def translations(self) -> FloatArray:
        """Camera positions in the world, [F,3], metres, read-only."""
        return self.matrices[:, :3, 3]

    @property
    def rotations(self) -> FloatArray:
        """Camera-to-world rotations, [F,3,3], read-only; column k is the camera's axis k in the world."""
        return self.matrices[:, :3, :3]

    def __len__(self) -> int:
        return len(self.matrices)

    @overload
    def __getitem__(self, index: int) -> Poses: ...
    @overload
    def __getitem__(self, index: slice) -> Poses: ...
    def __getitem__(self, index: int | slice) -> Poses:
        """One frame (as poses of length 1) or a range of frames.

        Raises:
            IndexError: there is no such frame.
            InputError: the range is empty.
        """
        if isinstance(index, slice):
            chosen = self.matrices[index]
            if not len(chosen):
                raise InputError(f"the range {index} holds none of {len(self)} poses")
            return _trusted(chosen)
        return _trusted(self.matrices[index][None])

    def __iter__(self) -> Iterator[Poses]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poses) and np.array_equal(self.matrices, other.matrices)

    def __hash__(self) -> int:
        return hash(self.matrices.tobytes())

    def __repr__(self) -> str:
        return f"Poses({len(self)} frames, camera-to-world, OpenCV axes, metres)"

    def invert(self) -> Poses:
        """World-to-camera of each pose, [F]."""
        # A true inverse, not the transpose: files with six digits are orthogonal to 1e-6 only, and the
        # transpose would turn that into 1e-5 m at a distance of 10 m.
        inverse = np.array(np.linalg.inv(self.matrices), dtype=np.float64)
        inverse[:, 3] = (0.0, 0.0, 0.0, 1.0)
        return _trusted(inverse)

    def compose(self, other: Poses) -> Poses:
        """``self @ other``, frame by frame: ``other`` is expressed in the frame that ``self`` gives.

        Raises:
            InputError: the lengths differ and neither is 1.
        """
        if len(self) != len(other) and 1 not in (len(self), len(other)):
            raise InputError(
                f"cannot compose {len(self)} poses with {len(other)}; lengths must be equal, or one of them 1"
            )
        return _trusted(self.matrices @ other.matrices)

    __matmul__ = compose

    def relative_to(self, pose: Poses) -> Poses:
        """These poses as seen from ``pose`` (length 1, or one for each frame): ``pose.invert() @ self``."""
        return pose.invert().compose(self)

    def rotation_angle_degrees(self) -> FloatArray:
        """Angle of each rotation from no rotation, [F], degrees in [0, 180]."""
        return np.degrees(Rotation.from_matrix(self.rotations).magnitude())


def _trusted(matrices: FloatArray) -> Poses:
    """Wrap what already is a product of checked poses; rounding must not make a valid operation fail."""
    poses = object.__new__(Poses)
    matrices = np.array(matrices, dtype=np.float64)
    matrices.setflags(write=False)
    object.__setattr__(poses, "matrices", matrices)
    return poses


def _finite(matrices: FloatArray) -> FloatArray:
    return np.where(
        np.isfinite(matrices).all(axis=(1, 2), keepdims=True), matrices, np.eye(matrices.shape[-1])
    )


def _rotation_error(matrices: FloatArray) -> FloatArray:
    rotations = _finite(matrices[:, :3, :3])
    return np.abs(rotations.transpose(0, 2, 1) @ rotations - np.eye(3)).max(axis=(1, 2))
