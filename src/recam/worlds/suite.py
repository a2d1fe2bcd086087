"""The benchmark suite: which held-out scenes, filmed along which paths. Its definition is a data file.

``assets/suite/recam-suite-1.json`` holds, for each scene and size, where the cameras start and the numbers of
its drawn paths; the ten presets and the lens changes are those of :class:`recam.camera.CameraPath`. What
stands and moves in a scene is drawn anew from its number and compared with what the file says of it.

Scenes are of the split ``val`` of :func:`recam.worlds.shots.draw_shot`, which no training scene ever is, and
of numbers far from those that a run of ``recam world render --split val`` starts with.

World: z up, metres. Poses: camera-to-world, OpenCV axes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from recam.camera import CameraPath, Intrinsics, Poses
from recam.camera.moves import look_at
from recam.camera.poses import FloatArray
from recam.camera.presets import PUBLISHED_NAMES
from recam.errors import DatasetError, InputError
from recam.files import bundled_path
from recam.worlds.compose import stream
from recam.worlds.engine import picture_lens
from recam.worlds.rig import are_free, free_space
from recam.worlds.rules import MOVE_KINDS, PUBLISHED_LENSES, Move, PathDraws, draw_kinds, draw_paths
from recam.worlds.scene import Scene
from recam.worlds.shots import VAL_NUMBERS, Shot, draw_shot, meets_subject

NAME, VERSION = "recam-suite", 1
SEED = 0
FIRST_NUMBER = 7_000_005
"""Of the validation split; a whole round of all kinds of places begins there."""
NUM_SCENES = 22
"""Two rounds of all kinds of places."""
SizeName = Literal["small", "full"]
RANDOM_PATHS = ("random-1", "random-2")
"""Smoothed polylines by the published rules."""
LENS_PATHS = ("zoom-in", "dolly-zoom-in")
"""A lens that grows twice as long; one that widens while the camera drives up to its subject."""
STILL_PATHS = (*PUBLISHED_NAMES, *RANDOM_PATHS, *LENS_PATHS)
"""Asked for of the source whose camera stands."""
MOVING_PATHS = ("static", "arc-left", "dolly-in", "random-1")
"""Asked for of the source whose camera moves; ``static`` stabilises it."""
STILL, MOVING = "static", "moving source"
"""Names of the cameras that film the sources."""
_SOURCE_KINDS = ("truck", "crane", "arc", "random")
_PATH_STREAM = 23  # of random numbers, beside those of compose.py and shots.py; never renumber
_TRIES = 64  # paths drawn at once for one of a scene
_SAME = 1e-6  # metres


@dataclass(frozen=True)
class Size:
    """Frames and pixels of all videos of a suite."""

    num_frames: int
    fps: int
    height: int
    width: int


SIZES: dict[SizeName, Size] = {
    "small": Size(17, 8, 256, 256),
    "full": Size(81, 15, 480, 832),
}
"""``small``: for laptops and small models; ``full``: the published protocol's size."""


@dataclass(frozen=True)
class DrawnPath:
    """The numbers of one path of the published rules; see :class:`recam.worlds.rules.PathDraws`."""

    kind: str
    amount: float
    """Degrees of an arc, metres of the others."""
    curve: float
    """a of the speed curve; 0 is constant speed."""
    steps: tuple[tuple[float, float, float], ...] = ()
    """Unit directions from point to point of a random path."""

    def poses(self, start: FloatArray, focus: FloatArray, num_frames: int) -> Poses:
        """[F] poses in the scene's world, from ``start`` [3], where the camera looks at ``focus`` [3]."""
        steps = np.zeros((1, 3, 3))
        steps[0, : len(self.steps)] = np.reshape(self.steps, (-1, 3))
        draws = PathDraws(
            kinds=np.array([MOVE_KINDS.index(self.kind)]),
            starts=np.asarray(start, np.float64)[None],
            amounts=np.array([self.amount]),
            curves=np.array([self.curve]),
            steps=steps,
            num_points=np.array([len(self.steps)]),
            subject=np.asarray(focus, np.float64),
        )
        rotations, positions = draws.trace(draws.progress(num_frames))
        return Poses.from_parts(rotations[0], positions[0])


