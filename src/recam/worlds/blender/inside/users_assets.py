"""Users' environments, characters and animations: importing them, looping clips, measuring them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy  # pyright: ignore[reportMissingImports]
import numpy as np
from errors_inside import AssetError
from mathutils import Matrix  # pyright: ignore[reportMissingImports]

_LEAST_MATCH = 0.8
"""Share of an animation's bones that a character must have for it to be used."""


def import_file(path: str) -> list[Any]:
    """The objects of a file, in the open scene; cameras are left out.

    Raises:
        AssetError: the file is broken, of a kind that Blender does not read, or empty.
    """
    before = set(bpy.data.objects)
    suffix = Path(path).suffix.lower()
    if suffix not in _IMPORTERS:
        raise AssetError(path, f"is of no kind that can be imported; use {', '.join(sorted(_IMPORTERS))}")
    if not Path(path).is_file():
        raise AssetError(path, "does not exist")
    try:
        _IMPORTERS[suffix](path)
    except Exception as error:  # importers raise whatever their parsers raise; all of it means the same
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[-1] if lines else type(error).__name__
        raise AssetError(path, f"cannot be imported: {reason.removeprefix('Error: ')}") from error
    found = [thing for thing in bpy.data.objects if thing not in before]
    for thing in [thing for thing in found if thing.type == "CAMERA"]:
        found.remove(thing)
        bpy.data.objects.remove(thing)
    if not found:
        raise AssetError(path, "holds no objects")
    return found


def check_has_mesh(path: str, things: list[Any]) -> None:
    """Raise AssetError where nothing of a file can be seen."""
    for thing in things:
        inner = thing.instance_collection.all_objects if thing.instance_collection else [thing]
        if any(each.type in ("MESH", "CURVE", "SURFACE", "META", "FONT") for each in inner):
            return
    raise AssetError(path, "holds no mesh")


def place_below(things: list[Any], name: str, place: Matrix) -> Any:
    """An empty at ``place`` to which all things without a parent belong, keeping where they are in it."""
    holder = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(holder)
    for thing in things:
        if thing.parent is None:
            thing.parent = holder  # its own transform is now counted from the holder
            thing.matrix_parent_inverse = Matrix.Identity(4)
    holder.matrix_world = place
    return holder


def give_index(things: list[Any], index: int) -> None:
    """Let masks show all things, and what they are instances of, as one."""
    for thing in things:
        thing.pass_index = index
        if thing.instance_collection:
            for inner in thing.instance_collection.all_objects:
                inner.pass_index = index


def evaluated_meshes(things: list[Any]) -> list[np.ndarray]:
    """Triangles [T,3,3] in the world of every mesh of the things (and of their instances) as it is now."""
    graph = bpy.context.evaluated_depsgraph_get()
    wanted = set(things)
    found = []
    for instance in graph.object_instances:
        owner = instance.parent.original if instance.is_instance else instance.object.original
        if owner not in wanted or instance.object.type not in ("MESH", "CURVE", "SURFACE", "META", "FONT"):
            continue
        mesh = instance.object.to_mesh()
        if mesh is None or not len(mesh.vertices):
            continue
        mesh.calc_loop_triangles()
        vertices = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", vertices)
        corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
        turn = np.array(instance.matrix_world, dtype=np.float64)
        places = vertices.reshape(-1, 3) @ turn[:3, :3].T + turn[:3, 3]
        found.append(places[corners].reshape(-1, 3, 3))
        instance.object.to_mesh_clear()
    return found


def bounds(things: list[Any]) -> np.ndarray | None:
    """[2,3] lowest and highest corner of what can be seen of the things now; None where there is nothing."""
    corners = [mesh.reshape(-1, 3) for mesh in evaluated_meshes(things) if len(mesh)]
    if not corners:
        return None
    return np.array(
        [np.min([c.min(axis=0) for c in corners], axis=0), np.max([c.max(axis=0) for c in corners], axis=0)]
    )


def boxes_over_time(path: str, things: list[Any], num_frames: int) -> np.ndarray:
    """[F,2,3] bounds at every frame.

    Raises:
        AssetError: nothing can be seen.
    """
    boxes = []
    for frame in range(num_frames):
        bpy.context.scene.frame_set(frame)
        box = bounds(things)
        if box is None:
            raise AssetError(path, f"has no mesh that can be seen at frame {frame}")
        boxes.append(box)
    return np.array(boxes)


