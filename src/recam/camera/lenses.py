"""A lens that may change from frame to frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class Lenses:
    """One pinhole lens per frame for pictures of one size, never changed after it is made.

    Attributes:
        params: [F,4] float64, read-only: fx, fy, cx, cy in pixels, as in :class:`Intrinsics`.
        width: picture width, pixels.
        height: picture height, pixels.

    Raises:
        InputError: a wrong shape, or a frame that is no lens (the message names it).
    """

    params: FloatArray
    width: int
    height: int

    def __post_init__(self) -> None:
        params = np.array(self.params, dtype=np.float64)
        if params.ndim != 2 or params.shape[0] < 1 or params.shape[1] != 4:
            raise InputError(f"lenses must be [frames, 4] (fx, fy, cx, cy), not {list(params.shape)}")
        bad = ~(np.isfinite(params).all(axis=1) & (params[:, :2] > 0).all(axis=1))
        Intrinsics(1.0, 1.0, 0.0, 0.0, self.width, self.height)  # checks the size
        if bad.any():
            frame = int(np.argmax(bad))
            raise InputError(f"frame {frame} has no usable lens: fx, fy, cx, cy are {params[frame].tolist()}")
        params.setflags(write=False)
        object.__setattr__(self, "params", params)

    @classmethod
    def constant(cls, lens: Intrinsics, num_frames: int) -> Lenses:
        """``lens`` for each of ``num_frames`` frames."""
        return cls.zoomed(lens, np.ones(num_frames))

    @classmethod
    def zoomed(cls, lens: Intrinsics, zoom: ArrayLike) -> Lenses:
        """``lens`` with its focal length times ``zoom`` [F], frame by frame; the centre stays.

        Raises:
            InputError: a factor is not positive and finite.
        """
        factors = np.asarray(zoom, dtype=np.float64)
        params = np.tile(np.array([lens.fx, lens.fy, lens.cx, lens.cy], np.float64), (len(factors), 1))
        params[:, :2] *= factors[:, None]
        return cls(params, lens.width, lens.height)

    @classmethod
    def from_matrices(cls, matrices: ArrayLike, width: int, height: int) -> Lenses:
        """From camera matrices K [F,3,3] in pixels; skew must be 0 and the last row 0 0 1.

        Raises:
            InputError: a wrong shape, or a matrix that is not of that form.
        """
        given = np.asarray(matrices, dtype=np.float64)
        if given.ndim != 3 or given.shape[1:] != (3, 3):
            raise InputError(f"camera matrices must be [frames, 3, 3], not {list(given.shape)}")
        params = np.stack([given[:, 0, 0], given[:, 1, 1], given[:, 0, 2], given[:, 1, 2]], axis=1)
        lenses = cls(params, width, height)
        off = ~np.isclose(given, lenses.matrices, rtol=0, atol=1e-6).all(axis=(1, 2))
        if off.any():
            raise InputError(
                f"the camera matrix of frame {int(np.argmax(off))} is not [fx 0 cx; 0 fy cy; 0 0 1]; "
                "lenses with skew are not supported"
            )
        return lenses

    @property
    def matrices(self) -> FloatArray:
        """[F,3,3] float64: camera axes to homogeneous pixels, frame by frame."""
        matrices = np.tile(np.eye(3), (len(self), 1, 1))
        matrices[:, 0, 0], matrices[:, 1, 1] = self.params[:, 0], self.params[:, 1]
        matrices[:, :2, 2] = self.params[:, 2:]
        return matrices

    @property
    def is_constant(self) -> bool:
        """Whether all frames have the same lens, to 1e-9 of it."""
        return bool(np.allclose(self.params, self.params[0], rtol=1e-9, atol=0))

    def __len__(self) -> int:
        return len(self.params)

    @overload
    def __getitem__(self, index: int) -> Intrinsics: ...
    @overload
    def __getitem__(self, index: slice) -> Lenses: ...
    def __getitem__(self, index: int | slice) -> Intrinsics | Lenses:
        """One frame's lens, or the lenses of a range of frames."""
        if isinstance(index, slice):
            return Lenses(self.params[index], self.width, self.height)
        fx, fy, cx, cy = self.params[index].tolist()
        return Intrinsics(fx, fy, cx, cy, self.width, self.height)

    def __iter__(self) -> Iterator[Intrinsics]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Lenses)
            and (self.width, self.height) == (other.width, other.height)
            and np.array_equal(self.params, other.params)
        )

    def __hash__(self) -> int:
        return hash((self.params.tobytes(), self.width, self.height))

    def __repr__(self) -> str:
        return f"Lenses({len(self)} frames of {self.width}x{self.height})"


def zoom_as_dolly(poses: Poses, zooms: FloatArray, subject_distance: float) -> Poses:
    """Poses that move instead of zooming, so that the subject keeps the size that the zoom gave it.

    A point at distance d appears as large at focal length z f as from distance d / z at f, so a frame
    moves forwards along its own view axis by s (1 - 1 / z), where s is how far along it the subject is.
    What is nearer or farther changes differently: a lens change leaves perspective alone.

    Args:
        zooms: [F] focal length of each frame over that of the source's first view.
        subject_distance: metres from the source's first camera straight ahead to the subject.

    Raises:
        InputError: the distance is not positive, or the subject is not in front of a zoomed frame.
    """
    if not np.isfinite(subject_distance) or subject_distance <= 0:
        raise InputError(f"subject_distance must be a positive number of metres, not {subject_distance!r}")
    matrices = np.array(poses.matrices)
    forward = matrices[:, :3, 2]
    ahead = np.einsum("fi,fi->f", np.array([0.0, 0.0, subject_distance]) - matrices[:, :3, 3], forward)
    behind = (ahead <= 0) & (np.abs(zooms - 1) > 1e-9)
    if behind.any():
        raise InputError(
            f"frame {int(np.argmax(behind))} does not have the subject, {subject_distance:g} m ahead of "
            "the start, in front of it: its zoom cannot become a dolly; give another subject distance"
        )
    matrices[:, :3, 3] += (ahead * (1 - 1 / zooms))[:, None] * forward
    return Poses(matrices)
