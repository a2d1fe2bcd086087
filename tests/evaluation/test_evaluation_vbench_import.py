"""VBench's own figures: read from its files, and taken for a clip only where names leave no doubt."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from tiny_networks import noise_frames, open_case, save_dino, write_video

from recam.errors import ResultsError
from recam.evaluation.measure import Found
from recam.evaluation.measures import vbench
from recam.evaluation.plan import Settings, make_plan


def results_file(
    path: Path, videos: dict[str, float], dimension: str = "subject_consistency", **more: Any
) -> Path:
    """As ``save_json`` of VBench writes it."""
    found = [{"video_path": name, "video_results": value} for name, value in videos.items()]
    mean = sum(videos.values()) / max(len(videos), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({dimension: [mean, found], **more}, indent=4))
    return path


def imported(results: Path, folder: Path, name: str = "vbench.subject", **row: Any) -> Found:
    """The figure of ``arc/01.mp4`` in ``folder``."""
    clip = folder / "ours" / "arc" / "01.mp4"
    if not clip.exists():
        clip.parent.mkdir(parents=True)
        write_video(folder / "clip.mkv", noise_frames(2)).rename(clip)
    (measure,) = (m for m in vbench.offer(Settings(vbench=results)).measures if m.name == name)
    return measure.measure(open_case(folder, clip, **row))


@pytest.mark.parametrize(
    "stated", ["ours/arc/01.mp4", "./arc/01.mp4", "/cluster/out/arc/01.mp4", "..\\out\\arc\\01.mp4"]
)
def test_a_video_is_known_by_its_name_and_its_folder(stated, tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {stated: 0.9, "arc/02.mp4": 0.1, "pan/01.mp4": 0.2})
    found = imported(file, tmp_path)
    assert found.values == {"vbench.subject": 0.9}
    assert found.details == {"imported": stated}


def test_the_folder_may_stand_in_the_path_of_the_results(tmp_path) -> None:
    for preset, value in (("arc", 0.9), ("pan", 0.2)):
        results_file(tmp_path / "vbench" / preset / "a_eval_results.json", {"./01.mp4": value})
    assert imported(tmp_path / "vbench", tmp_path).values == {"vbench.subject": 0.9}
    file = results_file(tmp_path / "arc_eval_results.json", {"01.mp4": 0.8})
    assert imported(file, tmp_path).values == {"vbench.subject": 0.8}


@pytest.mark.parametrize("stated", ["pan/01.mp4", "01.mp4", "arc/sub/../../pan/01.mp4", "arc_2/01.mp4"])
def test_the_same_name_elsewhere_is_not_taken(stated, tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {stated: 0.9})
    if "arc/sub" in stated:
        stated = stated.replace("arc/sub/../../", "")
        file = results_file(tmp_path / "x_eval_results.json", {stated: 0.9})
    missing = imported(file, tmp_path).missing["vbench.subject"]
    assert missing.status == "lacking"
    assert "none is this clip beyond doubt: neither path nor file of results names 'arc'" in missing.reason


def test_with_methods_the_method_must_be_named_too(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"theirs/arc/01.mp4": 0.3})
    assert (
        "names 'arc' and 'ours'" in imported(file, tmp_path, method="ours").missing["vbench.subject"].reason
    )
    results_file(tmp_path / "vbench" / "theirs" / "x_eval_results.json", {"arc/01.mp4": 0.3})
    results_file(tmp_path / "vbench" / "ours" / "x_eval_results.json", {"arc/01.mp4": 0.9})
    for method, value in (("ours", 0.9), ("theirs", 0.3)):
        assert imported(tmp_path / "vbench", tmp_path, method=method).values == {"vbench.subject": value}


def test_a_file_named_by_the_clips_id_needs_no_folder(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"all/scene7-arc.mp4": 0.9})
    assert imported(file, tmp_path, id="scene7-arc", method="ours").values == {"vbench.subject": 0.9}


def test_two_videos_that_may_be_the_clip_give_no_figure(tmp_path) -> None:
    for number, value in ((1, 0.9), (2, 0.8)):
        results_file(tmp_path / "vbench" / f"{number}_eval_results.json", {"arc/01.mp4": value})
    missing = imported(tmp_path / "vbench", tmp_path).missing["vbench.subject"]
    assert missing.status == "lacking"
    assert "hold 2 videos that may be this one" in missing.reason
    results_file(tmp_path / "vbench" / "2_eval_results.json", {"arc/01.mp4": 0.9})
    assert imported(tmp_path / "vbench", tmp_path).values == {"vbench.subject": 0.9}
    results_file(tmp_path / "vbench" / "2_eval_results.json", {"ours/arc/01.mp4": 0.7})
    assert imported(tmp_path / "vbench", tmp_path).values == {
        "vbench.subject": 0.7
    }  # more of the path agrees


def test_a_clip_without_an_entry_lacks_the_figure(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"arc/02.mp4": 0.9})
    missing = imported(file, tmp_path).missing["vbench.subject"]
    assert (missing.status, missing.reason) == (
        "lacking", "subject_consistency: VBench's results hold no video 01.mp4",
    )  # fmt: skip


def test_imaging_quality_is_0_to_100_for_a_video(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"arc/01.mp4": 65.5}, "imaging_quality")
    assert imported(file, tmp_path, "vbench.imaging").values == {"vbench.imaging": pytest.approx(0.655)}
    results_file(file, {"arc/01.mp4": 0.655}, "imaging_quality")
    with pytest.raises(
        ResultsError, match=r"imaging_quality of its videos is at most 0\.655; VBench writes 0 to 100"
    ):
        vbench.offer(Settings(vbench=file))


def test_a_figure_that_is_not_finite_is_a_failure(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"arc/01.mp4": float("nan"), "arc/02.mp4": 1.0})
    found = imported(file, tmp_path)
    assert found.values == {"vbench.subject": None}
    assert found.missing["vbench.subject"].status == "failed"


def test_other_dimensions_are_left_alone(tmp_path) -> None:
    videos = [{"video_path": "arc/01.mp4", "video_results": True}]
    file = results_file(
        tmp_path / "x_eval_results.json", {"arc/01.mp4": 0.9}, dynamic_degree=[1.0, videos],
        temporal_flickering=[0.9, [{"video_path": "arc/01.mp4", "video_results": 0.9}]], of_a_later_vbench=3,
    )  # fmt: skip
    offer = vbench.offer(Settings(vbench=file))
    assert [measure.name for measure in offer.measures] == ["vbench.subject"]
    assert len(offer.skipped) == 4


def test_imported_figures_say_so(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"arc/01.mp4": 0.9})
    (measure,) = vbench.offer(Settings(vbench=file)).measures
    (figure,) = measure.figures
    assert figure.title == "subject consistency (imported)"
    assert figure.about.endswith("Imported from VBench's own results.")


def test_all_of_them_are_asked_for_by_one_word(tmp_path) -> None:
    file = results_file(tmp_path / "ours_eval_results.json", {"arc/01.mp4": 0.9})
    plan = make_plan(Settings(vbench=file, only=("vbench",)))
    assert [measure.name for measure in plan.measures] == ["vbench.subject"]
    assert {figure.name for entry in plan.skipped for figure in entry.figures} == {
        "vbench.background", "vbench.aesthetic", "vbench.imaging", "vbench.motion"
    }  # fmt: skip


def test_weights_that_are_given_count_before_results(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"arc/01.mp4": 0.9})
    dino = save_dino(tmp_path / "dino")
    (measure,) = vbench.offer(Settings({"dino": str(dino)}, vbench=file)).measures
    assert isinstance(measure, vbench.ConsistencyMeasure)


def test_the_content_of_the_files_and_the_clips_name_count(tmp_path) -> None:
    file = results_file(tmp_path / "x_eval_results.json", {"arc/01.mp4": 0.9})
    (before,) = vbench.offer(Settings(vbench=file)).measures
    assert pickle.loads(pickle.dumps(before)) == before
    results_file(file, {"arc/01.mp4": 0.91})
    (after,) = vbench.offer(Settings(vbench=file)).measures
    assert before.key != after.key
    one, two = (write_video(tmp_path / f"{name}.mkv", noise_frames(1)) for name in "ab")
    keys = {open_case(tmp_path, path).key(after.key, after.inputs) for path in (one, two)}
    assert len(keys) == 2  # equal pixels under two names are two clips to VBench
    with pytest.raises(ResultsError, match="changed while it was used"):
        before.measure(open_case(tmp_path, one))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "an object of dimensions is expected"),
        ("{}", "an object of dimensions is expected"),
        ('{"subject_consistency": 0.9}', r"'subject_consistency' is not VBench's: \[mean, a list"),
        ('{"subject_consistency": [0.9, [{"video_results": 1}]]}', "video 1: has no video_path"),
        ('{"subject_consistency": [0.9, [{"video_path": "a.mp4", "video_results": "1"}]]}', "is no number"),
        ('{"subject_consistency": [0.9, [{"video_path": "/", "video_results": 1}]]}', "names no file"),
        ('{"color": [0.9, [{"video_path": "a.mp4", "video_results": 1}]]}', "holds no dimension of VBench"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_in_a_line(text, message, tmp_path) -> None:
    file = tmp_path / "x_eval_results.json"
    file.write_text(text)
    with pytest.raises(ResultsError, match=message) as caught:
        vbench.offer(Settings(vbench=file))
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_folder_without_results_and_no_folder_at_all(tmp_path) -> None:
    (tmp_path / "x_full_info.json").write_text("[]")
    with pytest.raises(ResultsError, match=r"holds no \*_eval_results.json"):
        vbench.offer(Settings(vbench=tmp_path))
    with pytest.raises(ResultsError, match="does not exist"):
        vbench.offer(Settings(vbench=tmp_path / "nowhere"))
