"""Exported rigs: scripts make the very cameras that the rules drew, in the program's own axes and units."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from blender_scenes import skip_without_blender
from unreal_stand_in import Actor, Editor, Sequence

from recam.camera import Poses
from recam.camera.conventions import AXES, from_opengl
from recam.camera.formats import read_cameras, write_cameras
from recam.camera.formats.base import CameraSet
from recam.errors import InputError, OutputError
from recam.worlds.blender import find_blender
from recam.worlds.export import Rig, RigSettings, draw_export_rig, export_rigs
from recam.worlds.export.rigs import to_opencv_world, to_world

FRAMES = 7
BLENDER = RigSettings("blender", (2.0, -1.0, 3.0), radii=(3.0, 5.0), num_frames=FRAMES, seed=5)
UNREAL = RigSettings("unreal", (1200.0, -350.0, 95.0), radii=(3.0,), num_frames=FRAMES, fps=29.97, lens=35)


@pytest.fixture(scope="module")
def blender_rig(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rig]:
    (folder,) = export_rigs(tmp_path_factory.mktemp("rigs"), [3], BLENDER)
    return folder, draw_export_rig(3, BLENDER)


@pytest.fixture(scope="module")
def unreal_rig(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rig]:
    (folder,) = export_rigs(tmp_path_factory.mktemp("rigs"), [3], UNREAL)
    return folder, draw_export_rig(3, UNREAL)


@pytest.fixture
def editor(unreal_rig: tuple[Path, Rig], monkeypatch: pytest.MonkeyPatch) -> Editor:
    """An editor in which the script was run twice: the second run replaces what the first made."""
    editor = Editor()
    monkeypatch.setitem(sys.modules, "unreal", editor.module())
    for _ in range(2):
        runpy.run_path(str(unreal_rig[0] / "cameras_unreal.py"), run_name="__main__")
    return editor


def pixels(poses: Poses, rig: Rig, points: np.ndarray, size: int = 1280) -> np.ndarray:
    """[F,N,2] where points [N,3] of the world are in the pictures."""
    lens = rig.lens.intrinsics(size)
    seen = np.einsum("fji,fnj->fni", poses.rotations, points[None] - poses.translations[:, None])
    return seen[..., :2] / seen[..., 2:] * [lens.fx, lens.fy] + [lens.cx, lens.cy]


def test_every_file_of_a_rig_holds_the_same_cameras(
    blender_rig: tuple[Path, Rig], unreal_rig: tuple[Path, Rig]
) -> None:
    for folder, rig in (blender_rig, unreal_rig):
        for name in ("cameras.csv", "camera_extrinsics.json"):
            found = read_cameras(folder / name)
            assert list(found.cameras) == [camera.name for camera in rig.cameras]
            for camera in rig.cameras:
                expected = to_opencv_world(camera.poses)
                np.testing.assert_allclose(found.cameras[camera.name].matrices, expected.matrices, atol=1e-8)
        lens = read_cameras(folder / "cameras.csv").lenses["cam01"]
        np.testing.assert_allclose(lens.params[:, 0], rig.lens.intrinsics(1280).fx)
        data = json.loads((folder / "cameras.json").read_text())
        assert data["focal_mm"] == rig.lens.focal_mm
        assert {name: len(rows) for name, rows in data["cameras"].items()} == {
            camera.name: FRAMES for camera in rig.cameras
        }
        assert [data["moves"][camera.name]["kind"] for camera in rig.cameras] == [
            camera.move.kind for camera in rig.cameras
        ]


def test_the_subject_is_where_the_user_said(unreal_rig: tuple[Path, Rig]) -> None:
    """In Unreal's own axes and centimetres: each first view has it in the middle, from the radius."""
    forward = np.array([1.0, 0.0, 0.0])
    for rows in json.loads((unreal_rig[0] / "cameras.json").read_text())["cameras"].values():
        away = np.array(UNREAL.subject) - rows[0][:3]
        assert np.linalg.norm(away) == pytest.approx(300.0)
        pitch, yaw = np.radians(rows[0][4:6])
        # the documented meaning of a rotator: yaw turns forward to the right (y), pitch up (z)
        ahead = [np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)]
        np.testing.assert_allclose(away / 300.0, ahead, atol=1e-9)
        assert abs(rows[0][3]) < 1e-9  # level
        assert rows[0][6] == pytest.approx(300.0)  # in focus
        assert rows[0][2] > 95.0 - 100.0  # above the ground
    np.testing.assert_allclose(to_world((100, 0, 0), "unreal"), [0, 1, 0])  # forward is north
    np.testing.assert_allclose(to_world((0, 100, 50), "unreal"), [1, 0, 0.5])
    np.testing.assert_allclose(to_world((1, 2, 3), "blender"), [1, 2, 3])
    assert not np.allclose(forward, ahead)


