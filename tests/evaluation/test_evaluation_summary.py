"""Means beside failure rates, the common subset, the noise floor: small ones by hand, laws for the rest."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scored_clips import PLAN, PSNR, ROTATION, SHIFT, broken, clip

from recam.evaluation.intervals import bootstrap_intervals
from recam.evaluation.measure import Found, Missing
from recam.evaluation.plan import Plan
from recam.evaluation.score import Record, Records
from recam.evaluation.store import Store
from recam.evaluation.summary import PRESET_SAMPLES, summarise

STILL = Found({ROTATION: None}, {ROTATION: Missing("undefined", "the target does not move")})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_mean_median_worst_and_failure_rate_by_hand(store: Store) -> None:
    records = [
        clip("one", 1.0, psnr=20.0), clip("two", 2.0, psnr=10.0), clip("three", 6.0, psnr=30.0),
        clip("four", "no model", preset="arc-left"),
    ]  # fmt: skip
    cells = summarise(records, PLAN, store, {})["methods"]["ours"]["figures"]
    rotation = cells[ROTATION]
    assert {name: rotation[name] for name in ("value", "median", "std", "worst", "worst_id", "status")} == {
        "value": 3.0, "median": 2.0, "std": math.sqrt(7), "worst": 6.0, "worst_id": "three",
        "status": "measured",
    }  # fmt: skip
    counts = ("count", "failed", "failure_rate", "undefined", "lacking", "broken")
    assert [rotation[name] for name in counts] == [3, 1, 0.25, 0, 0, 0]
    assert rotation["reasons"] == [{"reason": "no model", "status": "failed", "clips": 1}]
    assert (cells[PSNR]["worst"], cells[PSNR]["worst_id"]) == (10.0, "two"), (
        "the lowest, where higher is better"
    )
    assert (cells[PSNR]["failure_rate"], cells[PSNR]["lacking"]) == (0.0, 1), "lacking is not failing"


def test_presets_hold_their_own_clips_in_order_of_appearance(store: Store) -> None:
    records = [clip("a", 1.0, preset="tilt-up"), clip("b", 3.0), clip("c", "why"), clip("d", 5.0)]
    presets = summarise(records, PLAN, store, {})["methods"]["ours"]["presets"]
    assert list(presets) == ["tilt-up", "pan-right"]
    cell = presets["pan-right"]["figures"][ROTATION]
    assert (cell["value"], cell["failure_rate"]) == (4.0, 1 / 3)
    assert presets["pan-right"]["clips"] == {"rows": 3, "scored": 3, "broken": 0}


@pytest.mark.parametrize(
    ("clips", "status", "rate"),
    [
        ([clip("a", "x"), clip("b")], "failed", 1.0),
        ([clip("a")], "lacking", None),
        ([broken("a", "not a video")], "failed", None),
        ([Record("a", "ours", "p", found={"cameras": STILL})], "undefined", None),
    ],
)
def test_a_figure_without_a_value_says_why(
    store: Store, clips: list[Record], status: str, rate: float | None
) -> None:
    cell = summarise(clips, PLAN, store, {})["methods"]["ours"]["figures"][ROTATION]
    assert (cell["value"], cell["status"], cell["failure_rate"]) == (None, status, rate)
    assert cell["worst_id"] is None
    assert cell["interval"] is None


def test_a_value_that_a_measure_left_out_or_that_is_not_finite_counts_as_failed(store: Store) -> None:
    odd = Record("a", "ours", "p", found={"cameras": Found({ROTATION: math.inf}), "likeness": Found({})})
    cells = summarise([odd], PLAN, store, {})["methods"]["ours"]["figures"]
    assert (cells[ROTATION]["status"], cells[PSNR]["status"]) == ("failed", "failed")
    assert cells[ROTATION]["reasons"][0]["reason"] == "the value is not finite"


def test_skipped_figures_are_null_and_say_how(store: Store) -> None:
    summary = summarise([clip("a", 1.0)], PLAN, store, {})
    cell = {"value": None, "status": "skipped", "needs": "I3D weights", "how": "--weights i3d=PATH"}
    assert summary["methods"]["ours"]["figures"]["fvd"] == cell
    assert summary["methods"]["ours"]["presets"]["pan-right"]["figures"]["fvd"] == cell
    assert summary["skipped"] == [{"figures": ["fvd"], "needs": "I3D weights", "how": "--weights i3d=PATH"}]


def test_nothing_at_all_is_a_summary(store: Store) -> None:
    summary = summarise([], PLAN, store, {"manifest": "m"})
    assert (summary["clips"]["rows"], summary["methods"], summary["common"]) == (0, {}, None)
    json.dumps(summary, allow_nan=False)
    only_bad = summarise([Record("line 3", reason="is no JSON")], Plan((), (), ()), store, {})
    assert only_bad["methods"] == {}
    assert only_bad["broken"]["by_method"] == {"no method": 1}
    assert only_bad["broken"]["first"] == [{"id": "line 3", "method": "no method", "reason": "is no JSON"}]


def test_broken_rows_count_for_their_method_and_rows_without_one_are_generated(store: Store) -> None:
    records = [
        clip("a", 1.0, method=""), broken("b", "x", method=""), broken("c", "y", "ours"),
        Record("line 9", reason="z"),
    ]  # fmt: skip
    summary = summarise(records, PLAN, store, {})
    assert summary["methods"]["generated"]["clips"] == {"rows": 2, "scored": 1, "broken": 1}
    assert summary["methods"]["ours"]["clips"] == {"rows": 1, "scored": 0, "broken": 1}
    assert summary["broken"]["by_method"] == {"generated": 1, "ours": 1, "no method": 1}
    assert "3 of 4 rows could not be scored" in summary["notes"][0]


def test_common_subset_with_holes(store: Store) -> None:
    """Task 1: both; task 2: ours failed; task 3: theirs has no row; task 4: both, ours twice."""
    records = [
        clip("o1", 1.0, source="1.mp4"), clip("o2", "fails", source="2.mp4"), clip("o3", 9.0, source="3.mp4"),
        clip("o4", 2.0, source="4.mp4"), clip("o5", 4.0, source="4.mp4"),
        clip("t1", 5.0, source="./1.mp4", method="theirs"), clip("t2", 50.0, source="2.mp4", method="theirs"),
        clip("t4", 7.0, source="4.mp4", method="theirs"),
    ]  # fmt: skip
    summary = summarise(records, PLAN, store, {})
    common = summary["common"]
    assert common["tasks"] == 3
    assert common["figures"][ROTATION] == {"tasks": 2, "values": {"ours": 2.0, "theirs": 6.0}}
    assert common["figures"][PSNR] == {"tasks": 0, "values": {"ours": None, "theirs": None}}
    assert summary["methods"]["theirs"]["figures"][ROTATION]["value"] == pytest.approx(62 / 3)
    notes = " ".join(summary["notes"])
    assert (
        "rotation.mean_degrees: the methods' means are over different numbers of clips (ours 4, theirs 3)"
        in notes
    )
    assert "rotation.mean_degrees of ours: 1 of 5 clips failed" in notes
    assert "ours: several clips for the same source and camera" in notes


def test_a_method_without_a_value_does_not_empty_the_common_subset(store: Store) -> None:
    records = [
        clip("a", 1.0), clip("b", 3.0, source="b.mp4"), clip("c", 2.0, method="theirs"),
        clip("d", "fails", method="third"), clip("e", psnr=9.0, method="third"),
    ]  # fmt: skip
    figures = summarise(records, PLAN, store, {})["common"]["figures"]
    assert figures[ROTATION] == {"tasks": 1, "values": {"ours": 1.0, "theirs": 2.0, "third": None}}
    assert figures[PSNR]["tasks"] == 0, "one method alone has nothing in common with others"


@pytest.mark.parametrize(
    "other", [{"preset": "arc-left"}, {"files": {"camera": "b.json"}}, {"files": {"camera_name": "cam02"}}]
)
def test_another_camera_is_another_task(store: Store, other: dict[str, Any]) -> None:
    summary = summarise([clip("a", 1.0), clip("b", 2.0, method="theirs", **other)], PLAN, store, {})
    assert summary["common"]["tasks"] == 0


def test_one_true_video_is_one_task_whatever_file_holds_its_camera(store: Store) -> None:
    records = [
        clip("a", 1.0, target="t.mp4", files={"camera": "81.json"}),
        clip("b", 2.0, method="theirs", target="t.mp4", files={"camera": "21.json"}),
    ]
    assert summarise(records, PLAN, store, {})["common"]["tasks"] == 1


def test_floor_is_of_true_videos_each_once_and_no_column(store: Store) -> None:
    records = [
        clip("a", 1.0, floor=0.1, target="t1.mp4"),
        clip("b", 1.0, floor=0.1, target="t1.mp4", method="theirs"),
        clip("c", 1.0, floor=0.4, target="t2.mp4"), clip("d", 1.0),
    ]  # fmt: skip
    summary = summarise(records, PLAN, store, {})
    assert summary["floor"]["videos"] == 2
    assert summary["floor"]["figures"][ROTATION]["value"] == 0.25
    assert summary["floor"]["presets"]["pan-right"]["figures"][ROTATION]["count"] == 2
    assert not any(name.startswith("floor.") for name in summary["methods"]["ours"]["figures"])
    again = summarise([*records, clip("e", 1.0, floor=0.1, target="t1.mp4", preset="x")], PLAN, store, {})
    assert (again["floor"]["videos"], again["floor"]["presets"]["x"]["videos"]) == (2, 1), (
        "two presets, one video"
    )
    assert summarise(records, Plan(PLAN.measures[2:], (), ()), store, {})["floor"] is None
    assert summarise([clip("d", 1.0)], PLAN, store, {})["floor"] is None, "no row names a true video"


def test_true_videos_on_which_the_estimator_fails_are_said(store: Store) -> None:
    records = [clip("a", 1.0, floor=0.1, target="1.mp4"), clip("b", 1.0, floor="no model", target="2.mp4")]
    notes = summarise(records, PLAN, store, {})["notes"]
    assert any("the estimator fails on 1 of 2 true videos" in note for note in notes)


def test_figures_of_many_clips_by_method_and_only_large_presets(store: Store) -> None:
    half = PRESET_SAMPLES // 2
    records = [
        clip("a", note=(1.0, half), preset="large"), clip("b", note=(2.0, half), preset="large"),
        clip("c", note=(6.0, 1), preset="small"),
        clip("d", left_out="the manifest gives no target", preset="small"),
        clip("e", note=(9.0, 1), method="theirs"), clip("f", left_out="too short", method="none"),
    ]  # fmt: skip
    methods = summarise(records, PLAN, store, {})["methods"]
    cell = methods["ours"]["figures"]["together"]
    assert (cell["value"], cell["samples"], cell["clips"], cell["left_out"]) == (
        3.0,
        PRESET_SAMPLES + 1,
        3,
        1,
    )
    assert cell["reasons"] == [{"reason": "the manifest gives no target", "status": "left out", "clips": 1}]
    presets = methods["ours"]["presets"]
    assert presets["small"]["figures"]["together"]["value"] is None
    assert f"a preset needs {PRESET_SAMPLES} samples" in presets["small"]["figures"]["together"]["note"]
    theirs = methods["theirs"]["figures"]["together"]
    assert (theirs["value"], theirs["status"], theirs["note"]) == (None, "undefined", "needs 3 samples")
    assert methods["none"]["figures"]["together"]["status"] == "failed"
    assert methods["none"]["figures"]["together"]["note"] == "no clip can be used: too short"


def test_large_presets_have_the_value_of_their_own_clips(store: Store) -> None:
    records = [clip(f"{i}", note=(float(i), PRESET_SAMPLES), preset=f"p{i % 2}") for i in range(4)]
    presets = summarise(records, PLAN, store, {})["methods"]["ours"]["presets"]
    assert [presets[name]["figures"]["together"]["value"] for name in ("p0", "p1")] == [1.0, 2.0]


def test_interval_holds_the_mean_and_its_width_is_that_of_theory() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(5.0, 2.0, 400)
    low, high = bootstrap_intervals(np.arange(400, dtype=np.int32), {"x": values})["x"] or (0, 0)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_interval_counts_sources_not_clips() -> None:
    """Twenty equal clips of each source say no more than one."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=50)
    source = np.arange(50, dtype=np.int32)
    one = bootstrap_intervals(source, {"x": values})["x"]
    many = bootstrap_intervals(np.repeat(source, 20), {"x": np.repeat(values, 20)})["x"]
    assert many == pytest.approx(one)
    few = bootstrap_intervals(np.zeros(1000, np.int32), {"x": rng.normal(size=1000)})
    assert few == {"x": None}, "one source says nothing about others"


