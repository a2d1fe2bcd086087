"""Ten synchronised cameras for Blender, drawn by recam by the camera rules of the MultiCamVideo data set.

In Blender: open your project, open this file in the Text Editor, press Run Script. Without a window:

    blender my.blend --background --python cameras_blender.py -- --render pictures
    blender my.blend --background --python cameras_blender.py -- --save with_cameras.blend

The cameras look at the point SUBJECT (metres, z up) when they start; put your character there.
"""

import json
import os
import sys

import bpy  # pyright: ignore[reportMissingImports]

FIRST_FRAME = 1
SET_PROJECT = True  # rate, frame range and square pictures of the project as well
DATA = json.loads("""@DATA@""")


def build():
    """Make the cameras, in a collection of their own that replaces one of an earlier run."""
    name = "recam " + DATA["name"]
    old = bpy.data.collections.get(name)
    if old is not None:
        for thing in list(old.objects):
            bpy.data.objects.remove(thing)
        bpy.data.collections.remove(old)
    group = bpy.data.collections.new(name)
    scene = bpy.context.scene
    scene.collection.children.link(group)
    subject = bpy.data.objects.new("recam subject", None)
    subject.location = DATA["subject"]
    subject.empty_display_size = 0.3
    group.objects.link(subject)
    cameras = {name: make_camera(name, rows, subject, group) for name, rows in DATA["cameras"].items()}
    if SET_PROJECT:
        scene.render.fps = max(1, round(DATA["fps"]))
        scene.render.fps_base = scene.render.fps / DATA["fps"]
        scene.frame_start = FIRST_FRAME
        scene.frame_end = FIRST_FRAME + DATA["num_frames"] - 1
        scene.render.resolution_x = scene.render.resolution_y = DATA["size"]
        scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1.0
    scene.camera = next(iter(cameras.values()))
    return cameras


def make_camera(name, rows, subject, group):
    """A camera with a key on every frame; rows are x, y, z and a quaternion w, x, y, z."""
    label = DATA["name"] + "_" + name
    data = bpy.data.cameras.new(label)
    data.sensor_fit = "AUTO"
    data.sensor_width = data.sensor_height = DATA["sensor_mm"]
    data.lens = DATA["focal_mm"]
    data.dof.use_dof = True
    data.dof.aperture_fstop = DATA["f_number"]
    data.dof.focus_object = subject
    camera = bpy.data.objects.new(label, data)
    camera.rotation_mode = "QUATERNION"
    group.objects.link(camera)
    for index, row in enumerate(rows):
        camera.location, camera.rotation_quaternion = row[:3], row[3:]
        for channel in ("location", "rotation_quaternion"):
            camera.keyframe_insert(channel, frame=FIRST_FRAME + index)
    # Straight lines between keys: motion blur looks between the frames.
    for curve in curves_of(camera.animation_data.action):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
    return camera


def curves_of(action):
    """The animation curves of an action; before Blender 5 it held them itself."""
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def render(cameras, folder):
    """Render every camera's frames into folder/cam01/0001.png and so on."""
    scene = bpy.context.scene
    scene.render.image_settings.file_format = "PNG"
    for name, camera in cameras.items():
        scene.camera = camera
        scene.render.filepath = os.path.join(os.path.abspath(folder), name, "####")
        bpy.ops.render.render(animation=True)


def main():
    """Make the cameras, then do what the words after -- say."""
    words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    if len(words) % 2 or not set(words[::2]) <= {"--save", "--render"}:
        raise SystemExit("after -- there may stand --save FILE and --render FOLDER, not " + " ".join(words))
    wanted = dict(zip(words[::2], words[1::2], strict=True))
    cameras = build()
    if "--save" in wanted:
        bpy.ops.wm.save_as_mainfile(filepath=os.path.abspath(wanted["--save"]))
    if "--render" in wanted:
        render(cameras, wanted["--render"])


if __name__ == "__main__":
    main()
