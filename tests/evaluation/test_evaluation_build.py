"""Manifests from folders: every layout, odd names, what is missing and what cannot be placed."""

from __future__ import annotations

import itertools
import json
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recam.camera import CameraPath, Poses, write_multicamvideo
from recam.errors import DatasetError, InputError, OutputError
from recam.evaluation.build import Built, Recipe, build_manifest
from recam.evaluation.build_layouts import LAYOUTS, Pattern
from recam.evaluation.manifest import BadRow, Row, read_manifest
from recam.video import Video

NAMES = ("cat", "big_cat", "clip 2", "été.v1")
PRESETS = ("pan-right", "arc-left")


@pytest.fixture(scope="session")
def tiny_video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An mp4 of two frames: builds only look at names, but the manifest's reader wants files."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.mp4"
    Video.from_frames(np.zeros((2, 16, 16, 3), np.uint8), 8).save(path)
    return path.read_bytes()


@pytest.fixture
def place(tmp_path: Path, tiny_video: bytes) -> Path:
    """A folder with ``videos/`` of four names."""
    for name in NAMES:
        write(tmp_path / "videos" / f"{name}.mp4", tiny_video)
    return tmp_path


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def fill(folder: Path, pattern: str, content: bytes, presets: Iterable[str] = PRESETS) -> None:
    """Results of all sources and presets, where a pattern puts them."""
    for number, (name, preset) in enumerate(itertools.product(NAMES, presets)):
        text = pattern.replace("{source}", name).replace("{preset}", preset).replace("{any}", f"t_{number}")
        write(folder / f"{text.replace('{seed}', '0')}.mp4", content)


def rows_of(path: Path, root: Path | None = None) -> list[Row]:
    rows = list(read_manifest(path, root))
    assert [row for row in rows if isinstance(row, BadRow)] == []
    return [row for row in rows if isinstance(row, Row)]


def build(place: Path, recipe: Recipe) -> tuple[Built, list[Row]]:
    built = build_manifest(place / "manifest.jsonl", recipe)
    return built, rows_of(place / "manifest.jsonl", recipe.root)


@pytest.mark.parametrize("layout", [name for name, text in LAYOUTS.items() if "{index}" not in text])
def test_each_layout_is_found_by_its_files(place: Path, tiny_video: bytes, layout: str) -> None:
    fill(place / "out", LAYOUTS[layout], tiny_video)
    built, rows = build(place, Recipe({"mine": place / "out"}, place / "videos"))
    assert built.complete
    assert (built.methods["mine"].layout, built.methods["mine"].found) == (layout, 8)
    assert built.presets == PRESETS
    assert [(row.source.stem, row.preset) for row in rows] == [
        (name, preset) for name in ("big_cat", "cat", "clip 2", "été.v1") for preset in PRESETS
    ]
    for row in rows:
        assert row.source.stem in str(row.generated)
        assert row.preset in str(row.generated)
        assert row.method == "mine"


def published(place: Path, content: bytes, order: tuple[str, ...] = ("b.mp4", "a.mp4")) -> Path:
    data = place / "example_test_data"
    for name in ("a.mp4", "b.mp4"):
        write(data / "videos" / name, content)
    lines = [f'{name},"{name[0]}, filmed"' for name in order]
    (data / "metadata.csv").write_text("\n".join(["file_name,text", *lines]) + "\n")
    return data


def test_the_published_script_numbers_by_its_metadata(place: Path, tiny_video: bytes) -> None:
    data = published(place, tiny_video)
    for number, index in itertools.product((1, 9), (0, 1)):
        write(place / "results" / f"cam_type{number}" / f"video{index}.mp4", tiny_video)
    built, rows = build(place, Recipe({"recammaster": place / "results"}, data))
    assert built.complete
    assert built.methods["recammaster"].layout == "recammaster"
    found = {(row.source.name, row.preset): row for row in rows}
    assert found["b.mp4", "pan-right"].generated == place / "results" / "cam_type1" / "video0.mp4"
    assert found["a.mp4", "arc-left"].generated == place / "results" / "cam_type9" / "video1.mp4"
    assert found["a.mp4", "arc-left"].caption == "a, filmed"


