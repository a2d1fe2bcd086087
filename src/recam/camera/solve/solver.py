"""Solve the camera of a clip: turning only where that explains it, else structure from motion."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray, Poses
from recam.camera.solve.evidence import (
    Evidence,
    fundamental_of,
    hold_pairwise,
    line_distance,
    weigh_rotation,
)
from recam.camera.solve.features import (
    FrameFeatures,
    Pair,
    Progress,
    find_features,
    frame_pairs,
    match_pairs,
)
from recam.camera.solve.focal import Matched, likely_lens, tells_focal, told_by_scene
from recam.camera.solve.mapping import Scene, drop_moving, map_scene
from recam.camera.solve.masks import Masks, find_moving, moving_area
from recam.camera.solve.native import load_pycolmap
from recam.camera.solve.result import Solution
from recam.camera.solve.rotation import (
    Matches,
    RotationFit,
    fit_rotations,
    residuals,
    tabulate,
    told_focal,
)
from recam.errors import InputError, SolveError

GUESSED_FOV = 50.0
"""Degrees across the picture that an unknown lens is taken for until the clip says better."""

# Of what a rigid scene explains, the share that turning must explain to be the answer, and to be an answer at
# all where mapping has none. Travelling clips reach 0.1 (0.27 where the lens may bend to fit), pans with 40 %
# of the picture moving on its own 0.47 and more.
_TURNS_ONLY, _MAY_TURN = 0.42, 0.2
_COVERED = 0.1  # share of the picture, by area, that must have points in space, or must turn, to be believed
_LOOSE_TURNS = 0.6  # the same at a threshold of two pixels, for clips of which mapping makes nothing
_STILL = 0.5  # pixels of motion below which a camera stands still
_ROUNDS = 3  # of mapping: rough, then twice with what moves told from what stands


def solve_frames(
    frames: Iterable[NDArray[np.uint8]],
    lens: Intrinsics | None = None,
    *,
    refine_lens: bool | None = None,
    subject_distance: float = 4.0,
    progress: Progress | None = None,
    seed: int = 0,
    threads: int | None = None,
    tell_lens: bool = False,
) -> Solution:
    """The camera of a clip from its pictures alone.

    Features of all frames are matched 1, 2, 4, 8 ... frames apart. A camera that only turns is fitted first;
    it is the answer where it explains what any rigid scene could. Else poses and points are mapped (globally,
    then incrementally), what moves on its own is told by its residual and left out, and the rest is adjusted
    again. One seed gives the same numbers on the same machine. Memory holds features, not frames.

    Args:
        frames: uint8 [F,H,W,3], or one [H,W,3] after another, of one shot, without cuts.
        lens: the lens, constant over the clip; None: unknown, found from the clip where it can be.
        refine_lens: refine the focal length; default: only where no lens is given.
        subject_distance: metres that the median depth of what frame 0 sees is set to, since the scale of a
            single video is free.
        progress: called with a stage's name, steps done and steps in all.
        seed: of everything random.
        threads: for work that falls into independent pieces; default: the processors, at most 8. Give 1 where
            several clips are solved side by side. The answer does not depend on it.
        tell_lens: also say which lens the clip itself speaks for (``Solution.told_lens``), whatever lens its
            poses go with: about a quarter more time where the camera travels, a tenth where it turns.

    Raises:
        InputError: frames of a wrong kind, a lens of another picture size, a distance that is not positive.
        SolveError: no camera can be found; the message gives the reason and what to do.
        ModuleNotFoundError: pycolmap is missing (the extra ``[sfm]``).
    """
    if not math.isfinite(subject_distance) or subject_distance <= 0:
        raise InputError(f"subject_distance must be a positive number of metres, not {subject_distance!r}")
    load_pycolmap()
    features = find_features(frames, progress, threads)
    if lens is not None and (lens.width, lens.height) != (features.width, features.height):
        raise InputError(
            f"the lens is for pictures of {lens.width}x{lens.height} and these are "
            f"{features.width}x{features.height}; resize it (Intrinsics.resize)"
        )
    refine = lens is None if refine_lens is None else refine_lens
    guess = lens or Intrinsics.from_fov_degrees(GUESSED_FOV, features.width, features.height)
    matches = match_pairs(features, frame_pairs(len(features)), progress)
    # A pixel of a small picture: finer than this no feature of a larger one is placed.
    unit = max(1.0, math.hypot(features.width, features.height) / 560)

    table = tabulate(features, matches)
    fit = fit_rotations(table, len(features), guess, refine, unit, seed)
    evidence = weigh_rotation(table, fit, unit, seed)
    if not refine and not _turns_only(evidence):
        # A lens a twentieth off makes a turn look like travelling, one a fifth off like nothing at all.
        free = fit_rotations(table, len(features), guess, True, unit, seed)
        freely = weigh_rotation(table, free, unit, seed)
        if free.focal_found and _turns_only(freely):
            fit, evidence = free, freely
    if _turns_only(evidence):
        solution = _turning(features, matches, table, fit, evidence, max(4 * fit.noise, unit))
        told = _with_told(solution, table, fit, unit) if tell_lens else solution
        return told if refine else _seen_through(told, guess)
    travelled = _travelling(features, matches, guess, evidence, refine, unit, progress, seed, threads)
    if travelled is not None and travelled.scene.covered >= _COVERED:
        solution = _scaled(travelled, subject_distance, features, evidence)
        if not tell_lens:
            return solution
        told = told_by_scene(features, travelled.still, travelled.scene, travelled.threshold, seed)
        return replace(solution, told_lens=told)
    loose = max(evidence.threshold, 2 * unit)
    loosely = weigh_rotation(table, fit, unit, seed, loose)
    if _turns(evidence, _MAY_TURN) or min(loosely.ratio, loosely.rotation_share) >= _LOOSE_TURNS:
        solution = _turning(features, matches, table, fit, evidence, loose)
        return _with_told(solution, table, fit, unit) if tell_lens else solution
    raise SolveError(
        "no camera was found that explains the clip: its frames match, but neither a turn nor a rigid scene "
        f"fits them (turning explains {evidence.rotation_share:.0%}, a rigid scene "
        f"{evidence.rigid_share:.0%} of the picture). Likely too little of it stands still, the lens zooms, "
        "or the move is too small; "
        + ("give the lens, or " if refine else "")
        + "solve a longer or another stretch"
    )


def _turns(evidence: Evidence, least: float) -> bool:
    return evidence.rotation_share >= 2 * _COVERED and evidence.ratio >= least


def _turns_only(evidence: Evidence) -> bool:
    return _turns(evidence, _TURNS_ONLY)


def _seen_through(solution: Solution, lens: Intrinsics) -> Solution:
    """The same turns, in pixels, of a camera with another lens; a roll looks alike through any."""
    if solution.intrinsics == lens:
        return solution
    longer = solution.intrinsics.fx / lens.fx
    turns = Rotation.from_matrix(solution.poses.rotations).as_rotvec() * (longer, longer, 1)
    poses = Poses.from_parts(Rotation.from_rotvec(turns).as_matrix(), np.zeros((1, 3)))
    return replace(solution, poses=poses, intrinsics=lens, lens_refined=False)


def _turning(
    features: FrameFeatures,
    matches: Matched,
    table: Matches,
    fit: RotationFit,
    evidence: Evidence,
    threshold: float,
) -> Solution:
    """The solution of a camera that stands still or only turns."""
    distance = np.linalg.norm(residuals(table, fit.rotations, fit.lens), axis=1)
    holds: dict[Pair, NDArray[np.bool_]] = {}
    place = 0
    for pair, chosen in matches.items():
        holds[pair] = distance[place : place + len(chosen)] < threshold
        place += len(chosen)
    masks = find_moving(features, matches, holds)
    turns = Rotation.from_matrix(fit.rotations)
    # Pixels that the picture's centre moved, or its corners by a roll.
    radius = math.hypot(features.width, features.height) / 2
    moved = np.abs(turns.as_rotvec()) * (fit.lens.fx, fit.lens.fx, radius)
    still = bool((np.linalg.norm(moved, axis=1) < _STILL).all())
    rotations = np.tile(np.eye(3), (len(features), 1, 1)) if still else fit.rotations
    share, residual = _explained(features, matches, masks, holds, distance)
    return Solution(
        kind="static" if still else "rotation",
        poses=Poses.from_parts(rotations, np.zeros((1, 3))),
        intrinsics=fit.lens,
        method="rotation",
        lens_refined=fit.focal_found and not still,
        residual=residual,
        inlier_share=share,
        moving_share=moving_area(features, masks),
        registered=len(features),
        rotation_share=min(evidence.ratio, 1.0),
        subject_distance=0.0,
    )


def _with_told(solution: Solution, table: Matches, fit: RotationFit, unit: float) -> Solution:
    """With the lens that the turns speak for; a camera that stands still says nothing of it."""
    return (
        solution if solution.kind == "static" else replace(solution, told_lens=told_focal(table, fit, unit))
    )


@dataclass(frozen=True)
class _Travelled:
    """A mapped scene, and what it was mapped from."""

    scene: Scene
    still: Matched
    """The matches between what stands still."""
    masks: Masks
    explained: tuple[float, float]
    """See :func:`_explained`."""
    threshold: float
    """Pixels up to which a match holds."""


def _travelling(
    features: FrameFeatures,
    matches: Matched,
    guess: Intrinsics,
    evidence: Evidence,
    refine: bool,
    unit: float,
    progress: Progress | None,
    seed: int,
    threads: int | None,
) -> _Travelled | None:
    """Map, tell what moves by its residual, map again without it."""
    threshold = float(np.clip(6 * evidence.noise, 0.6 * unit, 2 * unit))
    lens = likely_lens(features, matches, guess, threshold, seed, threads) if refine else guess
    holds = hold_pairwise(features, matches, lens, threshold, seed, threads)
    scene: Scene | None = None
    masks: Masks = []
    still: Matched = {}
    for done in range(_ROUNDS):
        if progress is not None:
            progress("mapping", done, _ROUNDS)
        masks = find_moving(features, matches, holds)
        still = drop_moving(matches, masks, holds)
        # The focal length is adjusted once there is a scene to adjust it with.
        scene = map_scene(features, still, lens, refine and done > 0, threshold, seed, start=scene)
        if scene is None:
            return None
        # The first model is rough, so its judgement is mild.
        distance = _distances(features, matches, scene)
        holds = {pair: errors < threshold * (1.0 if done else 1.6) for pair, errors in distance.items()}
    assert scene is not None
    if refine and not tells_focal(features, still, scene, guess, threshold, seed):
        scene = map_scene(features, still, guess, False, threshold, seed, replace(scene, lens=guess)) or scene
        distance = _distances(features, matches, scene)
        holds = {pair: errors < threshold for pair, errors in distance.items()}
    if progress is not None:
        progress("mapping", _ROUNDS, _ROUNDS)
    flat = np.concatenate([distance[pair] for pair in matches])
    explained = _explained(features, matches, masks, holds, flat)
    return _Travelled(scene, still, masks, explained, threshold)


def _distances(features: FrameFeatures, matches: Matched, scene: Scene) -> dict[Pair, FloatArray]:
    """Pixels of each match from the epipolar line that the scene's poses give."""
    inverse = np.linalg.inv(scene.poses)
    return {
        (first, second): line_distance(
            features.frames[first].points[chosen[:, 0]],
            features.frames[second].points[chosen[:, 1]],
            fundamental_of(scene.lens, inverse[first] @ scene.poses[second]),
        )
        for (first, second), chosen in matches.items()
    }