@dataclass(frozen=True)
class SceneDefinition:
    """One scene of the suite at one size."""

    number: int
    attempt: int
    """Which of the scenes of that number; the earlier ones have no room for all cameras."""
    focal_mm: int
    start: tuple[float, float, float]
    focus: tuple[float, float, float]
    caption: str
    paths: dict[str, DrawnPath]
    """``random-1``, ``random-2`` and that of the moving source."""

    @property
    def distance(self) -> float:
        """Metres from the start to the middle of the main character."""
        return float(np.linalg.norm(np.subtract(self.start, self.focus)))

    def camera_paths(self, size: Size) -> dict[str, CameraPath]:
        """Every path of the scene by its name, relative to the start, with the lens of the sources.

        ``static`` and ``moving source`` are those of the sources.
        """
        published = next(lens for lens in PUBLISHED_LENSES if lens.focal_mm == self.focal_mm)
        lens = picture_lens(published, size.height, size.width)
        first = self.first_pose
        found = {}
        for name in (*STILL_PATHS, STILL, MOVING):
            if name in self.paths:
                poses = self.paths[name].poses(np.array(self.start), np.array(self.focus), size.num_frames)
                path = CameraPath(poses.relative_to(first), name)
            else:
                path = CameraPath.preset(name, size.num_frames)
            found[name] = replace(path, intrinsics=lens)
        return found

    @property
    def first_pose(self) -> Poses:
        """The pose [1] in the scene's world at which every camera starts."""
        return look_at([self.start], self.focus, (0.0, 0.0, -1.0))


def read_definition() -> dict[SizeName, tuple[SceneDefinition, ...]]:
    """The committed definition of this version.

    Raises:
        DatasetError: this installation does not hold it whole.
    """
    return _read_definition(definition_file())


def definition_file() -> Path:
    return bundled_path("suite") / f"{NAME}-{VERSION}.json"


def definition_sha256() -> str:
    """What names the definition exactly."""
    return hashlib.sha256(definition_file().read_bytes()).hexdigest()


@cache
def _read_definition(file: Path) -> dict[SizeName, tuple[SceneDefinition, ...]]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return {size: tuple(_scene(entry) for entry in values["scenes"][size]) for size in get_args(SizeName)}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DatasetError(file, f"is damaged ({error!r}); reinstall recam") from error


def _scene(values: dict[str, Any]) -> SceneDefinition:
    paths = {
        name: DrawnPath(**{**path, "steps": tuple(map(tuple, path["steps"]))})
        for name, path in values["paths"].items()
    }
    return SceneDefinition(
        **{**values, "start": tuple(values["start"]), "focus": tuple(values["focus"]), "paths": paths}
    )


def write_definition(file: Path, scenes: Mapping[SizeName, Sequence[SceneDefinition]]) -> None:
    """Write a definition, a scene a line."""
    head = {"suite": NAME, "version": VERSION, "seed": SEED, "split": "val"}
    lines = [f' "{key}": {json.dumps(value)},' for key, value in head.items()]
    lines.append(f' "sizes": {json.dumps({name: asdict(size) for name, size in SIZES.items()})},')
    lines.append(f' "still": {json.dumps(STILL_PATHS)},\n "moving": {json.dumps(MOVING_PATHS)},')
    parts = [
        f'  "{name}": [\n   ' + ",\n   ".join(json.dumps(asdict(scene)) for scene in some) + "\n  ]"
        for name, some in scenes.items()
    ]
    text = "{\n" + "\n".join(lines) + '\n "scenes": {\n' + ",\n".join(parts) + "\n }\n}\n"
    file.write_text(text, encoding="utf-8")


