"""Ten synchronised cameras for Unreal Engine 5, drawn by recam by the camera rules of MultiCamVideo.

Needs the plugins Python Editor Script Plugin and Sequencer Scripting. In the editor: open your level, then
Tools > Execute Python Script. It adds CineCameraActors to the level and Level Sequences below PACKAGE:

    NAME         all cameras, its camera cut on the first
    NAME_cam01   one camera with its camera cut, to be rendered by the Movie Render Queue; one for each

The cameras look at the point SUBJECT (centimetres, z up) when they start; put your character there.
"""

import json

import unreal  # pyright: ignore[reportMissingImports]

PACKAGE = "/Game/Recam"
DATA = json.loads("""@DATA@""")
# Of a transform section; Unreal calls roll, pitch and yaw the rotation's x, y and z.
CHANNELS = ("Location.X", "Location.Y", "Location.Z", "Rotation.X", "Rotation.Y", "Rotation.Z")


def build():
    """Make the cameras and the sequences; what an earlier run made under these names is replaced."""
    actors = {name: make_camera(name, rows[0]) for name, rows in DATA["cameras"].items()}
    made = [make_sequence(DATA["name"], actors)]
    for name, actor in actors.items():
        made.append(make_sequence(DATA["name"] + "_" + name, {name: actor}))
    return made


def make_camera(name, row):
    """A CineCameraActor with the lens where it starts: x, y, z in cm; roll, pitch, yaw in degrees; focus."""
    label = DATA["name"] + "_" + name
    editor = unreal.get_editor_subsystem(unreal.EditorActorSubsystem)
    for actor in editor.get_all_level_actors():
        if actor.get_actor_label() == label:
            editor.destroy_actor(actor)
    place = unreal.Vector(row[0], row[1], row[2])
    turn = unreal.Rotator(roll=row[3], pitch=row[4], yaw=row[5])
    actor = editor.spawn_actor_from_class(unreal.CineCameraActor, place, turn)
    actor.set_actor_label(label)
    lens = actor.get_cine_camera_component()
    back = unreal.CameraFilmbackSettings()
    back.set_editor_property("sensor_width", DATA["sensor_mm"])
    back.set_editor_property("sensor_height", DATA["sensor_mm"])
    lens.set_editor_property("filmback", back)
    limits = lens.get_editor_property("lens_settings")
    limits.set_editor_property("min_focal_length", min(4.0, DATA["focal_mm"]))
    limits.set_editor_property("max_focal_length", max(1000.0, DATA["focal_mm"]))
    limits.set_editor_property("min_f_stop", min(1.2, DATA["f_number"]))
    limits.set_editor_property("max_f_stop", max(22.0, DATA["f_number"]))
    lens.set_editor_property("lens_settings", limits)
    lens.set_editor_property("current_focal_length", DATA["focal_mm"])
    lens.set_editor_property("current_aperture", DATA["f_number"])
    focus = lens.get_editor_property("focus_settings")
    focus.set_editor_property("focus_method", unreal.CameraFocusMethod.MANUAL)
    focus.set_editor_property("manual_focus_distance", row[6])
    lens.set_editor_property("focus_settings", focus)
    return actor


def make_sequence(name, actors):
    """A Level Sequence that moves these cameras, its camera cut on the first of them."""
    path = PACKAGE + "/" + name
    if unreal.EditorAssetLibrary.does_asset_exist(path):
        unreal.EditorAssetLibrary.delete_asset(path)
    tools = unreal.AssetToolsHelpers.get_asset_tools()
    sequence = tools.create_asset(name, PACKAGE, unreal.LevelSequence, unreal.LevelSequenceFactoryNew())
    sequence.set_display_rate(unreal.FrameRate(DATA["fps_numerator"], DATA["fps_denominator"]))
    sequence.set_playback_start(0)
    sequence.set_playback_end(DATA["num_frames"])
    bindings = []
    for camera, actor in actors.items():
        bindings.append(sequence.add_possessable(actor))
        animate(sequence, bindings[-1], actor, DATA["cameras"][camera])
    cut = sequence.add_track(unreal.MovieSceneCameraCutTrack).add_section()
    cut.set_range(0, DATA["num_frames"])
    shown = unreal.MovieSceneObjectBindingID()
    shown.set_editor_property("guid", bindings[0].get_id())
    cut.set_camera_binding_id(shown)
    unreal.EditorAssetLibrary.save_loaded_asset(sequence)
    return sequence


def animate(sequence, binding, actor, rows):
    """A key on every frame for the transform, the focal length, the aperture and the focus."""
    section = binding.add_track(unreal.MovieScene3DTransformTrack).add_section()
    section.set_range(0, DATA["num_frames"])
    channels = section.get_all_channels()
    for index in range(len(CHANNELS)):
        add_keys(channels[index], [row[index] for row in rows])
    for index in (6, 7, 8):  # scale
        channels[index].set_default(1.0)
    lens = sequence.add_possessable(actor.get_cine_camera_component())
    lens.set_parent(binding)
    for name, path, values in (
        ("CurrentFocalLength", "CurrentFocalLength", [DATA["focal_mm"]] * len(rows)),
        ("CurrentAperture", "CurrentAperture", [DATA["f_number"]] * len(rows)),
        ("ManualFocusDistance", "FocusSettings.ManualFocusDistance", [row[6] for row in rows]),
    ):
        track = lens.add_track(unreal.MovieSceneFloatTrack)
        track.set_property_name_and_path(name, path)
        section = track.add_section()
        section.set_range(0, DATA["num_frames"])
        add_keys(section.get_all_channels()[0], values)


def add_keys(channel, values):
    """Straight lines between the frames."""
    for frame, value in enumerate(values):
        channel.add_key(
            unreal.FrameNumber(frame), value, interpolation=unreal.MovieSceneKeyInterpolation.LINEAR
        )


if __name__ == "__main__":
    for made in build():
        unreal.log("recam made " + made.get_path_name())