def test_interval_leaves_out_missing_values() -> None:
    values = np.array([1.0, np.nan, 2.0, 3.0, np.nan, 4.0, 5.0, 6.0, np.nan])
    source = np.arange(9, dtype=np.int32)
    low, high = bootstrap_intervals(source, {"x": values, "y": np.full(9, np.nan)})["x"] or (0, 0)
    assert 1 < low < 3.5 < high < 6
    assert bootstrap_intervals(source, {"y": np.full(9, np.nan)}) == {"y": None}


def test_same_bytes_in_any_order_of_arrival(store: Store) -> None:
    rng = random.Random(0)
    records = [
        clip(
            f"c{i}", rng.choice([rng.random(), "fails"]), psnr=rng.gauss(20, 3), shift=rng.random(),
            preset=f"p{i % 3}", source=f"{i // 6}.mp4", method=f"m{i % 2}", note=(rng.random(), 1),
        )
        for i in range(60)
    ]  # fmt: skip
    texts = []
    for seed in (0, 1):
        order = list(range(60))
        random.Random(seed).shuffle(order)
        arrived = Records()
        for index in order:
            arrived.put(index, records[index])
        texts.append(json.dumps(summarise(arrived, PLAN, store, {"seed": 0}), allow_nan=False))
    assert texts[0] == texts[1]


def test_ten_thousand_clips(store: Store) -> None:
    """Means are exact, whatever the number of clips, and memory holds numbers alone."""
    arrived = Records()
    for i in range(10_000):
        reason = "fails" if i % 4 == 0 else float(i)
        arrived.put(i, clip(f"c{i}", reason, source=f"{i // 10}.mp4", preset=f"p{i % 10}", note=(1.0, 1)))
    summary = summarise(arrived, PLAN, store, {})
    cell = summary["methods"]["ours"]["figures"][ROTATION]
    assert (cell["count"], cell["failed"], cell["failure_rate"]) == (7500, 2500, 0.25)
    assert cell["value"] == sum(i for i in range(10_000) if i % 4) / 7500
    assert len(summary["methods"]["ours"]["presets"]) == 10
    assert cell["interval"][0] < cell["value"] < cell["interval"][1]
    assert SHIFT in summary["methods"]["ours"]["figures"]
