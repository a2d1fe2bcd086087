"""Which camera filmed a clip: found from its pictures, or read from a file of another estimator's.

Frames are taken evenly spread over the clip. Either way the poses are camera-to-world, relative to the first
of them, and their scale is free. *Tied*: the source's first frame stands in front of the clip's, so that
what is found says also where the clip starts, seen from the source's first camera.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.camera import CameraPath, Intrinsics, Poses
from recam.camera.solve import Solution, solve_frames
from recam.camera.solve.native import load_pycolmap
from recam.errors import CameraFileError, InputError, MachineError, SolveError
from recam.evaluation.case import Case
from recam.evaluation.footage import Footage, Frames
from recam.evaluation.store import Arrays, hashed
from recam.video import crop_and_resize, spread_indices

_VERSION = "poses 1"
"""Changes whenever the solver gives other numbers for the same frames."""


@dataclass(frozen=True)
class Taking:
    """How a clip's camera is taken.

    Raises:
        InputError: fewer than two frames.
    """

    frames: int = 21
    """As many are spread over the clip (all of a shorter one)."""
    seed: int = 0
    tied: bool = False
    """With the source's first frame in front."""

    def __post_init__(self) -> None:
        if self.frames < 2:
            raise InputError(f"a camera is solved from at least 2 frames, not {self.frames} (pose_frames)")

    @property
    def key(self) -> str:
        return f"{self.frames} frames, seed {self.seed}{', tied' if self.tied else ''}; {solver_version()}"

    def indices(self, count: int) -> NDArray[np.int64]:
        """Which of ``count`` frames are taken: int64, first and last included.

        Raises:
            SolveError: a single frame has no motion.
        """
        if count < 2:
            raise SolveError("a clip of one frame has no camera path")
        return spread_indices(count, min(count, self.frames))


@dataclass(frozen=True)
class FoundCamera:
    """What is known of the camera that filmed a clip."""

    poses: Poses
    """Of the frames that were taken, camera-to-world; tied: of the source's first frame and then of
    these."""
    frames: NDArray[np.int64]
    """The numbers of these frames in the clip."""
    details: Mapping[str, Any]
    """How it was found (JSON values)."""


@lru_cache(maxsize=1)
def solver_version() -> str:
    """What found poses rest on: the solver's and pycolmap's versions.

    Raises:
        MachineError: pycolmap is missing here.
    """
    try:
        return f"{_VERSION}, pycolmap {load_pycolmap().__version__}"
    except ModuleNotFoundError as error:
        raise MachineError(
            f"this machine lacks {error.name}; install it with pip install 'recam[sfm]'"
        ) from error


def solve_camera(case: Case, footage: Footage, taking: Taking) -> FoundCamera:
    """The camera of a video along the case's path, from its pictures; kept by their content.

    Raises:
        SolveError: no camera explains the clip; the reason is kept too, so that nothing is tried twice.
        VideoFileError: a video cannot be decoded.
        MachineError: pycolmap is missing here.
    """
    frames = taking.indices(footage.info.num_frames)
    found = case.features(footage, PoseExtractor(taking, case.lens_of(footage), case.source))
    if "failed" in found:
        raise SolveError(str(found["failed"]))
    return FoundCamera(
        Poses(np.asarray(found["poses"], np.float64)), frames, json.loads(str(found["details"]))
    )


def read_camera(file: Path, num_frames: int, taking: Taking) -> FoundCamera:
    """The camera of a clip of ``num_frames`` frames from a file of any format of ``recam.camera.formats``.

    The file holds a pose for each frame, or for every k-th from the first to the last, or for the frames that
    would be taken; tied: one more in front, of the source's first frame.

    Raises:
        CameraFileError: it cannot be read, or holds another number of poses.
        InputError: it holds several cameras.
        SolveError: a single frame has no motion.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # neither unit nor world matters to the errors
        path = CameraPath.load(file)
    wanted, tie = taking.indices(num_frames), int(taking.tied)
    count = path.num_frames - tie
    if count not in (num_frames, len(wanted)) and (count < 2 or (num_frames - 1) % (count - 1)):
        front = ", and one of the source's first frame in front" if tie else ""
        raise CameraFileError(
            file,
            f"holds {path.num_frames} poses and the video has {num_frames} frames; give a pose for each "
            f"frame{front}, or for every k-th from the first to the last, or for the {len(wanted)} that are "
            "compared",
        )
    chosen = spread_indices(count, min(count, taking.frames))
    poses = path.poses.matrices[tie:][chosen]
    front = path.poses.matrices[:tie]
    details = {"method": "external", "registered": len(chosen)}
    if path.intrinsics is not None:
        details["focal"] = {"file": _focal(path.intrinsics)}
    return FoundCamera(
        Poses(np.concatenate([front, poses])), spread_indices(num_frames, count)[chosen], details
    )


@dataclass(frozen=True)
class PoseExtractor:
    """Poses of a video as features of it; :class:`recam.evaluation.case.Extractor`."""

    taking: Taking
    lens: Intrinsics | None
    """In the video's pixels; None: unknown, found from the clip as far as it tells."""
    source: Footage
    """Whose first frame stands in front, where poses are tied."""

    name = "poses"

    @property
    def key(self) -> str:
        lens = "unknown lens" if self.lens is None else json.dumps(vars(self.lens))
        return hashed(self.taking.key, lens, self.source.content if self.taking.tied else "")

    def extract(self, frames: Frames, fps: float) -> Arrays:
        """``poses`` [N,4,4] float64 and ``details`` (JSON), or why there are none: ``failed``."""
        indices = self.taking.indices(len(frames))
        try:
            solution = solve_frames(
                self._shown(frames, indices),
                self.lens,
                seed=self.taking.seed,
                threads=1,  # workers run side by side
                tell_lens=True,
            )
        except SolveError as error:
            which = f"of {len(indices)} frames spread over the clip"
            front = ", the source's first frame in front of them" if self.taking.tied else ""
            return {"failed": np.array(f"{error} ({which}{front})")}
        details = np.array(json.dumps(_details(solution, self.lens)))
        return {"poses": solution.poses.matrices, "details": details}

    def _shown(self, frames: Frames, indices: NDArray[np.int64]) -> Iterator[Frames]:
        if self.taking.tied:
            first = next(iter(self.source.stream()))
            height, width = frames.shape[1:3]
            # What a method with pictures of another shape was shown is the middle of the source.
            yield first if first.shape == frames.shape[1:] else crop_and_resize(first[None], height, width)[0]
        for index in indices:
            yield frames[index]


def _details(solution: Solution, lens: Intrinsics | None) -> dict[str, Any]:
    focal = {
        "given": None if lens is None else _focal(lens),
        "used": _focal(solution.intrinsics),
        "refined": None if solution.told_lens is None else _focal(solution.told_lens),
    }
    return {
        "kind": solution.kind,
        "method": solution.method,
        "registered": solution.registered,
        "residual": _short(solution.residual),
        "inlier_share": _short(solution.inlier_share),
        "moving_share": _short(solution.moving_share),
        "focal": focal,
    }


def _focal(lens: Intrinsics) -> dict[str, float]:
    """Focal length in the video's pixels, and the angle of view across it."""
    return {"pixels": _short(lens.fx), "degrees": _short(lens.fov_degrees[0])}


def _short(value: float) -> float:
    return round(float(value), 4)
