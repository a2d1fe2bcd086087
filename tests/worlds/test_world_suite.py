"""The benchmark suite is frozen: its definition, and the scenes and paths that are drawn by it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recam.camera import CameraPath, Poses
from recam.camera.presets import PUBLISHED_NAMES
from recam.errors import DatasetError, InputError
from recam.worlds.compose import draw_family
from recam.worlds.places import PLACES
from recam.worlds.rig import free_space
from recam.worlds.rules import MOVE_RANGES
from recam.worlds.shots import VAL_NUMBERS, draw_shot
from recam.worlds.suite import (
    FIRST_NUMBER,
    LENS_PATHS,
    MOVING,
    MOVING_PATHS,
    NUM_SCENES,
    RANDOM_PATHS,
    SEED,
    SIZES,
    STILL,
    STILL_PATHS,
    SceneDefinition,
    SizeName,
    define_scene,
    definition_file,
    definition_sha256,
    draw_defined,
    read_definition,
    write_definition,
)
from recam.worlds.suite_write import claim_folder, make_suite, tasks_of

SHA256 = "abe9d7a71004c452a584025169be610bf328c312de52c3e9cb489d668fd25ddb"
"""Of recam-suite 1. Another definition is another version: results of one name must be comparable."""


def definitions() -> list[tuple[SizeName, int, SceneDefinition]]:
    return [
        (size, index, scene) for size, some in read_definition().items() for index, scene in enumerate(some)
    ]


def test_the_definition_never_changes(tmp_path: Path) -> None:
    assert definition_sha256() == SHA256
    write_definition(tmp_path / "again.json", read_definition())
    assert (tmp_path / "again.json").read_bytes() == definition_file().read_bytes()
    stated = json.loads(definition_file().read_text())
    assert (stated["suite"], stated["version"], stated["seed"], stated["split"]) == (
        "recam-suite",
        1,
        SEED,
        "val",
    )


def test_its_scenes_are_held_out_and_show_every_kind_of_place() -> None:
    for scenes in read_definition().values():
        assert [scene.number for scene in scenes] == list(range(FIRST_NUMBER, FIRST_NUMBER + NUM_SCENES))
        families = [draw_family(VAL_NUMBERS + scene.number, SEED) for scene in scenes]
        assert set(families[: len(PLACES)]) == set(families[len(PLACES) :]) == set(PLACES)
        assert len({scene.focal_mm for scene in scenes}) == 4, "all lenses of the published set"


def test_every_scene_is_drawn_as_it_was() -> None:
    for size, _, scene in definitions():
        shot = draw_defined(scene, SIZES[size])  # refuses another caption, lens, attempt, start or focus
        is_free = free_space(shot.scene.solid_boxes(), shot.scene.ground)
        assert set(shot.cameras) == {*STILL_PATHS, STILL, MOVING}
        for name, poses in shot.cameras.items():
            assert len(poses) == SIZES[size].num_frames
            np.testing.assert_allclose(poses.matrices[0], scene.first_pose.matrices[0], atol=1e-9)
            assert is_free(poses.translations).all(), (scene.number, name)


def test_drawn_paths_keep_the_published_rules_and_their_subject_in_the_picture() -> None:
    for size, _, scene in definitions():
        paths = scene.camera_paths(SIZES[size])
        assert scene.distance == pytest.approx(4.0)
        assert set(scene.paths) == {*RANDOM_PATHS, MOVING}
        for name, drawn in scene.paths.items():
            low, high = MOVE_RANGES[drawn.kind]
            unit = 1.0 if drawn.kind == "arc" else scene.distance
            assert low - 1e-9 <= abs(drawn.amount) / unit <= high + 1e-9
            path, lens = paths[name], paths[name].intrinsics
            assert lens is not None
            focus = np.einsum(
                "fij,fj->fi", path.poses.invert().matrices, [[0, 0, scene.distance, 1]] * len(path.poses)
            )
            assert (focus[:, 2] >= 0.49).all(), "half a metre from the main character"
            at = focus[:, :2] / focus[:, 2:3] * lens.fx
            assert (abs(at) <= [lens.cx, lens.cy]).all(), (scene.number, name)
            if drawn.kind == "random":
                steps = np.linalg.norm(np.diff(path.poses.translations, axis=0), axis=1)
                assert steps.sum() == pytest.approx(drawn.amount, rel=0.02)


def test_presets_are_presets_and_lenses_change() -> None:
    scene = read_definition()["small"][0]
    paths = scene.camera_paths(SIZES["small"])
    for name in (*PUBLISHED_NAMES, STILL):
        assert paths[name].poses == CameraPath.preset(name, 17).poses
        assert not paths[name].changes_lens
    assert [name for name, path in paths.items() if path.changes_lens] == list(LENS_PATHS)
    assert paths["zoom-in"].zooms[-1] == pytest.approx(2)
    assert paths["zoom-in"].poses == Poses.identity(17)
    assert paths["dolly-zoom-in"].zooms[-1] == pytest.approx(0.75)
    wide = scene.camera_paths(SIZES["full"])[STILL].intrinsics
    assert wide is not None
    assert (wide.width, wide.height, wide.fx) == (832, 480, pytest.approx(50 / 23.76 * 832))


def test_a_scene_that_is_no_longer_drawn_so_is_refused() -> None:
    scene, size = read_definition()["small"][1], SIZES["small"]
    for other in (
        replace(scene, caption="A man."),
        replace(scene, attempt=scene.attempt - 1),
        replace(scene, start=(scene.start[0] + 1e-3, *scene.start[1:])),
        replace(scene, focal_mm=35),
    ):
        with pytest.raises(DatasetError, match="what this installation does not draw"):
            draw_defined(other, size)


def test_the_definition_is_what_its_rules_draw() -> None:
    for index in (0, 4):
        known = read_definition()["small"][index]
        drawn = define_scene(known.number, SIZES["small"], known.attempt)
        assert drawn.paths.keys() == known.paths.keys()
        assert (drawn.caption, drawn.attempt) == (known.caption, known.attempt)
        np.testing.assert_allclose(drawn.start, known.start, atol=1e-9)
        for name, path in drawn.paths.items():
            assert path.kind == known.paths[name].kind
            assert path.amount == pytest.approx(known.paths[name].amount)


def test_tasks_name_every_path_of_both_sources_once() -> None:
    tasks = list(tasks_of(read_definition()["small"][3], 3, SIZES["small"]))
    assert len({task.id for task in tasks}) == len(tasks) == len(STILL_PATHS) + len(MOVING_PATHS)
    assert {task.label for task in tasks} == {
        *STILL_PATHS,
        *(f"moving source: {path}" for path in MOVING_PATHS),
    }
    stabilised = next(task for task in tasks if task.id == "03-moving-static")
    assert stabilised.target == "scenes/03/sources/still.mp4"
    assert stabilised.source_camera == "scenes/03/cameras/moving-source.json"


def test_training_scenes_are_other_scenes() -> None:
    """Equal numbers of the two splits are other scenes."""
    assert FIRST_NUMBER > 1_000_000
    train = draw_shot(FIRST_NUMBER, SEED, 17, 8.0, "train").scene
    assert train.number == FIRST_NUMBER
    assert draw_shot(FIRST_NUMBER, SEED, 17, 8.0, "val").scene.number == VAL_NUMBERS + FIRST_NUMBER


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(DatasetError, match="holds files and no suite"):
        claim_folder(tmp_path / "mine", "small")
    claim_folder(tmp_path / "suite", "small")
    claim_folder(tmp_path / "suite", "small")
    with pytest.raises(DatasetError, match="is not of recam-suite 1, full"):
        claim_folder(tmp_path / "suite", "full")
    with pytest.raises(InputError, match="has 1 to 22 scenes, not 23"):
        make_suite(tmp_path / "suite", "small", 23)
