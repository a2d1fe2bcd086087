"""The baselines on a wall whose true views are known, and the results and manifest of any method."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from recam.camera import CameraPath, Intrinsics
from recam.data.suite import HEAD, TASKS, Suite, Task, read_suite, write_tasks
from recam.errors import DatasetError, InputError
from recam.evaluation.baselines import BASELINES, reshoot, seen_from_source
from recam.evaluation.manifest import BadRow, Row, read_manifest
from recam.evaluation.measures.truth import LikenessMeasure, NearestViewMeasure
from recam.evaluation.pictures import likeness
from recam.evaluation.plan import Plan
from recam.evaluation.results import (
    check_method,
    is_made,
    result_file,
    take_over,
    write_manifest,
    write_result,
)
from recam.evaluation.score import score
from recam.evaluation.store import Store
from recam.video import Video
from suites import DISTANCE, FRAMES, save, wall, write_suite


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return write_suite(tmp_path_factory.mktemp("suite"))


def psnr(baseline: str, suite: Suite, task: Task) -> float:
    shown = reshoot(baseline, suite, task)
    true = Video.load(suite.file(task.target))
    assert (shown.frames.shape, shown.fps) == (true.frames.shape, true.fps)
    return likeness(shown.frames, true.frames).psnr


def test_a_copy_is_the_source(suite: Suite) -> None:
    for task in suite.tasks:
        copied = reshoot("source-copy", suite, task).frames
        np.testing.assert_array_equal(copied, Video.load(suite.file(task.source)).frames)


def test_both_warps_show_a_plane_rightly_also_from_a_source_that_moves(suite: Suite) -> None:
    for task in suite.tasks:
        copy, plane, depth = (psnr(baseline, suite, task) for baseline in BASELINES)
        assert min(plane, depth) > copy + 5, task.id
        assert min(plane, depth) > 24, task.id


def test_the_path_is_taken_from_where_the_source_is(suite: Suite) -> None:
    still, *_, moving = suite.tasks
    np.testing.assert_allclose(
        seen_from_source(suite, still).extrinsics, CameraPath.load(suite.file(still.camera)).extrinsics
    )
    assert moving.path == "static"
    np.testing.assert_allclose(
        seen_from_source(suite, moving).poses.translations[:, 0], np.linspace(0, -0.2, FRAMES), atol=1e-9
    )


def test_a_plane_gives_way_to_a_camera_that_would_pass_through_it(suite: Suite, tmp_path: Path) -> None:
    task = next(task for task in suite.tasks if task.path == "dolly-in")
    near = replace(task, subject_distance=0.1)  # the path goes 0.6 m forwards
    assert reshoot("plane-warp", suite, near).frames.shape == wall().shape


def test_an_unknown_baseline_is_named(suite: Suite) -> None:
    with pytest.raises(InputError, match="no baseline 'warp'; there are source-copy, plane-warp, depth-warp"):
        reshoot("warp", suite, suite.tasks[0])


def test_every_task_of_every_method_is_a_row_and_what_lacks_says_so(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite")
    first, second, third, last = suite.tasks
    for task in suite.tasks:
        write_result(result_file(suite, "copy", task), reshoot("source-copy", suite, task))
    outside = tmp_path / "theirs"
    outside.mkdir()
    # Every second frame at half the rate; a broken file; nothing at all.
    save(outside / f"{first.id}.mp4", Video.load(suite.file(first.target)).frames[::2], 4)
    (outside / f"{second.id}.mp4").write_bytes(b"no video")
    assert take_over(suite, suite.tasks, "theirs", outside) == 2
    manifest = write_manifest(suite, suite.tasks, ["copy", "theirs"])
    rows = list(read_manifest(manifest))
    assert [row.id for row in rows] == [f"{m}@{t.id}" for m in ("copy", "theirs") for t in suite.tasks]
    assert [type(row) for row in rows] == [Row] * 6 + [BadRow] * 2
    assert all("does not exist" in row.reason for row in rows if isinstance(row, BadRow))
    plan = Plan((LikenessMeasure(), NearestViewMeasure()), (), ())
    records = {record.id: record for record in score(rows, plan, Store(tmp_path / "store"))}
    theirs = records[f"theirs@{first.id}"]
    assert theirs.found["likeness"].details["frames"] == 5
    assert theirs.found["nearest_view"].values == {"nearest_view": 1.0}
    assert theirs.found["nearest_view"].details["views"] == 3
    assert (theirs.method, theirs.preset) == ("theirs", "pan-right")
    assert f"{second.id}.mp4" in records[f"theirs@{second.id}"].reason
    assert {records[f"theirs@{task.id}"].method for task in (third, last)} == {"theirs"}
    assert all(records[f"copy@{task.id}"].reason == "" for task in suite.tasks)


def test_results_taken_over_again_are_those_of_the_folder_now(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", ("pan-right",))
    outside = tmp_path / "theirs"
    outside.mkdir()
    for task in suite.tasks:
        save(outside / f"{task.id}.mp4", wall())
    assert take_over(suite, suite.tasks, "theirs", outside) == 2
    assert all(is_made(result_file(suite, "theirs", task)) for task in suite.tasks)
    (outside / f"{suite.tasks[0].id}.mp4").unlink()
    assert take_over(suite, suite.tasks, "theirs", outside) == 1
    assert not result_file(suite, "theirs", suite.tasks[0]).exists()
    own = result_file(suite, "theirs", suite.tasks[1]).parent
    assert take_over(suite, suite.tasks, "theirs", own) == 1, "results that lie there already stay"
    with pytest.raises(InputError, match=r"holds no video of a task; name them .* 00-still-pan-right\.mp4"):
        take_over(suite, suite.tasks, "theirs", tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        take_over(suite, suite.tasks, "theirs", tmp_path / "nothing")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "x" * 61])
def test_names_of_methods_stay_in_their_folder(name: str) -> None:
    with pytest.raises(InputError, match="a name is 1 to 60"):
        check_method(name)


def test_a_suite_that_is_none_or_damaged_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="make the suite with: recam evaluate suite"):
        read_suite(tmp_path)
    suite = write_suite(tmp_path / "suite", ("pan-right",))
    assert read_suite(suite.folder) == suite
    assert suite.first(0) == ()
    assert suite.first(1) == suite.tasks
    task = suite.tasks[0]
    write_tasks(suite.folder, [replace(task, source="../secret.mp4")])
    with pytest.raises(DatasetError, match="leads out of the suite"):
        read_suite(suite.folder)
    for text in ("{}", "no json", json.dumps({**asdict(task), "more": 1})):
        (suite.folder / TASKS).write_text(text)
        with pytest.raises(DatasetError, match="cannot be read"):
            read_suite(suite.folder)
    (suite.folder / HEAD).write_text("[]")
    with pytest.raises(DatasetError, match="is not the head of a suite"):
        read_suite(suite.folder)


def test_the_wall_is_where_the_lens_and_distance_say() -> None:
    lens = Intrinsics.from_focal_mm(24.0, 64, 64)
    assert lens.fx / DISTANCE * 0.2 == pytest.approx(6.46, abs=0.01), "pixels that the moving source slides"
