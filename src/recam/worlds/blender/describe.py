"""A scene as numbers that the scripts inside Blender read: one JSON text and one file of arrays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from recam.camera import Poses
from recam.camera.conventions import to_opengl
from recam.camera.intrinsics import MULTICAMVIDEO_SENSOR_MM
from recam.camera.poses import FloatArray
from recam.worlds.rules import PublishedLens
from recam.worlds.scene import Material, Scene, Shape
from recam.worlds.textures import paint

# How deep the bright and dark of a painted pattern is, metres; those that are not here are flat.
_RELIEF = {
    "bricks": 0.012, "tiles": 0.004, "paving": 0.008, "cobbles": 0.025, "shingles": 0.02, "planks": 0.006,
    "wood": 0.002, "palings": 0.01, "parquet": 0.002, "grass": 0.03, "gravel": 0.02, "leaves": 0.03,
    "asphalt": 0.006, "concrete": 0.003, "sand": 0.008, "fabric": 0.003, "corrugated": 0.02,
    "speckles": 0.002, "facade": 0.02, "books": 0.01, "noise": 0.004,
}  # fmt: skip


def moving(matrices: FloatArray) -> FloatArray:
    """[F,7] position and quaternion (w first, without jumps of sign) of rigid motions [F,4,4]."""
    quaternions = Rotation.from_matrix(matrices[:, :3, :3]).as_quat(scalar_first=True)
    turns_sign = (quaternions[1:] * quaternions[:-1]).sum(axis=1) < 0
    quaternions[1:] *= np.where(np.cumsum(turns_sign) % 2, -1.0, 1.0)[:, None]
    return np.concatenate([matrices[:, :3, 3], quaternions], axis=1)


def subject_middles(scene: Scene) -> FloatArray:
    """[F,3] metres: about where the middle of the main character is at each frame."""
    places = [
        (part.poses[:, :3, :3] @ np.asarray(shape.position)) + part.poses[:, :3, 3]
        for part in scene.things[scene.subject].parts
        for shape in part.shapes
    ]
    middle = np.mean([np.broadcast_to(place, (scene.num_frames, 3)) for place in places], axis=0)
    return middle - middle[0] + np.asarray(scene.focus)


def describe_cameras(
    scene: Scene, cameras: Sequence[Poses], lens: PublishedLens
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The cameras in Blender's axes, each in focus on the main character."""
    middles = subject_middles(scene)
    paths, focus = [], []
    for poses in cameras:
        away = middles - poses.translations
        # Along the axis, as Blender counts; what is beside or behind the camera is in focus from 0.3 m.
        focus.append(np.maximum(np.einsum("fi,fi->f", away, poses.rotations[:, :, 2]), 0.3))
        paths.append(moving(to_opengl(poses)))
    lens_numbers = {
        "focal_mm": lens.focal_mm,
        "sensor_mm": MULTICAMVIDEO_SENSOR_MM,
        "fstop": lens.aperture,
    }
    return lens_numbers, {"cameras": np.array(paths), "focus": np.array(focus)}


def write_scene(
    folder: Path,
    scene: Scene,
    cameras: Sequence[Poses],
    lens: PublishedLens,
    texture_pixels: int,
    assets: dict[str, Any] | None,
) -> Path:
    """Write what Blender needs of a scene as ``scene.json`` and ``scene.npz``; the path of the first."""
    materials: dict[Material, int] = {}
    arrays: dict[str, NDArray[Any]] = {}
    parts: list[dict[str, Any]] = []
    for index, thing in enumerate(scene.things):
        if thing.attributes.get("stand_in"):
            continue  # boxes in the place of a user's asset, which Blender loads itself
        for part in thing.parts:
            arrays[f"part{len(parts)}"] = moving(part.poses)
            shapes = [_describe_shape(shape, materials, arrays) for shape in part.shapes]
            parts.append({"thing": index, "kind": thing.kind, "shapes": shapes, "shadow": thing.casts_shadow})
    described = [
        _describe_material(material, number, arrays, texture_pixels) for material, number in materials.items()
    ]
    lens_numbers, camera_arrays = describe_cameras(scene, cameras, lens)
    light = scene.daylight
    content = {
        "num_frames": scene.num_frames,
        "fps": scene.fps,
        "indoor": bool(scene.attributes.get("indoor", False)),
        "seed": [scene.seed, scene.number],
        "focus": list(scene.focus),
        "parts": parts,
        "materials": described,
        "lens": lens_numbers,
        "daylight": {
            **{key: getattr(light, key) for key in ("direction", "colour", "strength", "ambient")},
            **{key: getattr(light, key) for key in ("zenith", "horizon", "haze")},
            "lamps": [vars(lamp) for lamp in light.lamps],
        },
        "assets": assets,
    }
    np.savez(folder / "scene.npz", **arrays, **camera_arrays)  # type: ignore[arg-type]
    path = folder / "scene.json"
    path.write_text(json.dumps(content))
    return path


def _describe_shape(
    shape: Shape, materials: dict[Material, int], arrays: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "kind": shape.kind,
        "size": list(shape.size),
        "material": materials.setdefault(shape.material, len(materials)),
        "position": list(shape.position),
        "rotation": np.asarray(shape.rotation).tolist(),
    }
    for name in ("vertices", "faces", "heights"):
        value = getattr(shape, name)
        if value is not None:
            described[name] = f"array{len(arrays)}"
            arrays[described[name]] = value
    return described


def _describe_material(
    material: Material, number: int, arrays: dict[str, NDArray[Any]], pixels: int
) -> dict[str, Any]:
    texture = material.texture
    described: dict[str, Any] = {
        "colour": list(texture.first),
        "roughness": material.roughness,
        "metallic": material.metallic,
        "emission": material.emission,
        "metres": texture.metres,
        "pattern": texture.pattern,
        "relief": _RELIEF.get(texture.pattern, 0.0),
    }
    if texture.pattern != "plain":
        described["image"] = f"texture{number}"
        arrays[described["image"]] = paint(texture, pixels)
    return described
