"""Scenes of users' own assets: placed, scaled, looped, kept out of by cameras; broken files by name."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from blender_scenes import LENS, known_scene, skip_without_blender, two_paths

from recam.camera import Poses
from recam.camera.moves import look_at
from recam.errors import FileError, InputError
from recam.worlds.blender import BlenderEngine, find_blender
from recam.worlds.blender.assets import AssetFolder, draw_asset_scene, words_of
from recam.worlds.blender.voxels import MOST_BOXES, merged_boxes
from recam.worlds.rig import free_space
from recam.worlds.scene import Scene

FRAMES, FPS = 7, 10.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    skip_without_blender()
    blender = find_blender()
    if not blender.is_python:
        pytest.skip("no Blender found that is a Python module")
    out = tmp_path_factory.mktemp("made")
    script = Path(__file__).with_name("make_assets.py")
    command = [str(blender.program), "-I", str(script), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def engine(made: Path) -> Iterator[BlenderEngine]:
    engine = BlenderEngine(
        32, samples=1, threads=1, device="cpu", denoise=False, texture_pixels=16, assets=made / "assets"
    )
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def scene(engine: BlenderEngine) -> Scene:
    assert engine.assets is not None
    return draw_asset_scene(engine.process, engine.assets, 3, 0, FRAMES, FPS)


def folder_with(made: Path, tmp_path: Path, *names: str) -> AssetFolder:
    for name in names:
        shutil.copytree(made / name, tmp_path / "mixed", dirs_exist_ok=True)
    return AssetFolder.open(tmp_path / "mixed")


def test_the_environment_is_placed_and_measured(scene: Scene) -> None:
    assert scene.environment == "old yard"
    assert scene.place == "in an old yard"
    assert [thing.name for thing in scene.things] == ["environment", "main"]
    x, y, z = scene.attributes["assets"]["place"]
    assert z == pytest.approx(0.5)  # on the floor
    assert abs(x - 30) < 12
    np.testing.assert_allclose(scene.ground(np.array([[0.0, 0.0], [1.0, 1.0]])), 0.0, atol=1e-6)
    is_free = free_space(scene.solid_boxes(), scene.ground, clearance=0.1)
    world = np.array([[30, -13, 1.5], [30, -13, 4.0], [20, -27, 4.0], [30, -13, 5.6], [30, -18, 1.5]])
    inside = np.abs(world - [x, y, 0.5])[:, :2].max(axis=1) < scene.ground.half_size[0]
    expected = np.array([False, False, False, True, True])
    np.testing.assert_array_equal(is_free(world - [x, y, 0.5])[inside], expected[inside])
    assert len(scene.solid_boxes()) < 60


def test_a_character_in_centimetres_is_made_as_tall_as_people_are(scene: Scene) -> None:
    character = scene.things[scene.subject]
    assert character.words == "a tall porter"
    assert scene.attributes["assets"]["scale"] == pytest.approx(1.7 / 180.0, rel=1e-3)
    boxes = character.boxes_at(0)
    assert boxes[0, 0, 2] == pytest.approx(0.0, abs=0.01)
    assert boxes[0, 1, 2] == pytest.approx(1.7, abs=0.01)
    assert scene.focus[2] == pytest.approx(0.85, abs=0.01)
    assert "tall porter" in scene.caption
    assert "old yard" in scene.caption


def test_what_is_filmed_is_what_was_measured(engine: BlenderEngine, scene: Scene) -> None:
    """The character is in the picture where its box is, moves as its clip does, and the clip repeats."""
    eye = np.repeat([[0.0, -4.0, 0.85]], FRAMES, axis=0)
    poses = look_at(eye, (0.0, 0.0, 0.85), (0.0, 0.0, -1.0))
    views = engine.render(scene, [poses], LENS, depth=True, masks=True)
    assert views.masks is not None
    assert views.depth is not None
    index = scene.subject + 1
    lens = views.intrinsics
    for frame in range(FRAMES):
        rows, columns = np.nonzero(views.masks[0, frame] == index)
        assert len(rows)
        box = scene.things[scene.subject].boxes_at(frame)[0]
        corners = np.array([[x, y, z] for x in box[:, 0] for y in box[:, 1] for z in box[:, 2]])
        seen = (corners - eye[0]) @ poses.rotations[0]
        at = seen[:, :2] / seen[:, 2:] * [lens.fx, lens.fy] + [lens.cx, lens.cy]
        assert columns.min() >= at[:, 0].min() - 1
        assert columns.max() <= at[:, 0].max() + 1
        assert rows.min() >= at[:, 1].min() - 1
        assert rows.max() <= at[:, 1].max() + 1
    areas = [(views.masks[0, frame] == index) for frame in range(FRAMES)]
    assert (areas[0] != areas[2]).any()  # it leans
    np.testing.assert_array_equal(areas[1], areas[5])  # and begins anew after 4 frames
    floor = views.masks == 1
    assert floor.any()
    assert views.depth[floor].min() > 0.5
    red, green, _ = views.frames[views.masks == 0].mean(axis=0)
    assert red > green + 15  # the user's sky


def test_cameras_keep_out_of_the_environment(engine: BlenderEngine) -> None:
    shot = engine.draw_shot(5, 0, FRAMES, FPS)
    again = engine.draw_shot(5, 0, FRAMES, FPS)
    assert len(shot.cameras) == 10
    for name, poses in shot.cameras.items():
        np.testing.assert_array_equal(poses.matrices, again.cameras[name].matrices)
    x, y, z = shot.scene.attributes["assets"]["place"]
    places = np.concatenate([poses.translations for poses in shot.cameras.values()]) + [x, y, z]
    in_wall = (np.abs(places[:, 1] + 13) < 0.2) & (np.abs(places[:, 0] - 30) < 12) & (places[:, 2] < 4.5)
    assert not in_wall.any()
    on_floor = (np.abs(places[:, 0] - 30) < 12) & (np.abs(places[:, 1] + 20) < 12)
    assert (places[on_floor, 2] > 0.6).all()


def test_an_animation_is_used_where_its_bones_fit(made: Path, engine: BlenderEngine, tmp_path: Path) -> None:
    reach = []
    for name, words in (("fitting", "lean.glb"), ("strange", "own clip: 0 of other.glb's 2 bones")):
        folder = folder_with(made, tmp_path / name, "assets", name)
        scene = draw_asset_scene(engine.process, folder, 3, 0, FRAMES, FPS)
        assert words in scene.attributes["assets"]["animation"]
        boxes = scene.things[scene.subject].boxes()
        reach.append(float(np.linalg.norm((boxes[0, 1] - boxes[0, 0])[:2])))
    assert reach[0] < reach[1]  # 0.9 units of a rig of 180 against 40


def test_a_missing_kind_comes_from_recams_own_scenes(
    made: Path, engine: BlenderEngine, tmp_path: Path
) -> None:
    folder = folder_with(made, tmp_path, "assets")
    shutil.rmtree(folder.path / "characters")
    scene = draw_asset_scene(engine.process, AssetFolder.open(folder.path), 1, 0, FRAMES, FPS)
    assert len(scene.things[scene.subject].parts) > 1
    assert not scene.things[scene.subject].attributes.get("stand_in")
    shutil.copytree(made / "assets" / "characters", folder.path / "characters")
    shutil.rmtree(folder.path / "environments")
    scene = draw_asset_scene(engine.process, AssetFolder.open(folder.path), 1, 0, FRAMES, FPS)
    assert scene.things[scene.subject].attributes["stand_in"]
    assert len(scene.things) > 3


def test_every_kind_of_file_is_read_the_same(made: Path, engine: BlenderEngine, tmp_path: Path) -> None:
    process, found = engine.process, {}
    for file in sorted((made / "kinds" / "environments").glob("old_yard.*")):
        if file.suffix not in (".mtl", ".blend1"):
            answer = process.run(
                "inspect", 120, environment=str(file), character=None, animation=None, seed=[0, 0, 0],
                num_frames=1, fps=FPS,
            )  # fmt: skip
            found[file.suffix] = answer["environment"]["place"]
    assert set(found) == {".glb", ".fbx", ".obj", ".usda", ".blend"}
    for place in found.values():
        np.testing.assert_allclose(place, found[".blend"], atol=0.02)


def test_broken_files_are_named_and_blender_goes_on(
    made: Path, engine: BlenderEngine, tmp_path: Path
) -> None:
    process = engine.process
    broken = tmp_path / "broken" / "environments" / "cut.glb"
    broken.parent.mkdir(parents=True)
    broken.write_bytes((made / "assets" / "environments" / "old_yard-01.glb").read_bytes()[:300])
    for folder, file, words in (
        (tmp_path / "broken", broken, "cannot be imported"),
        (made / "empty", made / "empty/environments/nothing.glb", "holds no"),
        (made / "narrow", made / "narrow/environments/wall.glb", "has no level floor .* 'subject'"),
    ):
        with pytest.raises(FileError, match=words) as caught:
            draw_asset_scene(process, AssetFolder.open(folder), 0, 0, FRAMES, FPS)
        assert caught.value.path == file.resolve()
    assert process.is_alive
    (tmp_path / "blank").mkdir()
    with pytest.raises(FileError, match="holds no assets"):
        AssetFolder.open(tmp_path / "blank")
    with pytest.raises(FileError, match="is no folder"):
        BlenderEngine(32, assets=tmp_path / "nowhere")


def test_a_scene_of_assets_needs_their_folder(engine: BlenderEngine, scene: Scene) -> None:
    plain = BlenderEngine(32, samples=1)
    with pytest.raises(InputError, match="give the engine their folder"):
        plain.render(scene, [Poses.identity(FRAMES)], LENS)
    plain.close()


def test_a_broken_sky_is_named(tmp_path: Path) -> None:
    skip_without_blender()
    broken = tmp_path / "sky.hdr"
    broken.write_bytes(b"no picture")
    engine = BlenderEngine(32, samples=1, threads=1, device="cpu", hdri=broken)
    with pytest.raises(FileError, match="cannot be read as a picture"):
        engine.render(known_scene(1), [two_paths()[0][:1]], LENS)
    engine.close()


def test_few_boxes_hold_all_points() -> None:
    rng = np.random.default_rng(0)
    sheet = np.stack([rng.uniform(0, 8, 20000), np.full(20000, 1.0), rng.uniform(0, 3, 20000)], axis=1)
    boxes = merged_boxes(sheet)
    assert len(boxes) == 1
    assert (boxes[0, 0] <= sheet.min(axis=0)).all()
    assert (boxes[0, 1] >= sheet.max(axis=0)).all()
    assert (boxes[0, 1] - boxes[0, 0] < [8.8, 0.41, 3.8]).all()
    cloud = rng.uniform(-16, 16, (30000, 3))
    boxes = merged_boxes(cloud)
    assert len(boxes) <= MOST_BOXES
    held = ((cloud[:, None] >= boxes[:, 0] - 1e-9) & (cloud[:, None] <= boxes[:, 1] + 1e-9)).all(axis=2)
    assert held.any(axis=1).all()
    assert merged_boxes(np.zeros((0, 3))).shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("name", "words"),
    [("old_town-01.glb", "old town"), ("TallPorter.fbx", "tall porter"), ("a/b/03.obj", "place")],
)
def test_words_come_from_file_names(name: str, words: str) -> None:
    assert words_of(name) == words


def test_choices_do_not_change_and_use_every_file(tmp_path: Path) -> None:
    for kind, suffix in (("environments", "glb"), ("characters", "fbx"), ("animations", "fbx")):
        (tmp_path / kind).mkdir()
        for letter in "abc":
            (tmp_path / kind / f"{letter}.{suffix}").touch()
            (tmp_path / kind / f"{letter}.png").touch()
    folder = AssetFolder.open(tmp_path)
    choices = [folder.choose(number, 1) for number in range(60)]
    assert choices == [folder.choose(number, 1) for number in range(60)]
    assert {choice["characters"] for choice in choices} == {f"characters/{letter}.fbx" for letter in "abc"}
    assert len({tuple(choice.values()) for choice in choices}) > 15
    assert choices[0]["hdris"] is None