def test_a_source_listed_twice_keeps_the_numbers_of_the_rest(place: Path, tiny_video: bytes) -> None:
    data = published(place, tiny_video, ("b.mp4", "b.mp4", "gone.mp4", "a.mp4"))
    for index in (0, 1, 2, 3, 8):
        write(place / "results" / "cam_type2" / f"video{index}.mp4", tiny_video)
    built, rows = build(place, Recipe({"m": place / "results"}, data))
    names = {row.generated.name: row.source.name for row in rows}
    assert names == {"video0.mp4": "b.mp4", "video3.mp4": "a.mp4"}
    kinds = {Path(problem.path).name: (problem.kind, problem.reason) for problem in built.problems}
    assert kinds["video1.mp4"][0] == "duplicate"
    assert "'gone.mp4'" in kinds["video2.mp4"][1]
    assert "no entry 8" in kinds["video8.mp4"][1]


def test_the_published_script_needs_its_metadata(place: Path, tiny_video: bytes) -> None:
    write(place / "results" / "cam_type2" / "video0.mp4", tiny_video)
    with pytest.raises(InputError, match=r"metadata\.csv"):
        build(place, Recipe({"m": place / "results"}, place / "videos", layouts={"": "recammaster"}))


def test_all_ten_presets_can_be_asked_for(place: Path, tiny_video: bytes) -> None:
    data = published(place, tiny_video)
    write(place / "results" / "cam_type7" / "video0.mp4", tiny_video)
    built = build_manifest(place / "m.jsonl", Recipe({"m": place / "results"}, data, presets=("published",)))
    assert (len(built.presets), len(built.rows), len(built.missing)) == (10, 20, 19)
    read = list(read_manifest(place / "m.jsonl"))
    bad = [row for row in read if isinstance(row, BadRow)]
    assert len(bad) == 19  # so that scoring reports them
    assert all("does not exist" in row.reason for row in bad)
    wanted = [row["generated"] for row in built.rows]
    assert "results/cam_type10/video1.mp4" in wanted  # where the script would have written it


