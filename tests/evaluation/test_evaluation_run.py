"""A whole run: from a manifest to a report, beside other runs, and what it refuses at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from clip_folder import CHEAP, change_row, clip_folder, report_bytes, report_of, write_manifest
from tiny_networks import save_script

from recam.errors import InputError, ManifestError, OutputError
from recam.evaluation.claim import claimed
from recam.evaluation.evaluate import evaluate
from recam.evaluation.plan import Settings
from recam.evaluation.score import Record
from recam.evaluation.store import content_hash


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_folder(tmp_path_factory.mktemp("run") / "clips", sources=2, clips=2)


def test_a_report_says_what_was_run_and_nothing_of_the_machine(manifest: Path, tmp_path: Path) -> None:
    weights = tmp_path / "deep" / "amt.pt"  # of a network that is looked at only where it is used
    weights.parent.mkdir()
    save_script(weights, torch.nn.Identity())
    checksum = content_hash(weights)
    settings = Settings({"amt": f"{weights}#sha256={checksum}"}, only=("flicker",))
    seen: list[tuple[int, int, Record]] = []
    summary = evaluate(manifest, tmp_path / "report", settings, on_row=lambda *row: seen.append(row), worst=0)
    assert json.loads((tmp_path / "report" / "report.json").read_text()) == summary
    assert summary["clips"] == {"rows": 4, "scored": 4, "broken": 0}
    about = summary["about"]
    assert about["manifest"] == "manifest.jsonl"
    assert about["settings"]["weights"] == {"amt": {"from": "amt.pt", "sha256": checksum}}
    assert about["measures"] == {"flicker": "flicker 1"}
    assert [(done, total) for done, total, _ in seen] == [(n, 4) for n in range(1, 5)]
    assert str(tmp_path) not in json.dumps(summary)


def test_the_store_may_lie_elsewhere_and_be_shared_by_runs_at_once(manifest: Path, tmp_path: Path) -> None:
    alone = report_of(manifest, tmp_path / "alone")
    assert (tmp_path / "alone" / "cache").is_dir()
    shared = tmp_path / "shared"
    only = [word for name in CHEAP.only for word in ("--only", name)]
    words = [sys.executable, "-m", "recam.apps.cli.main", "evaluate", manifest, "--cache", shared, *only]
    runs = [subprocess.Popen([*words, "-o", tmp_path / name]) for name in ("one", "two")]
    assert [run.wait(120) for run in runs] == [0, 0]
    assert report_bytes(tmp_path / "one") == report_bytes(tmp_path / "two") == alone
    assert not (tmp_path / "one" / "cache").exists()
    assert not [path for path in shared.rglob("*") if ".part" in path.name or "running" in path.name]


def test_one_report_is_not_written_by_two(manifest: Path, tmp_path: Path) -> None:
    with claimed(tmp_path / "report"), pytest.raises(OutputError, match="being written by another run"):
        evaluate(manifest, tmp_path / "report", CHEAP)


def test_a_damaged_store_is_mended(manifest: Path, tmp_path: Path) -> None:
    first = report_of(manifest, tmp_path / "report")
    for file in (tmp_path / "report" / "cache").rglob("*.json"):
        file.write_bytes(file.read_bytes()[:-30])
    assert report_of(manifest, tmp_path / "report") == first


def test_a_report_of_another_manifest_leaves_nothing_of_the_first(manifest: Path, tmp_path: Path) -> None:
    report_of(manifest, tmp_path / "report", worst=3)
    lines = manifest.read_text().splitlines(keepends=True)
    fewer = manifest.with_name("fewer.jsonl")
    fewer.write_text("".join(lines[:2]))
    assert report_of(fewer, tmp_path / "report", worst=1) == report_of(fewer, tmp_path / "fresh", worst=1)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        (Settings(only=("nothing",)), InputError, "there is no measure 'nothing'"),
        (Settings({"clip": "/none.safetensors"}), InputError, "none.safetensors"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_written(
    manifest: Path, tmp_path: Path, settings: Settings, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        evaluate(manifest, tmp_path / "report", settings)
    assert not (tmp_path / "report").exists()


def test_manifests_without_clips(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="holds no clips"):
        evaluate(write_manifest(tmp_path), tmp_path / "report", CHEAP)
    with pytest.raises(ManifestError, match="no such file"):
        evaluate(tmp_path / "none.jsonl", tmp_path / "report", CHEAP)


def test_a_run_of_broken_rows_only_still_says_why(tmp_path: Path) -> None:
    manifest = clip_folder(tmp_path / "clips", sources=1, clips=1)
    change_row(manifest, 0, generated="none.mp4")
    summary = evaluate(manifest, tmp_path / "report", CHEAP)
    assert summary["clips"] == {"rows": 1, "scored": 0, "broken": 1}
    assert "none.mp4' does not exist" in report_bytes(tmp_path / "report")["clips.jsonl"].decode()
