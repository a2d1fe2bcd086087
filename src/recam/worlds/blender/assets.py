"""Scenes of users' own environments, characters and animations, combined by the scene's number.

FOLDER/environments/   .glb .gltf .fbx .usd .usda .usdc .usdz .blend .obj, metres, z up once imported
FOLDER/characters/     the same kinds, with a skeleton or without
FOLDER/animations/     the same kinds, with an animated skeleton
FOLDER/hdris/          .hdr .exr: pictures of whole skies

What a folder lacks comes from recam's own scenes: a drawn character in a user's environment, or a user's
character in a drawn place. Blender measures the assets; recam draws the cameras about what it found.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.camera.poses import FloatArray
from recam.errors import FileError, InputError
from recam.worlds import boxes
from recam.worlds.blender.process import BlenderProcess
from recam.worlds.blender.voxels import merged_boxes
from recam.worlds.characters import draw_character
from recam.worlds.colours import with_article
from recam.worlds.compose import describe, draw_scene, stream
from recam.worlds.daylight import draw_daylight
from recam.worlds.places import Place
from recam.worlds.scene import Ground, Lamp, Material, Part, Scene, Shape, Thing

MODEL_SUFFIXES = (".glb", ".gltf", ".fbx", ".usd", ".usda", ".usdc", ".usdz", ".blend", ".obj")
SKY_SUFFIXES = (".hdr", ".exr")
_KINDS = {
    "environments": MODEL_SUFFIXES,
    "characters": MODEL_SUFFIXES,
    "animations": MODEL_SUFFIXES,
    "hdris": SKY_SUFFIXES,
}
_LIKELY_HEIGHTS = (0.2, 4.0)
"""Metres that a character may be tall; others are taken for another unit."""
_USUAL_HEIGHT = 1.7
_GREY = Material.plain((0.5, 0.5, 0.5))
# Streams of random numbers, beside those of compose.py, shots.py and words.py; never renumber.
_CHOICE, _CHARACTER, _LIGHT = 51, 52, 53


@dataclass(frozen=True)
class AssetFolder:
    """The files of a user's folder, by kind, in order of their names.

    Attributes:
        path: the folder.
        files: ``environments``, ``characters``, ``animations``, ``hdris`` to paths relative to the folder.
    """

    path: Path
    files: dict[str, tuple[str, ...]]

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> AssetFolder:
        """Look into a folder.

        Raises:
            FileError: there is no such folder, or it holds neither environments nor characters.
        """
        root = Path(path)
        if not root.is_dir():
            raise FileError(root, "is no folder; give one with environments/ and characters/ in it")
        files = {}
        for kind, suffixes in _KINDS.items():
            found = (root / kind).rglob("*") if (root / kind).is_dir() else ()
            names = (f.relative_to(root).as_posix() for f in found if f.suffix.lower() in suffixes)
            files[kind] = tuple(sorted(names))
        if not files["environments"] and not files["characters"]:
            raise FileError(
                root,
                "holds no assets; put files "
                f"({', '.join(MODEL_SUFFIXES)}) into its folders environments/ and characters/",
            )
        return cls(root, files)

    def choose(self, number: int, seed: int, attempt: int = 0) -> dict[str, str | None]:
        """One file of each kind for a scene, None where there is none; equal numbers, equal files."""
        rng = stream(seed, number, attempt, _CHOICE)
        draws = rng.random(len(_KINDS))
        return {
            kind: names[int(draw * len(names))] if names else None
            for draw, (kind, names) in zip(draws, self.files.items(), strict=True)
        }


def draw_asset_scene(
    process: BlenderProcess,
    folder: AssetFolder,
    number: int,
    seed: int,
    num_frames: int,
    fps: float,
    attempt: int = 0,
    timeout: float = 900.0,
) -> Scene:
    """Scene ``number`` of a folder's assets; equal arguments give equal scenes.

    The things that Blender is to load stand in the scene as boxes (``attributes["stand_in"]``), so that
    cameras keep out of them and captions name them; ``scene.attributes["assets"]`` says which files they are.

    Raises:
        FileError: an asset is broken, empty, or has no place for a character.
        MachineError: Blender fails.
    """
    chosen = folder.choose(number, seed, attempt)
    paths = {kind: str((folder.path / name).resolve()) for kind, name in chosen.items() if name}
    answer = process.run(
        "inspect",
        timeout,
        environment=paths.get("environments"),
        character=paths.get("characters"),
        animation=paths.get("animations"),
        seed=[seed, number, attempt],
        num_frames=num_frames,
        fps=fps,
    )
    with np.load(answer["file"]) as file:
        arrays = {name: file[name] for name in file.files}
    base = draw_scene(number, seed, num_frames, fps, attempt)
    if "environment" in answer:
        base = _with_environment(base, answer["environment"], arrays, str(chosen["environments"]), attempt)
    assets: dict[str, Any] = {
        "files": {kind: name for kind, name in chosen.items() if name},
        "place": answer.get("environment", {}).get("place", [0.0, 0.0, 0.0]),
    }
    if "character" in answer:
        base, where = _with_character(
            base, arrays["boxes"], str(chosen["characters"]), stream(seed, number, attempt, _CHARACTER)
        )
        assets |= {**where, "animation": answer["character"]["animation"]}
    scene = replace(base, attributes={**base.attributes, "assets": assets})
    return describe(scene, [scene.subject])


def resolve_assets(scene: Scene, folder: AssetFolder | None) -> dict[str, Any] | None:
    """What Blender is to load for a scene, with whole paths; None for a scene without users' assets.

    Raises:
        InputError: the scene has assets, but the engine was given no folder.
    """
    assets = scene.attributes.get("assets")
    if assets is None:
        return None
    if folder is None:
        raise InputError("the scene is made of users' assets; give the engine their folder (assets=...)")
    paths = {kind: str((folder.path / name).resolve()) for kind, name in assets["files"].items()}
    names = [thing.name for thing in scene.things]
    return {
        **{kind: assets.get(kind) for kind in ("place", "yaw", "scale", "shift")},
        "environment": paths.get("environments"),
        "character": paths.get("characters"),
        "animation": paths.get("animations"),
        "hdri": None if scene.attributes.get("indoor") else paths.get("hdris"),
        "environment_index": names.index("environment") + 1 if "environment" in names else 0,
        "character_index": scene.subject + 1,
    }


def words_of(name: str) -> str:
    """What a file's name says: ``old_town-01.glb`` is "old town"."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", Path(name).stem)
    return re.sub(r"[^A-Za-z]+", " ", words).strip().lower() or "place"


