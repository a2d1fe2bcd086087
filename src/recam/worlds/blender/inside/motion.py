"""Motion that recam baked, as keys on every frame, straight lines between them and beyond."""

from __future__ import annotations

from typing import Any

import bpy  # pyright: ignore[reportMissingImports]
import numpy as np


def set_rate(scene: Any, fps: float) -> None:
    """Frames a second; importers of clips place their keys by it, so set it first."""
    scene.render.fps = max(1, round(fps))
    scene.render.fps_base = scene.render.fps / fps


def animate(thing: Any, poses: np.ndarray) -> None:
    """Give an object poses [F,7] (position, quaternion w first) from frame 0 on; [1,7] stands still."""
    thing.rotation_mode = "QUATERNION"
    thing.location, thing.rotation_quaternion = poses[0, :3], poses[0, 3:]
    if len(poses) > 1:
        curves = _curves(thing)
        for path, columns in (("location", range(3)), ("rotation_quaternion", range(3, 7))):
            for index, column in enumerate(columns):
                _fill(curves.new(path, index=index), poses[:, column])


def animate_value(owner: Any, path: str, values: np.ndarray) -> None:
    """Give a property of a datablock values [F] from frame 0 on."""
    _fill(_curves(owner).new(path), values)


def _curves(owner: Any) -> Any:
    """Where the animation curves of a datablock are."""
    action = bpy.data.actions.new("recam")
    animation = owner.animation_data_create()
    if not hasattr(action, "layers"):  # before Blender 4.4
        animation.action = action
        return action.fcurves
    slot = action.slots.new(id_type=owner.id_type, name=owner.name)
    animation.action, animation.action_slot = action, slot
    strip = action.layers.new("recam").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


def _fill(curve: Any, values: np.ndarray) -> None:
    points = curve.keyframe_points
    points.add(len(values))
    places = np.stack([np.arange(len(values)), values], axis=1).astype(np.float32)
    points.foreach_set("co", places.ravel())
    linear = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value
    points.foreach_set("interpolation", np.full(len(values), linear, np.int32))
    curve.extrapolation = "LINEAR"
    curve.update()
