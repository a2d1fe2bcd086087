"""Records as a run leaves them, with values that a test chooses; the figures are those of real measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from recam.evaluation.measure import Figure, Found, Input, Missing, SetValue, Skipped
from recam.evaluation.measures.cameras import CameraMeasure
from recam.evaluation.measures.flicker import FlickerMeasure
from recam.evaluation.measures.floor import FloorMeasure
from recam.evaluation.measures.truth import LikenessMeasure
from recam.evaluation.plan import Plan
from recam.evaluation.pose_solve import Taking
from recam.evaluation.score import Record
from recam.evaluation.store import Store

ROTATION, SHIFT, PSNR = "rotation.mean_degrees", "translation.max_norm_mean", "psnr"
TAKING = Taking(21, 0, False)
CAMERAS, FLOOR, LIKENESS = CameraMeasure(TAKING), FloorMeasure(TAKING), LikenessMeasure()


@dataclass(frozen=True)
class MeanOfNotes:
    """A figure of many clips together: the mean of what was noted of each, on as many samples as it says."""

    name = "together"
    key = "together 1"
    inputs: tuple[Input, ...] = ("generated",)
    figures = (Figure("together", "together", "", "lower", "A mean.", tier=1, digits=1),)

    def prepare(self, case: Any) -> dict[str, Any]:
        return {}

    def score(self, notes: Iterable[Mapping[str, Any]], store: Store) -> dict[str, SetValue]:
        found = [(note["value"], note["samples"]) for note in notes]
        assert [(note["value"], note["samples"]) for note in notes] == found, "can be read twice"
        samples = sum(count for _, count in found)
        if samples < 3:
            return {"together": SetValue(None, samples, "needs 3 samples")}
        return {"together": SetValue(sum(value for value, _ in found) / len(found), samples, "few")}


SKIPPED = Skipped(
    (Figure("fvd", "FVD", "", "lower", "Frechet distance.", tier=1),), "I3D weights", "--weights i3d=PATH"
)
PLAN = Plan((CAMERAS, FLOOR, LIKENESS, FlickerMeasure()), (MeanOfNotes(),), (SKIPPED,))


def clip(
    name: str,
    rotation: float | str | None = None,
    *,
    psnr: float | str | None = None,
    shift: float | None = None,
    floor: float | str | None = None,
    method: str = "ours",
    preset: str = "pan-right",
    source: str = "a.mp4",
    target: str = "",
    note: tuple[float, int] | None = None,
    left_out: str = "",
    **more: Any,
) -> Record:
    """A record; a figure that is a text failed for that reason, one that is None lacks its input."""
    files = {"source": source, "generated": f"{name}.mp4"} | ({"target": target} if target else {})
    found = {
        "cameras": _found(CAMERAS.figures, {ROTATION: rotation, SHIFT: shift}),
        "floor": _found(FLOOR.figures, {f"floor.{ROTATION}": floor}),
        "likeness": _found(LIKENESS.figures, {PSNR: psnr}),
        "flicker": Found({"vbench.flicker": 0.5}),
    }
    notes = {} if note is None else {"together": {"value": note[0], "samples": note[1]}}
    out = {"together": left_out} if left_out else {}
    return Record(name, method, preset, "", found, notes, out, files | more.pop("files", {}), **more)


def broken(name: str, reason: str, method: str = "ours", preset: str = "pan-right") -> Record:
    return Record(name, method, preset, reason, files={"source": "a.mp4", "generated": f"{name}.mp4"})


def _found(figures: Iterable[Figure], given: Mapping[str, float | str | None]) -> Found:
    values: dict[str, float | None] = {}
    missing = {}
    for figure in figures:
        value = given.get(figure.name)
        values[figure.name] = None if isinstance(value, str) else value
        if isinstance(value, str):
            missing[figure.name] = Missing("failed", value)
        elif value is None:
            missing[figure.name] = Missing("lacking", "the manifest gives no target")
    return Found(values, missing)