def _with_environment(
    base: Scene, found: dict[str, Any], arrays: dict[str, NDArray[Any]], name: str, attempt: int
) -> Scene:
    """A scene in the environment: its boxes, its ground, a character of recam's own, and light."""
    half = float(found["half"])
    ground = Ground(arrays["heights"].astype(np.float64), (half, half))
    shapes = tuple(
        Shape("box", tuple(size), _GREY, tuple(centre)) for centre, size in _boxes(arrays["points"])
    )
    words = with_article(words_of(name))
    thing = Thing(
        "environment", "structure", words, (Part(shapes, np.eye(4)[None]),), attributes={"stand_in": True}
    )
    covered = found["covered"]
    lamps = () if covered is None else (Lamp((0.5, 0.5, max(min(covered, 3.5) - 0.3, 1.8)), metres=8.0),)
    place = Place(
        environment=words_of(name),
        where=f"in {words}",
        things=(thing,),
        ground=ground,
        indoor=covered is not None,
        centre=(0.0, 0.0),
        open_radius=0.7,
        prop_spots=np.zeros((0, 3)),
        lamps=lamps,
    )
    subject = draw_character(
        stream(base.seed, base.number, attempt, _CHARACTER),
        name="main",
        centre=place.centre,
        radius=place.open_radius,
        ground=ground,
        num_frames=base.num_frames,
        fps=base.fps,
    )
    return replace(
        base,
        environment=place.environment,
        place=place.where,
        things=(thing, subject),
        subject=1,
        focus=boxes.middle(subject.boxes_at(0)),
        ground=ground,
        daylight=draw_daylight(stream(base.seed, base.number, attempt, _LIGHT), place),
        attributes={"attempt": attempt, "indoor": place.indoor},
    )


def _boxes(points: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Middles and half sizes of boxes about all points that are in a camera's way."""
    return [((low + high) / 2, (high - low) / 2) for low, high in merged_boxes(points)]


def _with_character(
    base: Scene, own: FloatArray, name: str, rng: np.random.Generator
) -> tuple[Scene, dict[str, Any]]:
    """The scene with the user's character, in boxes ``own`` [F,2,3], in the place of its own one, and where.

    ``where`` is how Blender puts it there: turned by ``yaw`` radians, ``scale`` times as large, moved.
    """
    height = float(own[0, 1, 2] - own[0, 0, 2])
    low, high = _LIKELY_HEIGHTS
    scale = 1.0 if low <= height <= high else _USUAL_HEIGHT / max(height, 1e-6)
    yaw = float(rng.uniform(0, 2 * np.pi))
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1.0]])
    x, y, _ = base.focus
    ground = float(base.ground(np.array([[x, y]]))[0])
    feet = np.array([*own[0, :, :2].mean(axis=0), own[0, 0, 2]])
    shift = np.array([x, y, ground]) - scale * turn @ feet
    middles = own.mean(axis=1) * scale @ turn.T + shift
    reach = np.abs(turn) @ ((own[:, 1] - own[:, 0]).max(axis=0) * scale / 2)
    poses = np.tile(np.eye(4), (len(own), 1, 1))
    poses[:, :3, 3] = middles
    old = base.things[base.subject]
    thing = Thing(
        old.name,
        "character",
        with_article(words_of(name)),
        (Part((Shape("box", tuple(reach), _GREY),), poses),),
        attributes={"stand_in": True},
    )
    things = (*base.things[: base.subject], thing, *base.things[base.subject + 1 :])
    focus = (float(middles[0, 0]), float(middles[0, 1]), float(middles[0, 2]))
    where = {"yaw": yaw, "scale": scale, "shift": shift.tolist()}
    return replace(base, things=things, focus=focus), where
