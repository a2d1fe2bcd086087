"""Scoring rows: decoded once, kept by content, broken ones with a reason, the same however it is run."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from clip_folder import CHEAP, change_row, clip_folder, reasons_of, records_of, report_of, write_clip

from recam.errors import InputError, MachineError
from recam.evaluation import footage
from recam.evaluation.case import Case
from recam.evaluation.manifest import read_manifest
from recam.evaluation.measure import Figure, Found, Input
from recam.evaluation.plan import Plan, make_plan
from recam.evaluation.score import MOST_REASON, Record, score
from recam.evaluation.store import Store
from recam.video import VideoInfo


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return clip_folder(tmp_path / "clips")


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was decoded."""
    counts: Counter[str] = Counter()
    read = footage.read_frames

    def counting(info: VideoInfo) -> Iterator[Any]:
        counts[info.path.name] += 1
        return read(info)

    monkeypatch.setattr(footage, "read_frames", counting)
    return counts


@dataclass(frozen=True)
class Says:
    """A measure that raises what it is given."""

    error: Exception | None
    name: str = "says"
    key: str = "says 1"
    inputs: tuple[Input, ...] = ("generated", "source")
    figures: tuple[Figure, ...] = (Figure("says", "says", "", "higher", "What a test wants."),)
    at: tuple[str, ...] = field(default=("0-1",))

    def measure(self, case: Case) -> Found:
        if self.error is not None and case.row.id in self.at:
            raise self.error
        return Found({"says": float(case.source.frames.mean())})


def score_with(manifest: Path, store: Path, measure: Says) -> dict[str, Record]:
    plan = Plan((measure,), (), ())
    return {r.id: r for r in score(list(read_manifest(manifest)), plan, Store(store))}


def test_every_file_is_decoded_once(manifest: Path, tmp_path: Path, decoded: Counter[str]) -> None:
    records = records_of(manifest, tmp_path / "store")
    assert [record.id for record in records] == ["0-0", "0-1", "0-2", "1-0", "1-1", "1-2"]
    assert all(set(record.found) == {"flicker", "likeness", "nearest_view"} for record in records)
    names = {f"{kind}{s}-{c}.mp4" for kind in ("", "true-") for s in (0, 1) for c in range(3)}
    assert decoded == dict.fromkeys(names, 1)


def test_what_is_in_the_store_is_neither_decoded_nor_probed(
    manifest: Path, tmp_path: Path, decoded: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = records_of(manifest, tmp_path / "store")
    decoded.clear()
    probed: list[Path] = []
    monkeypatch.setattr(footage, "probe", probed.append)
    assert records_of(manifest, tmp_path / "store") == first
    assert not decoded
    assert not probed


def test_a_clip_of_equal_content_is_known_under_any_name(
    manifest: Path, tmp_path: Path, decoded: Counter[str]
) -> None:
    first = records_of(manifest, tmp_path / "store")
    decoded.clear()
    shutil.copy(manifest.parent / "videos/0-0.mp4", manifest.parent / "videos/copy.mp4")
    change_row(manifest, 0, id="copy", generated="videos/copy.mp4")
    again = records_of(manifest, tmp_path / "store")
    assert again[0].found == first[0].found
    assert again[0].files["generated"] == "videos/copy.mp4"
    assert not decoded


def test_other_content_under_the_same_name_is_measured_anew(manifest: Path, tmp_path: Path) -> None:
    first = records_of(manifest, tmp_path / "store")
    write_clip(manifest.parent / "videos/0-0.mp4", seed=77)
    again = records_of(manifest, tmp_path / "store")
    assert again[0].found != first[0].found
    assert again[1:] == first[1:]


def test_workers_order_and_place_do_not_change_a_byte(manifest: Path, tmp_path: Path) -> None:
    change_row(manifest, 1, generated="videos/none.mp4")
    change_row(manifest, 2, camera_name="x" * 300)
    (manifest.parent / "videos/1-1.mp4").write_bytes(b"no video")
    alone = report_of(manifest, tmp_path / "alone")
    assert report_of(manifest, tmp_path / "alone") == alone, "a second run over what is kept"
    moved = tmp_path / "elsewhere" / "deep"
    shutil.copytree(manifest.parent, moved)
    assert report_of(moved / manifest.name, tmp_path / "moved", workers=2) == alone
    assert str(tmp_path) not in "".join(map(str, alone.values()))
    lines = [json.loads(line) for line in alone["clips.jsonl"].splitlines()]
    assert [line["id"] for line in lines] == ["0-0", "0-1", "0-2", "1-0", "1-1", "1-2"]


def test_broken_rows_have_their_reasons_and_the_others_are_scored(manifest: Path, tmp_path: Path) -> None:
    change_row(manifest, 0, generated="videos/none.mp4")
    (manifest.parent / "videos/0-1.mp4").write_bytes(b"no video at all")
    reasons = reasons_of(manifest, tmp_path / "store")
    assert set(reasons) == {"0-0", "0-1"}
    assert reasons["0-0"] == "generated 'videos/none.mp4' does not exist"
    assert reasons["0-1"].startswith("videos/0-1.mp4: ")


def test_on_row_is_called_for_each(manifest: Path, tmp_path: Path) -> None:
    change_row(manifest, 0, generated="videos/none.mp4")
    seen: list[Record] = []
    records = records_of(manifest, tmp_path / "store", on_row=seen.append)
    assert sorted(seen, key=lambda record: record.id) == sorted(records, key=lambda record: record.id)


def test_what_cannot_be_measured_fails_and_is_kept_without_paths(manifest: Path, tmp_path: Path) -> None:
    path = manifest.parent / "videos" / "0-1.mp4"
    records = score_with(manifest, tmp_path / "store", Says(InputError(f"{path}:\n has no texture")))
    missing = records["0-1"].found["says"].missing["says"]
    assert (missing.status, missing.reason) == ("failed", "the generated video: has no texture")
    assert records["0-2"].found["says"].values["says"] is not None
    kept = score_with(manifest, tmp_path / "store", Says(None))
    assert kept["0-1"] == records["0-1"]


def test_a_fault_of_ours_is_a_row_and_is_not_kept(manifest: Path, tmp_path: Path) -> None:
    records = score_with(manifest, tmp_path / "store", Says(KeyError("x" * 2000)))
    assert records["0-1"].reason.startswith("fault of recam: KeyError: 'xxx")
    assert len(records["0-1"].reason) == MOST_REASON
    assert "Traceback" in records["0-1"].fault
    assert "fault" not in records["0-1"].to_json()
    assert not records["0-0"].fault
    again = score_with(manifest, tmp_path / "store", Says(None))
    assert not again["0-1"].reason


def test_what_the_machine_cannot_do_ends_the_run(manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="no such device"):
        score_with(manifest, tmp_path / "store", Says(MachineError("no such device")))
    with pytest.raises(MachineError, match="out of memory at clip 0-1"):
        score_with(manifest, tmp_path / "store", Says(MemoryError()))


def test_records_read_back_as_they_were(manifest: Path, tmp_path: Path) -> None:
    rows = list(read_manifest(manifest))
    seen: list[Record] = []
    records = score(rows, make_plan(CHEAP), Store(tmp_path / "store"), on_row=seen.append)
    assert list(records) == list(records) == seen
    assert len(records) == 6
    assert [Record.from_json(record.to_json()) for record in seen] == seen