def test_the_unreal_script_keys_our_poses(
    unreal_rig: tuple[Path, Rig], editor: Editor, tmp_path: Path
) -> None:
    _, rig = unreal_rig
    assert [actor.label for actor in editor.actors] == [f"scene3_{camera.name}" for camera in rig.cameras]
    sequence = editor.assets["/Game/Recam/scene3"]
    rows, by_camera = ["camera,frame,x_cm,y_cm,z_cm,roll_deg,pitch_deg,yaw_deg"], transforms(sequence)
    for name, channels in by_camera.items():
        for channel in channels[:6]:
            assert sorted(channel.keys) == list(range(FRAMES))
            assert channel.interpolations == {"linear"}
        assert [channel.default for channel in channels[6:]] == [1.0, 1.0, 1.0]
        yaw = [channels[5].keys[frame] for frame in range(FRAMES)]
        assert np.abs(np.diff(yaw)).max() < 90.0  # no turn the long way round
        for frame in range(FRAMES):
            values = ",".join(repr(channel.keys[frame]) for channel in channels[:6])
            rows.append(f"{name.removeprefix('scene3_')},{frame},{values}")
    recorded = tmp_path / "recorded.csv"
    recorded.write_text("\n".join(rows))
    found = read_cameras(recorded, "unreal")
    for camera in rig.cameras:
        expected = to_opencv_world(camera.poses).matrices
        np.testing.assert_allclose(found.cameras[camera.name].matrices, expected, atol=1e-9)


def test_the_unreal_script_sets_lens_rate_and_cuts(unreal_rig: tuple[Path, Rig], editor: Editor) -> None:
    _, rig = unreal_rig
    names = ["scene3", *(f"scene3_{camera.name}" for camera in rig.cameras)]
    assert [Path(path).name for path in editor.assets] == names
    for number, sequence in enumerate(editor.assets.values()):
        assert sequence.saved
        assert sequence.rate == (2997, 100)
        assert (sequence.start, sequence.end) == (0, FRAMES)
        (cut,) = sequence.tracks[0].sections
        assert cut.range == (0, FRAMES)
        assert cut.camera is not None
        shown = next(b for b in sequence.bindings if b.get_id() == cut.camera.properties["guid"])
        assert shown.bound is editor.actors[max(0, number - 1)]
    for actor in editor.actors:
        lens = actor.lens.properties
        assert (lens["current_focal_length"], lens["current_aperture"]) == (35.0, 2.4)
        assert lens["filmback"].properties == {"sensor_width": 23.76, "sensor_height": 23.76}
        assert (
            lens["lens_settings"].properties["max_f_stop"]
            >= 2.4
            >= lens["lens_settings"].properties["min_f_stop"]
        )
    keyed = {
        track.path: {value for section in track.sections for value in section.channels[0].keys.values()}
        for binding in editor.assets["/Game/Recam/scene3"].bindings
        for track in binding.tracks
        if track.path
    }
    assert keyed["CurrentFocalLength"] == {35.0}
    assert keyed["CurrentAperture"] == {2.4}
    assert min(keyed["FocusSettings.ManualFocusDistance"]) >= 30.0


def transforms(sequence: Sequence) -> dict[str, list]:
    """The channels of each camera's transform, by its label."""
    found = {}
    for binding in sequence.bindings:
        for track in binding.tracks:
            if isinstance(binding.bound, Actor) and track.kind == "MovieScene3DTransformTrack":
                found[binding.bound.label] = track.sections[0].channels
    return found


_LOOK = """
import json, runpy, sys
import bpy
from mathutils import Vector
from bpy_extras.object_utils import world_to_camera_view
script, points, out = sys.argv[1:4]
sys.argv = [script]
for _ in range(2):  # a second run replaces the first one's cameras
    runpy.run_path(script, run_name="__main__")
scene, points, found = bpy.context.scene, json.loads(points), {}
cameras = [thing for thing in bpy.data.collections["recam scene3"].objects if thing.type == "CAMERA"]
for camera in cameras:
    data, made = camera.data, {"matrices": [], "pixels": []}
    found[camera.name.removeprefix("scene3_")] = made
    made |= {"lens": data.lens, "width": data.sensor_width, "fstop": data.dof.aperture_fstop}
    made["focus"] = list(data.dof.focus_object.location)
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        made["matrices"].append([list(row) for row in camera.matrix_world])
        seen = [world_to_camera_view(scene, camera, Vector(point)) for point in points]
        size = scene.render.resolution_x
        made["pixels"].append([[p.x * size, (1 - p.y) * size] for p in seen])
scene.frame_set(2, subframe=0.5)
between = [list(row) for row in bpy.data.objects["scene3_cam01"].matrix_world]
render = scene.render
said = {"cameras": found, "frames": [scene.frame_start, scene.frame_end], "between": between}
said |= {"fps": render.fps / render.fps_base, "size": [render.resolution_x, render.resolution_y]}
json.dump(said, open(out, "w"))
"""


