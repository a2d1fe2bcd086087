"""Runs inside Blender: makes a tiny environment, characters with bones and animations, as users have."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy  # pyright: ignore[reportMissingImports]

import bmesh  # pyright: ignore[reportMissingImports]  # isort: skip  # is there once bpy is
from mathutils import Matrix  # pyright: ignore[reportMissingImports]  # isort: skip

out = Path(sys.argv[1])


def fresh() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 10


def block(name: str, middle: tuple, half: tuple) -> object:
    mesh = bpy.data.meshes.new(name)
    grid = bmesh.new()
    bmesh.ops.create_cube(grid, size=2.0)
    for vertex in grid.verts:
        vertex.co = [c * h for c, h in zip(vertex.co, half, strict=True)]
    grid.to_mesh(mesh)
    grid.free()
    thing = bpy.data.objects.new(name, mesh)
    thing.location = middle
    bpy.context.scene.collection.objects.link(thing)
    return thing


def yard() -> None:
    """A floor at 0.5 m whose middle is at (30, -20), a wall 4 m high, a roof over its corner."""
    fresh()
    block("floor", (30, -20, 0.25), (12, 12, 0.25))
    block("wall", (30, -13, 2.5), (12, 0.2, 2.0))
    block("roof", (20, -27, 4.0), (2, 5, 0.1))


def person(scale: float, bones: tuple[str, str]) -> object:
    """A block a person's size with two bones, its upper half bound to the second; feet at 0."""
    fresh()
    body = block("body", (0, 0, 0.9 * scale), (0.2 * scale, 0.3 * scale, 0.9 * scale))
    body.data.transform(Matrix.Translation(body.location))
    body.location = (0, 0, 0)
    armature = bpy.data.armatures.new("rig")
    rig = bpy.data.objects.new("rig", armature)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    low = armature.edit_bones.new(bones[0])
    low.head, low.tail = (0, 0, 0), (0, 0, 0.9 * scale)
    high = armature.edit_bones.new(bones[1])
    high.head, high.tail, high.parent = (0, 0, 0.9 * scale), (0, 0, 1.8 * scale), low
    bpy.ops.object.mode_set(mode="OBJECT")
    for name, upper in ((bones[0], False), (bones[1], True)):
        group = body.vertex_groups.new(name=name)
        group.add([v.index for v in body.data.vertices if (v.co.z > 0.9 * scale) == upper], 1.0, "REPLACE")
    body.modifiers.new("bones", "ARMATURE").object = rig
    body.parent = rig
    return rig


def move(rig: object, bone: str, metres: float) -> None:
    """A clip of 4 frames in which the bone goes along its own x and stays; then it begins anew."""
    for frame, x in ((0, 0.0), (2, metres), (4, metres)):
        rig.pose.bones[bone].location = (x, 0, 0)
        rig.pose.bones[bone].keyframe_insert("location", frame=frame)


def save(name: str) -> None:
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".glb":
        bpy.ops.export_scene.gltf(filepath=str(path), export_format="GLB")
    elif path.suffix == ".fbx":
        bpy.ops.export_scene.fbx(filepath=str(path))
    elif path.suffix == ".obj":
        bpy.ops.wm.obj_export(filepath=str(path))
    elif path.suffix == ".blend":
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
    else:
        bpy.ops.wm.usd_export(filepath=str(path))


yard()
for suffix in ("glb", "fbx", "obj", "usda", "blend"):
    save(f"kinds/environments/old_yard.{suffix}")
save("assets/environments/old_yard-01.glb")
move(person(100.0, ("legs", "chest")), "chest", 40.0)  # in centimetres, with a clip of its own
save("assets/characters/TallPorter.glb")
move(person(1.0, ("legs", "chest")), "chest", 0.9)
save("fitting/animations/lean.glb")
move(person(1.0, ("hip", "spine")), "spine", 0.9)
save("strange/animations/other.glb")
fresh()
save("empty/environments/nothing.glb")
fresh()
block("wall", (0, 0, 2), (0.1, 3, 2))
save("narrow/environments/wall.glb")
sky = bpy.data.images.new("sky", 8, 4, float_buffer=True)
sky.pixels.foreach_set([1.0, 0.2, 0.2, 1.0] * 32)
(out / "assets" / "hdris").mkdir(parents=True)
sky.filepath_raw, sky.file_format = str(out / "assets" / "hdris" / "red.hdr"), "HDR"
sky.save()
