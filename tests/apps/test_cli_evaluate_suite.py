"""`recam evaluate suite`: rendered, re-shot and scored by one command; models adapted; bad input refused."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typed import FIXED, FREE

from recam.apps.cli.evaluate.suite_entries import Entry, make_results, read_entry, reshoot_with_model
from recam.camera import CameraPath, read_cameras
from recam.data.suite import read_suite
from recam.draft import open_depth
from recam.errors import InputError
from recam.evaluation.baselines import reshoot
from recam.evaluation.pictures import likeness
from recam.evaluation.results import result_file, take_over
from recam.video import Video
from recam.worlds.suite_write import make_suite
from suites import save, write_suite

SQUARE = {**FIXED, "name": "square", "height": 32, "width": 32, "num_frames": 5}


@pytest.mark.gl
def test_the_first_scene_from_nothing_to_a_report(recam, tmp_path: Path) -> None:
    """One rendering serves all that is asked of a suite on disk: it takes ten seconds."""
    bench, report = tmp_path / "bench", tmp_path / "report"
    made = recam("evaluate", "suite", bench, "--scenes", 1, "--only-make", "--json")
    assert (made.code, json.loads(made.out)["tasks"]) == (0, 18), made.err
    suite = read_suite(bench)
    assert (suite.head["suite"], suite.head["version"], suite.head["size"]) == ("recam-suite", 1, "small")
    by_id = {task.id: task for task in suite.tasks}
    for task in suite.tasks:
        path = CameraPath.load(suite.file(task.camera))
        assert path.num_frames == task.num_frames == 17
        assert path.lens(0) == CameraPath.load(suite.file(task.source_camera)).lens(0)
    together = read_cameras(bench / "scenes/00/cameras/all.json").cameras
    assert {task.path for task in suite.tasks} <= set(together)

    # All cameras start at one view, and a zoom is a cut-out of the true picture of the same moment.
    still = Video.load(suite.file(by_id["00-still-zoom-in"].source)).frames
    for task in suite.tasks:
        assert np.abs(Video.load(suite.file(task.target)).frames[0].astype(int) - still[0]).mean() < 2, (
            task.id
        )
    zooming = Video.load(suite.file(by_id["00-still-zoom-in"].target)).frames
    middle = still[-1, 64:192, 64:192]
    assert np.abs(zooming[-1].reshape(128, 2, 128, 2, 3).mean((1, 3)) - middle).mean() < 6

    # The true depth is the picture's: the warp by it beats the plane, which beats the copy.
    for name in ("00-still-dolly-in", "00-moving-static"):
        depth = open_depth(suite.file(by_id[name].depth), "metric").inverse(0, still[0])
        assert 1 / np.median(depth) == pytest.approx(4, abs=3)
        true = Video.load(suite.file(by_id[name].target)).frames
        copy, plane, warp = (
            likeness(reshoot(kind, suite, by_id[name]).frames, true).psnr
            for kind in ("source-copy", "plane-warp", "depth-warp")
        )
        assert copy < plane < warp, name

    # Scored; another method's folder has one video, of another rate.
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    save(
        theirs / "00-still-zoom-in.mp4",
        Video.load(suite.file(by_id["00-still-zoom-in"].target)).frames[::2],
        4,
    )
    words = ("evaluate", "suite", bench, "-o", report, "--scenes", 1, "--only", "nearest_view")
    ran = recam(*words, "--entry", "source-copy", "--results", f"theirs={theirs}", "--json")
    assert ran.code == 0, ran.err
    assert "1 of 18 tasks" in ran.err
    methods = json.loads(ran.out)["methods"]
    assert methods["theirs"]["clips"]["broken"] == 17
    assert methods["theirs"]["figures"]["nearest_view"]["value"] == 1.0
    assert methods["source-copy"]["figures"]["nearest_view"]["value"] < 0.3
    before = (report / "report.json").read_bytes()

    # What is damaged is made anew, the rest is kept, and the report comes out the same.
    files = {path: path.stat().st_mtime_ns for path in (bench / "results").rglob("*.mp4")}
    view = bench / "scenes/00/views/arc-left.mp4"
    whole = view.read_bytes()
    view.write_bytes(whole[:1000])
    (bench / "scenes" / ".00-killed.part").mkdir()
    (bench / ".running-killed").touch()
    assert recam(*words, "--entry", "source-copy", "--results", f"theirs={theirs}").code == 0
    assert view.read_bytes() == whole
    assert not (bench / "scenes" / ".00-killed.part").exists()
    assert (report / "report.json").read_bytes() == before
    copies = [path for path in files if path.parent.name == "source-copy"]
    assert len(copies) == 18
    assert all(path.stat().st_mtime_ns == files[path] for path in copies)
    seen = []
    make_suite(bench, "small", 1, on_scene=seen.append)
    assert [scene.kept for scene in seen] == [True]


def test_a_model_of_a_fixed_length_gets_frames_spread_over_the_clip(model, tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", ("pan-right",))
    entry = read_entry(f"mine={model(SQUARE)}", seed=3)
    assert (entry.name, entry.seed) == ("mine", 3)
    seen = []
    make_results(suite, suite.tasks, [Entry("source-copy"), entry], on_video=seen.append)
    assert seen == [True] * 2 * len(suite.tasks)
    for task in suite.tasks:
        video = Video.load(result_file(suite, "mine", task))
        assert (video.frames.shape, video.fps) == ((5, 64, 64, 3), Fraction(4)), "every second frame"
    seen.clear()
    result_file(suite, "mine", suite.tasks[0]).write_bytes(b"cut off")
    make_results(suite, suite.tasks, [entry], on_video=seen.append)
    assert seen == [True] + [False] * (len(suite.tasks) - 1)
    with pytest.raises(InputError, match="holds results made otherwise"):
        make_results(suite, suite.tasks, [Entry("mine", entry.model, seed=4)])
    with pytest.raises(InputError, match="holds what recam made; give mine's results another name"):
        take_over(suite, suite.tasks, "mine", suite.folder / "results" / "source-copy")
    take_over(suite, suite.tasks, "theirs", suite.folder / "results" / "source-copy")
    with pytest.raises(InputError, match="holds another method's results"):
        make_results(suite, suite.tasks, [replace(entry, name="theirs")])


def test_a_model_of_any_size_gets_the_suites_one_of_another_shape_is_refused(model, tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", ("pan-right",))
    video = reshoot_with_model(Entry("free", str(model(FREE))), suite, suite.tasks[0])
    assert (video.frames.shape, video.fps) == ((9, 64, 64, 3), Fraction(8))
    with pytest.raises(InputError, match="pictures of 48x32 and the suite's are 64x64, another shape"):
        reshoot_with_model(Entry("fixed", str(model(FIXED))), suite, suite.tasks[0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--entry", "none"), "nothing is run or scored"),
        (("--entry", "a b=tiny"), "a name is 1 to 60"),
        (("--entry", "source-copy=tiny"), "give a baseline"),
        (("--entry", "tiny", "--results", "tiny=there"), "two methods have the same name"),
        (("--results", "there"), "must be NAME=DIR"),
        (("--results", "a=x", "--results", "a=y"), "names a twice"),
        (("--scenes", "23", "--only-make"), "1 to 22 scenes, not 23"),
    ],
)
def test_bad_words_are_refused(recam, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    recam("evaluate", "suite", tmp_path / "bench", *words).refused(said)


def test_a_folder_of_something_else_stays_as_it_is(recam, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    recam("evaluate", "suite", tmp_path, "--only-make").refused("holds files and no suite")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    recam("evaluate", "suite", tmp_path / "notes.txt", "--only-make").refused("is a file")