def test_the_blender_script_makes_our_cameras(blender_rig: tuple[Path, Rig], tmp_path: Path) -> None:
    skip_without_blender()
    blender = find_blender()
    if not blender.is_python:
        pytest.skip("no Blender found that is a Python module")
    folder, rig = blender_rig
    points = rig.subject + np.array([[0, 0, 0], [0.5, 0.2, 0.4], [-0.4, 0.3, -0.5]])
    (tmp_path / "look.py").write_text(_LOOK)
    out = tmp_path / "found.json"
    script = str(folder / "cameras_blender.py")
    command = [
        str(blender.program),
        "-I",
        str(tmp_path / "look.py"),
        script,
        json.dumps(points.tolist()),
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert list(found["cameras"]) == [camera.name for camera in rig.cameras]
    assert found["frames"] == [1, FRAMES]
    assert found["fps"] == pytest.approx(15.0)
    assert found["size"] == [1280, 1280]
    worst = 0.0
    for camera in rig.cameras:
        made = found["cameras"][camera.name]
        assert made["lens"] == rig.lens.focal_mm
        assert made["width"] == pytest.approx(23.76)
        assert made["fstop"] == pytest.approx(rig.lens.aperture)
        np.testing.assert_allclose(made["focus"], BLENDER.subject, atol=1e-6)
        poses = from_opengl(np.array(made["matrices"]))
        np.testing.assert_allclose(poses.matrices, camera.poses.matrices, atol=2e-6)
        ours = pixels(camera.poses, rig, points)
        visible = ((ours > 0) & (ours < 1280)).all(axis=2)
        worst = max(worst, np.abs(pixels(poses, rig, points) - ours)[visible].max(initial=0.0))
        worst = max(worst, np.abs(np.array(made["pixels"]) - ours)[visible].max(initial=0.0))
    assert worst < 1e-3, worst
    middle = rig.cameras[0].poses.translations[1:3].mean(axis=0)  # straight between frames 2 and 3
    np.testing.assert_allclose(np.array(found["between"])[:3, 3], middle, atol=1e-5)


def test_rigs_are_drawn_the_same_for_ever_and_differ() -> None:
    again = [draw_export_rig(3, BLENDER) for _ in range(2)]
    for one, other in zip(*(rig.cameras for rig in again), strict=True):
        np.testing.assert_array_equal(one.poses.matrices, other.poses.matrices)
    assert not np.allclose(
        again[0].cameras[0].poses.matrices, draw_export_rig(4, BLENDER).cameras[0].poses.matrices
    )
    # the same numbers in the other program: the same rig about its own subject
    twin = RigSettings("unreal", (-100.0, 200.0, 300.0), radii=(3.0, 5.0), num_frames=FRAMES, seed=5)
    np.testing.assert_allclose(
        draw_export_rig(3, twin).cameras[0].poses.matrices, again[0].cameras[0].poses.matrices, atol=1e-9
    )


def test_no_camera_goes_below_the_ground() -> None:
    low = RigSettings("blender", (0.0, 0.0, 1.0), ground=0.8, radii=(3.0,), num_frames=FRAMES)
    heights = [
        camera.poses.translations[:, 2].min() for n in range(3) for camera in draw_export_rig(n, low).cameras
    ]
    assert min(heights) >= 0.95


def test_settings_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    for settings, words in (
        (RigSettings("maya"), "--to must be"),  # type: ignore[arg-type]
        (RigSettings("blender", lens=20), "--lens 20: the data set's lenses are 18, 24, 35, 50 mm"),
        (RigSettings("blender", num_frames=0), "--frames"),
        (RigSettings("blender", fps=0.0), "--fps"),
        (RigSettings("blender", ground=1.0), "must lie below the subject"),
        (RigSettings("blender", (0.0, np.nan, 1.0)), "finite"),
        (RigSettings("blender", kinds=("jump",)), "unknown kind of move 'jump'"),
    ):
        with pytest.raises(InputError, match=words):
            export_rigs(tmp_path, [0], settings)
    assert not list(tmp_path.iterdir())
    export_rigs(tmp_path, [0], RigSettings("blender", num_frames=2))
    with pytest.raises(OutputError, match="exists already"):
        export_rigs(tmp_path, [0], RigSettings("blender", num_frames=2))


def test_recams_own_converter_gives_the_same_rows(blender_rig: tuple[Path, Rig], tmp_path: Path) -> None:
    """The published file of the rig, converted to Unreal's axes, is the rig exported for Unreal."""
    folder, rig = blender_rig
    converted = tmp_path / "converted.csv"
    found = read_cameras(folder / "camera_extrinsics.json")
    write_cameras(converted, CameraSet("unreal", found.cameras, False), "unreal")
    first = read_cameras(converted).cameras["cam01"]
    np.testing.assert_allclose(first.matrices, to_opencv_world(rig.cameras[0].poses).matrices, atol=1e-7)
    assert AXES["unreal"].opencv_world.shape == (3, 3)