def animate_character(things: list[Any], animation: str | None, pick: int, num_frames: int) -> str:
    """Choose what a character does and loop it over the clip from frame 0; what was chosen, in words.

    Args:
        animation: a file whose clip is used where its bones have the character's names.
        pick: which of several clips of the character's own file.
    """
    note = "own clip"
    if animation is not None:
        clip, note = _clip_for(things, animation)
        if clip is not None:
            for thing in things:
                if thing.type == "ARMATURE":
                    _loop(thing, clip, num_frames)
            return note
    names = sorted({track.name for each in _animated(things) for track in each.animation_data.nla_tracks})
    wanted = names[pick % len(names)] if names else ""
    any_clip = False
    for owner in _animated(things):
        data = owner.animation_data
        tracks = {track.name: track for track in data.nla_tracks}
        action = data.action
        if wanted in tracks and len(tracks[wanted].strips):
            action = tracks[wanted].strips[0].action
        if action is not None:
            _loop(owner, action, num_frames)
            any_clip = True
    if not any_clip:
        return f"{note}, which has no motion" if animation is None else f"{note}; it has no clip of its own"
    return f"{note}: {wanted}" if wanted else note


def _animated(things: list[Any]) -> list[Any]:
    """The objects and shape keys that have animation."""
    owners = list(things)
    owners += [t.data.shape_keys for t in things if t.type == "MESH" and t.data.shape_keys is not None]
    return [owner for owner in owners if owner.animation_data is not None]


def _clip_for(things: list[Any], path: str) -> tuple[Any, str]:
    """(the action of a file, words), or (None, why it does not fit the character)."""
    bones = {bone.name for thing in things if thing.type == "ARMATURE" for bone in thing.data.bones}
    name = Path(path).name
    others = import_file(path)
    clips = [
        owner.animation_data.action
        or next((s.action for t in owner.animation_data.nla_tracks for s in t.strips), None)
        for owner in _animated([other for other in others if other.type == "ARMATURE"])
    ]
    for other in others:
        bpy.data.objects.remove(other)
    clip = next((clip for clip in clips if clip is not None), None)
    if clip is None:
        raise AssetError(path, "holds no animated bones")
    moved = {
        curve.data_path.split('"')[1] for curve in _curves(clip) if curve.data_path.startswith("pose.bones")
    }
    fitting = len(moved & bones)
    if not moved or fitting < _LEAST_MATCH * len(moved):
        return None, (
            f"own clip: {fitting} of {name}'s {len(moved)} bones have names that the character's bones have"
        )
    return clip, name


def _curves(action: Any) -> list[Any]:
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    return [
        curve
        for layer in action.layers
        for strip in layer.strips
        for bag in strip.channelbags
        for curve in bag.fcurves
    ]


def _loop(owner: Any, action: Any, num_frames: int) -> None:
    """Repeat a clip from frame 0 to past the end, instead of whatever moved the owner before."""
    data = owner.animation_data or owner.animation_data_create()
    data.action = None
    for track in list(data.nla_tracks):
        data.nla_tracks.remove(track)
    # A frame earlier and later: motion blur looks beyond the ends.
    strip = data.nla_tracks.new().strips.new("recam", 0, action)
    if hasattr(strip, "action_slot") and strip.action_slot is None and len(action.slots):
        fitting = [slot for slot in action.slots if slot.target_id_type in (owner.id_type, "UNSPECIFIED")]
        if fitting:
            strip.action_slot = fitting[0]
    first, last = action.frame_range
    strip.action_frame_start, strip.action_frame_end = first, max(last, first + 1)
    strip.repeat = math.ceil((num_frames + 1) / max(last - first, 1.0)) + 1
    strip.extrapolation = "HOLD"


def _import_gltf(path: str) -> None:
    # Without the ball that is to show bones.
    options = {"disable_bone_shape": True}
    known = bpy.ops.import_scene.gltf.get_rna_type().properties.keys()
    bpy.ops.import_scene.gltf(filepath=path, **{name: v for name, v in options.items() if name in known})


def _import_blend(path: str) -> None:
    with bpy.data.libraries.load(path, link=False) as (there, here):
        here.objects = there.objects
    for thing in here.objects:
        if thing is not None and not thing.users_collection:
            bpy.context.scene.collection.objects.link(thing)


_IMPORTERS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys((".glb", ".gltf"), _import_gltf),
    ".fbx": lambda path: bpy.ops.wm.fbx_import(filepath=path),
    ".obj": lambda path: bpy.ops.wm.obj_import(filepath=path),
    **dict.fromkeys((".usd", ".usda", ".usdc", ".usdz"), lambda path: bpy.ops.wm.usd_import(filepath=path)),
    ".blend": _import_blend,
}