def _explained(
    features: FrameFeatures,
    matches: Matched,
    masks: Masks,
    holds: dict[Pair, NDArray[np.bool_]],
    distance: FloatArray,
) -> tuple[float, float]:
    """Share of the matches between still features that hold, and the median distance of those, pixels."""
    still = np.concatenate(
        [
            ~(masks[first][chosen[:, 0]] | masks[second][chosen[:, 1]])
            for (first, second), chosen in matches.items()
        ]
    )
    good = np.concatenate([holds[pair] for pair in matches])
    if not (still & good).any():
        return 0.0, float("inf")
    return float(good[still].mean()), float(np.median(distance[still & good]))


def _scaled(
    travelled: _Travelled, subject_distance: float, features: FrameFeatures, evidence: Evidence
) -> Solution:
    """The scene's cameras relative to frame 0, in metres by the depth of what frame 0 sees."""
    scene = travelled.scene
    relative = np.linalg.inv(scene.poses[0]) @ scene.poses
    seen = scene.points[scene.seen_first]
    depth = (seen - scene.poses[0, :3, 3]) @ scene.poses[0, :3, 2]
    relative[:, :3, 3] *= subject_distance / float(np.median(depth))
    relative[0] = np.eye(4)
    return Solution(
        kind="full",
        poses=Poses(relative),
        intrinsics=scene.lens,
        method="global" if scene.method == "global" else "incremental",
        lens_refined=scene.focal_found,
        residual=scene.residual,
        inlier_share=travelled.explained[0],
        moving_share=moving_area(features, travelled.masks),
        registered=int(scene.registered.sum()),
        rotation_share=evidence.ratio,
        subject_distance=subject_distance,
    )