def test_missing_results_are_rows_unless_told_otherwise(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{preset}/{source}", tiny_video)
    (place / "out" / "arc-left" / "cat.mp4").unlink()
    recipe = Recipe({"mine": place / "out"}, place / "videos")
    built = build_manifest(place / "m.jsonl", recipe)
    assert built.missing == ["mine__cat__arc-left"]
    assert not built.complete
    bad = [row for row in read_manifest(place / "m.jsonl") if isinstance(row, BadRow)]
    assert [(row.id, row.reason) for row in bad] == [
        ("mine__cat__arc-left", "generated 'out/arc-left/cat.mp4' does not exist")
    ]
    left_out = build_manifest(place / "m.jsonl", replace(recipe, keep_missing=False))
    assert (len(left_out.rows), left_out.missing) == (7, built.missing)
    rows_of(place / "m.jsonl")


def test_what_cannot_be_placed_is_told(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{source}__{preset}", tiny_video)
    for name in ("cat__swoosh", "dog__pan-right", "cat__Pan Right", "teaser"):
        write(place / "out" / f"{name}.mp4", tiny_video)
    (place / "out" / "notes.txt").write_text("not a video")
    built, rows = build(place, Recipe({"mine": place / "out"}, place / "videos"))
    assert len(rows) == 8
    told = {Path(problem.path).stem: problem for problem in built.problems}
    assert {name: problem.kind for name, problem in told.items()} == {
        "cat__swoosh": "unknown preset",
        "dog__pan-right": "no source",
        "cat__pan-right": "duplicate",  # of the file that comes first
    }
    assert "--rename swoosh=PRESET" in told["cat__swoosh"].reason
    assert built.methods["mine"].ignored == ["teaser.mp4"]


def test_a_method_may_call_presets_its_own_way(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{source}/{preset}", tiny_video, ("PanRight", "9", "swirl"))
    built, rows = build(
        place, Recipe({"m": place / "out"}, place / "videos", rename={"swirl": "orbit-left", "PanRight": "1"})
    )
    assert built.complete
    assert {row.preset for row in rows} == {"pan-right", "arc-left", "orbit-left"}
    assert {row.generated.stem for row in rows if row.preset == "arc-left"} == {"9"}


def test_any_layout_by_a_pattern(place: Path, tiny_video: bytes) -> None:
    for seed in (3, 11):
        fill(place / "out", f"run/{{source}}/{{preset}}_{seed}", tiny_video)
    recipe = Recipe({"m": place / "out"}, place / "videos", layouts={"m": "run/{source}/{preset}_{seed}.mp4"})
    (place / "out" / "run" / "cat" / "arc-left_11.mp4").unlink()
    built = build_manifest(place / "m.jsonl", recipe)
    assert len(built.rows) == 16
    assert built.missing == ["m__cat__arc-left__seed11"]
    ids = [row["id"] for row in built.rows if row["source"] == "videos/cat.mp4"]
    assert ids[:2] == ["m__cat__pan-right__seed3", "m__cat__pan-right__seed11"]


def test_one_preset_for_results_that_name_none(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{any}_{source}/gen", tiny_video, ("x",))
    recipe = Recipe({"m": place / "out"}, place / "videos", layouts={"": "{any}_{source}/gen.mp4"})
    with pytest.raises(InputError, match="--preset"):
        build(place, recipe)
    built, rows = build(place, replace(recipe, preset="Pan Left"))
    assert built.complete
    assert {row.preset for row in rows} == {"pan-left"}


def test_a_path_of_ones_own_for_each_source(place: Path, tiny_video: bytes) -> None:
    for name in NAMES:
        write(place / "out" / f"{name}.mp4", tiny_video)
        CameraPath.preset("arc-left", num_frames=5).save(write(place / "cams" / f"{name}.json", b""))
    recipe = Recipe(
        {"m": place / "out"}, place / "videos", layouts={"": "{source}"}, preset="my loop",
        cameras=str(place / "cams"),
    )  # fmt: skip
    built, rows = build(place, recipe)
    assert built.complete
    assert {(row.source.stem, row.camera.stem if row.camera else "") for row in rows} == {
        (name, name) for name in NAMES
    }
    one = replace(recipe, cameras=str(place / "cams" / "cat.json"))
    assert {row.camera for row in build(place, one)[1]} == {place / "cams" / "cat.json"}
    with pytest.raises(InputError, match="unknown preset 'my loop'"):
        build(place, replace(recipe, cameras=""))


def test_several_methods_stand_beside_each_other(place: Path, tiny_video: bytes) -> None:
    fill(place / "a", "{preset}/{source}", tiny_video)
    fill(place / "b", "{source}__{preset}", tiny_video, ("pan-right",))
    built, rows = build(
        place, Recipe({"a": place / "a", "b": place / "b"}, place / "videos", keep_missing=False)
    )
    assert (built.methods["a"].missing, built.methods["b"].missing) == (0, 4)  # of arc-left
    assert len(rows) == len({row.id for row in rows}) == 12
    sources = [row.source for row in rows]
    assert sources == sorted(sources, key=sources.index)  # a source's rows stand together


def test_cameras_targets_and_poses_go_along(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{preset}/{source}", tiny_video, (*PRESETS, "loop"))
    fill(place / "truth", "{source}__{preset}", tiny_video, PRESETS)
    for preset in (*PRESETS, "loop"):
        CameraPath.preset("arc-left", num_frames=5).save(write(place / "cams" / f"{preset}.json", b""))
    special = write(place / "cams" / "loop" / "cat.json", b"")
    CameraPath.preset("arc-right", num_frames=5).save(special)
    write(place / "vipe" / "m" / "cat__loop.npz", b"x")
    built, rows = build(
        place,
        Recipe(
            {"m": place / "out"}, place / "videos", cameras=str(place / "cams"), targets=str(place / "truth"),
            poses=str(place / "vipe/{method}/{source}__{preset}.npz"), fov_degrees=60.0,
        ),
    )  # fmt: skip
    found = {(row.source.stem, row.preset): row for row in rows}
    assert found["cat", "loop"].camera == special  # of source and preset goes before of preset
    assert found["big_cat", "loop"].camera == place / "cams" / "loop.json"
    assert found["cat", "pan-right"].target == place / "truth" / "cat__pan-right.mp4"
    assert found["cat", "loop"].target is None
    assert found["cat", "loop"].poses == place / "vipe" / "m" / "cat__loop.npz"
    assert built.lacking == {"target": 4, "poses": 11}
    assert {row.fov_degrees for row in rows} == {60.0}


def test_two_camera_files_of_one_clip_are_refused(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{preset}/{source}", tiny_video)
    for name in ("arc-left.json", "arc-left.txt"):
        write(place / "cams" / name, b"x")
    with pytest.raises(InputError, match=r"arc-left\.json and .*arc-left\.txt could both be"):
        build(place, Recipe({"m": place / "out"}, place / "videos", cameras=str(place / "cams")))


def test_one_file_of_several_cameras_names_the_presets(place: Path, tiny_video: bytes) -> None:
    data = published(place, tiny_video)
    for number, index in itertools.product((1, 2), (0, 1)):
        write(place / "results" / f"cam_type{number}" / f"video{index}.mp4", tiny_video)
    cameras = {f"cam{number:02d}": Poses(np.tile(np.eye(4), (5, 1, 1))) for number in (1, 2, 3)}
    file = place / "camera_extrinsics.json"
    write_multicamvideo(file, cameras)
    _, rows = build(place, Recipe({"m": place / "results"}, data, cameras=str(file)))
    assert {row.camera for row in rows} == {file}
    assert [(row.camera_name, row.source_camera) for row in rows[:2]] == [("cam01", ""), ("cam02", "")]
    recipe = Recipe({"m": place / "results"}, data, cameras=str(file), source_camera="cam03")
    assert {row.source_camera for row in build(place, recipe)[1]} == {"cam03"}
    with pytest.raises(InputError, match=r"--source-camera 'cam09' .*cam01, cam02, cam03"):
        build(place, replace(recipe, source_camera="cam09"))


def world(root: Path, content: bytes, scenes: tuple[str, ...]) -> Path:
    for scene in scenes:
        folder = root / scene
        for camera in ("cam01", "cam02", "cam03"):
            write(folder / "videos" / f"{camera}.mp4", content)
        (folder / "cameras").mkdir()
        poses = {name: Poses(np.tile(np.eye(4), (5, 1, 1))) for name in ("cam01", "cam02", "cam03")}
        write_multicamvideo(folder / "cameras" / "camera_extrinsics.json", poses)
        described = {"caption": f"in {scene[-6:]}", "moves": {"cam02": {"kind": "arc"}}}
        (folder / "scene.json").write_text(json.dumps(described))
    return root


def test_a_multi_camera_data_set_gives_true_videos(place: Path, tiny_video: bytes) -> None:
    scenes = ("train/f24_aperture5/scene1", "train/f24_aperture5/scene2", "train/f35_aperture2.4/scene1")
    root = world(place / "world", tiny_video, scenes)
    for name in (
        "train-f24_aperture5-scene1__cam01", "scene2__cam01", "scene2__cam03",
        "train_f35_aperture2.4_scene1__cam01", "scene1__cam01", "scene2__cam02",
    ):  # fmt: skip
        write(place / "out" / f"{name}.mp4", tiny_video)
    built = build_manifest(
        place / "manifest.jsonl",
        Recipe({"m": place / "out"}, world=root, source_camera="cam02", keep_missing=False),
    )
    rows = {row.id: row for row in rows_of(place / "manifest.jsonl")}
    assert built.methods["m"].missing == 2  # cam03 of the scenes 1
    row = rows["m__train-f24_aperture5-scene2__cam03"]
    assert row.source == root / scenes[1] / "videos" / "cam02.mp4"
    assert row.target == root / scenes[1] / "videos" / "cam03.mp4"
    assert row.camera == root / scenes[1] / "cameras" / "camera_extrinsics.json"
    assert (row.camera_name, row.source_camera) == ("cam03", "cam02")
    assert (row.caption, row.focal_mm) == ("in scene2", 24.0)
    told = {Path(problem.path).stem: problem for problem in built.problems}
    assert "'scene1'" in told["scene1__cam01"].reason  # there are two
    assert "scene2__cam02" in told


def test_the_published_validation_scene_has_the_presets_by_name(place: Path, tiny_video: bytes) -> None:
    root = world(place / "set", tiny_video, ("val/10basic_trajectories",))
    (root / "val/10basic_trajectories/scene.json").unlink()
    write(place / "out" / "10basic_trajectories" / "cam03.mp4", tiny_video)
    _, rows = build(place, Recipe({"m": place / "out"}, world=root, keep_missing=False))
    assert [(row.preset, row.camera_name) for row in rows] == [("tilt-up", "cam03")]


def test_files_outside_the_manifests_folder_need_a_root(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{preset}/{source}", tiny_video)
    below = place / "lists" / "deep"
    below.mkdir(parents=True)
    recipe = Recipe({"m": place / "out"}, place / "videos")
    with pytest.raises(InputError) as caught:
        build_manifest(below / "m.jsonl", recipe)
    assert f"--root {place}" in str(caught.value)
    assert f"-o {place}/manifest.jsonl" in str(caught.value)
    assert not (below / "m.jsonl").exists()
    build_manifest(below / "m.jsonl", replace(recipe, root=place))
    assert len(rows_of(below / "m.jsonl", place)) == 8
    assert all(isinstance(row, BadRow) for row in read_manifest(below / "m.jsonl"))


def test_links_are_followed_within_the_root_alone(
    place: Path, tiny_video: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    away = tmp_path_factory.mktemp("away")
    write(away / "cat__arc-left.mp4", tiny_video)
    fill(place / "real", "{source}__{preset}", tiny_video)
    (place / "real" / "cat__arc-left.mp4").unlink()
    (place / "real" / "cat__arc-left.mp4").symlink_to(away / "cat__arc-left.mp4")
    (place / "real" / "loop").symlink_to(place / "real")
    (place / "out").symlink_to(place / "real")
    built = build_manifest(place / "m.jsonl", Recipe({"m": place / "out"}, place / "videos"))
    assert [(problem.kind, Path(problem.path).name) for problem in built.problems] == [
        ("unreadable", "cat__arc-left.mp4")
    ]
    assert len([row for row in read_manifest(place / "m.jsonl") if isinstance(row, Row)]) == 7


def test_sources_among_the_results_are_no_results(place: Path, tiny_video: bytes) -> None:
    fill(place, "{source}__{preset}", tiny_video)
    built, rows = build(place, Recipe({"m": place}, place / "videos"))
    assert (built.complete, len(rows), built.methods["m"].ignored) == (True, 8, [])


def test_accents_are_matched_however_they_are_written(tmp_path: Path, tiny_video: bytes) -> None:
    write(tmp_path / "videos" / f"{unicodedata.normalize('NFD', 'café')}.mp4", tiny_video)
    write(tmp_path / "out" / f"{unicodedata.normalize('NFC', 'café')}__pan-left.mp4", tiny_video)
    built, rows = build(tmp_path, Recipe({"m": tmp_path / "out"}, tmp_path / "videos"))
    assert (built.complete, len(rows)) == (True, 1)


def test_a_name_that_is_no_text_is_told(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{source}__{preset}", tiny_video)
    odd = os.fsencode(place / "out") + b"/cat__\xff.mp4"
    with open(odd, "wb") as file:
        file.write(tiny_video)
    built, rows = build(place, Recipe({"m": place / "out"}, place / "videos"))
    assert [(problem.kind, problem.path) for problem in built.problems] == [("unreadable", "cat__\\xff.mp4")]
    assert len(rows) == 8


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        st.text(
            st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="/\\{}"),
            min_size=1, max_size=20,
        ).filter(lambda name: not name.startswith(".") and not set(name) <= {" "}),
        min_size=1, max_size=4, unique_by=lambda name: unicodedata.normalize("NFC", name).casefold(),
    ),
    layout=st.sampled_from(["plain", "preset-folders", "source-folders", "das"]),
)  # fmt: skip
def test_odd_names_come_back(
    names: list[str], layout: str, tmp_path_factory: pytest.TempPathFactory, tiny_video: bytes
) -> None:
    place = tmp_path_factory.mktemp("odd")
    for name in names:
        write(place / "videos" / f"{name}.mp4", tiny_video)
        for preset in PRESETS:
            path = LAYOUTS[layout].replace("{source}", name).replace("{preset}", preset)
            write(place / "out" / f"{path}.mp4", tiny_video)
    built = build_manifest(
        place / "m.jsonl", Recipe({"m": place / "out"}, place / "videos", layouts={"": layout})
    )
    rows = rows_of(place / "m.jsonl")
    assert built.complete
    assert {(row.source.stem, row.preset) for row in rows} == set(itertools.product(names, PRESETS))
    for row in rows:
        wanted = LAYOUTS[layout].replace("{source}", row.source.stem).replace("{preset}", row.preset)
        assert row.generated == (place / "out" / f"{wanted}.mp4").resolve()


@given(
    source=st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
    preset=st.sampled_from(["pan-right", "pan_right", "arc-left"]),
    seed=st.integers(0, 10**6),
    text=st.sampled_from(
        ("{source}_{preset}_{seed}", "{preset}_{source}", "{preset}/{source}{seed}",
         "{source}/{source}_{preset}")
    ),
)  # fmt: skip
def test_a_pattern_reads_what_it_writes(source: str, preset: str, seed: int, text: str) -> None:
    pattern = Pattern(text)
    path = pattern.path({"source": source, "preset": preset, "seed": str(seed)})
    parsed, known = pattern.parse(path, [source], {"pan-right", "pan_right", "arc-left"}.__contains__)
    assert known
    assert parsed is not None
    assert (parsed.source, parsed.preset) == (source, preset)
    assert parsed.seed == (str(seed) if "{seed}" in text else "")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{preset}.mp4", "{source} or {index}"),
        ("{source}{index}.mp4", "not both"),
        ("{source}/{camera}.mp4", "{camera}"),
        ("/abs/{source}.mp4", "relative"),
        ("../{source}.mp4", "stay in it"),
        ("{source}/}{.mp4", "a brace on its own"),
    ],
)
def test_patterns_that_make_no_sense(pattern: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        Pattern(pattern)
    assert said in str(caught.value)


def test_folders_that_are_none_or_hold_nothing(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{source}__{preset}", tiny_video)
    (place / "empty").mkdir()
    good = Recipe({"m": place / "out"}, place / "videos")
    for recipe, error in {
        "no such folder; give the folder of the source": replace(good, sources=place / "gone"),
        "no such folder; give the folder of a method": replace(good, results={"m": place / "gone"}),
        "holds no results": replace(good, results={"m": place / "empty"}),
        "holds no videos": replace(good, sources=place / "empty"),
    }.items():
        with pytest.raises(DatasetError) as caught:
            build_manifest(place / "m.jsonl", error)
        assert recipe in str(caught.value)
    for said, recipe in {
        "unknown preset 'zoom-sideways'": replace(good, presets=("zoom-sideways",)),
        "unknown layout 'mine'": replace(good, layouts={"": "mine"}),
        "--sources": replace(good, sources=None),
        "at least one folder of results": replace(good, results={}),
        "no such file or folder": replace(good, cameras=str(place / "nowhere")),
        "{scene}": replace(good, targets="{scene}/x.mp4"),
        "--world has its own": Recipe({"m": place / "out"}, world=place, cameras="x"),
    }.items():
        with pytest.raises(InputError) as caught:
            build_manifest(place / "m.jsonl", recipe)
        assert said in str(caught.value)
    with pytest.raises(OutputError):
        build_manifest(place / "no" / "m.jsonl", good)
    assert not (place / "m.jsonl").exists()


def test_a_layout_that_cannot_be_told_is_asked_for(place: Path, tiny_video: bytes) -> None:
    write(place / "out" / "first try.mp4", tiny_video)
    recipe = Recipe({"m": place / "out"}, place / "videos")
    with pytest.raises(InputError, match=r"none of the 1 videos .*'first try\.mp4'.*--pattern"):
        build_manifest(None, recipe)
    write(place / "out" / "pan-left" / "cat.mp4", tiny_video)
    write(place / "out" / "cat" / "pan-left.mp4", tiny_video)
    with pytest.raises(InputError, match="preset-folders and source-folders equally well"):
        build_manifest(None, recipe)


def test_two_sources_of_one_name_are_refused(place: Path, tiny_video: bytes) -> None:
    write(place / "videos" / "cat.mov", tiny_video)
    write(place / "out" / "cat__pan-left.mp4", tiny_video)
    with pytest.raises(DatasetError, match=r"cat\.mp4.* both called cat"):
        build_manifest(None, Recipe({"m": place / "out"}, place / "videos"))


def test_looking_only_writes_nothing(place: Path, tiny_video: bytes) -> None:
    fill(place / "out", "{source}__{preset}", tiny_video)
    recipe = Recipe({"m": place / "out"}, place / "videos")
    looked = build_manifest(place / "m.jsonl", recipe, write=False)
    assert not (place / "m.jsonl").exists()
    assert looked.rows == build_manifest(None, recipe).rows == build_manifest(place / "m.jsonl", recipe).rows


def test_the_frames_that_a_method_read_are_written(place: Path, tiny_video: bytes) -> None:
    data = published(place, tiny_video)
    for index in (0, 1):
        write(place / "rcm" / "cam_type1" / f"video{index}.mp4", tiny_video)
        write(
            place / "gcd" / "pan-right" / "extra" / f"t_00{index}_nmodel_{'ab'[index]}_pred_s0.mp4",
            tiny_video,
        )
        write(place / "own" / f"{'ab'[index]}__pan-right.mp4", tiny_video)
    folders = {name: place / name for name in ("rcm", "gcd", "own")}
    _, rows = build(place, Recipe(folders, data, paces={"gcd": (3, 2)}))
    assert {row.method: row.pace for row in rows} == {"rcm": (0, 1), "gcd": (3, 2), "own": None}
    _, rows = build(place, Recipe(folders, data, paces={"": (1, 1)}))
    assert {row.pace for row in rows} == {(1, 1)}