def draw_defined(definition: SceneDefinition, size: Size) -> Shot:
    """The scene with every camera of the suite, by the path's name, in the scene's world.

    Raises:
        DatasetError: this version of recam draws another scene of that number than the definition says.
    """
    shot = draw_shot(
        definition.number, SEED, size.num_frames, size.fps, "val", first_attempt=definition.attempt
    )
    start = shot.cameras["cam11"].translations[0]
    same = (
        shot.scene.attributes["attempt"] == definition.attempt
        and shot.lens.focal_mm == definition.focal_mm
        and shot.scene.caption == definition.caption
        and np.allclose(start, definition.start, rtol=0, atol=_SAME)
        and np.allclose(shot.scene.focus, definition.focus, rtol=0, atol=_SAME)
    )
    if not same:
        raise DatasetError(
            definition_file(),
            f"says of scene {definition.number} what this installation does not draw "
            f"({shot.scene.caption!r}, not {definition.caption!r}); {NAME} {VERSION} needs the versions of "
            "recam and MuJoCo that it was made with",
        )
    first = definition.first_pose
    paths = definition.camera_paths(size)
    cameras = {name: first @ path.poses for name, path in paths.items()}
    moves = {name: Move(name, path.poses) for name, path in paths.items()}
    return Shot(shot.scene, cameras, moves, shot.lens, definition.distance)


def define_scene(number: int, size: Size, first_attempt: int = 0) -> SceneDefinition:
    """Draw the definition of a scene: how the committed file was made.

    Drawn paths follow the published rules from the presets' common start: 1/4 to 1 of the distance long,
    out of everything and half a metre from the subject, and never in the main character's way. Beyond
    those rules the place where the main character starts stays in the picture: a view that shares nothing
    with the source could not be made from it.

    Raises:
        InputError: there is no room.
    """
    for attempt in range(first_attempt, first_attempt + 50):
        shot = draw_shot(number, SEED, size.num_frames, size.fps, "val", first_attempt=attempt)
        attempt = int(shot.scene.attributes["attempt"])
        start = shot.cameras["cam11"].translations[0]
        lens = picture_lens(shot.lens, size.height, size.width)
        paths = _draw_paths(number, attempt, size, shot.scene, start, lens)
        if paths is not None:
            x, y, z = map(float, start)
            return SceneDefinition(
                number, attempt, shot.lens.focal_mm, (x, y, z), shot.scene.focus, shot.scene.caption, paths
            )
    raise InputError(f"scene {number} has no room for its paths")


def _draw_paths(
    number: int, attempt: int, size: Size, scene: Scene, start: FloatArray, lens: Intrinsics
) -> dict[str, DrawnPath] | None:
    rng = stream(SEED, VAL_NUMBERS + number, attempt, _PATH_STREAM)
    is_free = free_space(scene.solid_boxes(), scene.ground)
    focus = np.asarray(scene.focus)
    distance = float(np.linalg.norm(start - focus))
    found = {}
    for name, kinds in (
        (RANDOM_PATHS[0], ("random",)),
        (RANDOM_PATHS[1], ("random",)),
        (MOVING, _SOURCE_KINDS),
    ):
        which, directions = draw_kinds(rng, _TRIES, kinds)
        draws = draw_paths(rng, which, directions, distance, focus)
        draws = replace(draws, starts=np.tile(start, (_TRIES, 1)))
        for index in np.flatnonzero(are_free(draws, size.num_frames, is_free)):
            path = DrawnPath(
                MOVE_KINDS[draws.kinds[index]],
                float(draws.amounts[index]),
                float(draws.curves[index]),
                tuple(
                    (float(x), float(y), float(z))
                    for x, y, z in draws.steps[index, : draws.num_points[index]]
                ),
            )
            poses = path.poses(start, focus, size.num_frames)
            if _sees(poses, focus, lens) and not meets_subject(scene, poses.translations):
                found[name] = path
                break
        else:
            return None
    return found


def _sees(poses: Poses, place: FloatArray, lens: Intrinsics) -> bool:
    """Whether ``place`` [3] is in every picture."""
    x, y, z = np.einsum("fji,fj->if", poses.rotations, place - poses.translations)
    ahead = np.maximum(z, 1e-6)
    return bool(((z > 0) & (abs(lens.fx * x / ahead) < lens.cx) & (abs(lens.fy * y / ahead) < lens.cy)).all())
