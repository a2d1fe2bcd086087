"""``recam evaluate``: the words, the exit codes, what a terminal and a program are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typed import moving_square

from recam.apps.cli.evaluate import group
from recam.apps.cli.frame import FAULT
from recam.evaluation.measures.flicker import FlickerMeasure
from recam.video import Video

CHEAP = ("--only", "flicker", "--only", "likeness")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Two clips of two methods; the last has no true video."""
    folder = tmp_path / "clips"
    folder.mkdir()
    frames = moving_square(5)
    for name, shown in {"source": frames, "a": frames[::-1], "b": frames // 2, "true": 255 - frames}.items():
        Video.from_frames(shown, 8).save(folder / f"{name}.mp4")
    rows = [
        {"id": "one", "generated": "a.mp4", "method": "ours", "target": "true.mp4"},
        {"id": "two", "generated": "b.mp4", "method": "theirs"},
    ]
    rows = [row | {"source": "source.mp4", "preset": "arc-left"} for row in rows]
    file = folder / "manifest.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def spoil(manifest: Path, *names: str) -> None:
    for name in names:
        (manifest.parent / name).write_bytes(b"no video")


@pytest.mark.parametrize("words", [(), ("score",)])
def test_a_manifest_is_scored_with_and_without_the_commands_name(
    recam, manifest: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ran = recam("evaluate", *words, manifest, "-o", tmp_path / "report", *CHEAP, "--worst", 0)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "ours: 1 clip"
    assert any(line.startswith("  PSNR (dB)") and line.endswith("failed 0.0 % of 1") for line in lines)
    assert "theirs: 1 clip" in lines
    assert lines[-1] == f"{tmp_path / 'report' / 'index.html'}: the report of 2 clips of 2"
    assert {"report.json", "clips.jsonl", "report.md", "index.html"} <= {
        path.name for path in (tmp_path / "report").iterdir()
    }


def test_a_figure_that_fails_for_all_clips_is_told(recam, manifest: Path, tmp_path: Path) -> None:
    ran = recam("evaluate", manifest, "-o", tmp_path / "report", "--only", "cameras", "--worst", 0)
    assert ran.code == 0, ran.err
    rotation = [line.split() for line in ran.out.splitlines() if line.startswith("  rotation, mean")]
    assert [words[-6:] for words in rotation] == [["failed", "failed", "100.0", "%", "of", "1"]] * 2


def test_json_is_the_report(recam, manifest: Path, tmp_path: Path) -> None:
    ran = recam("evaluate", manifest, "-o", tmp_path / "report", *CHEAP, "--json", "--worst", 0)
    assert ran.code == 0
    assert json.loads(ran.out) == json.loads((tmp_path / "report" / "report.json").read_text())


def test_options_may_come_first(recam, manifest: Path, tmp_path: Path) -> None:
    ran = recam("evaluate", "--worst", 0, *CHEAP, "-o", tmp_path / "report", manifest)
    assert ran.code == 0, ran.err


def test_what_is_skipped_is_told_with_what_to_type(recam, manifest: Path, tmp_path: Path) -> None:
    only = (*CHEAP, "--only", "fid")
    ran = recam("evaluate", manifest, "-o", tmp_path / "report", *only, "--worst", 0)
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if line.startswith("skipped: ")]
    assert "--weights inception=" in line
    ran = recam("evaluate", manifest, "-o", tmp_path / "report", *only, "--worst", 0, "--strict")
    assert ran.code == 2
    assert "skipped: " in ran.out, "the report is told all the same"
    assert ran.err.startswith("recam evaluate: --strict: 2 figures skipped; ")


def test_a_broken_clip_is_told_and_only_strict_minds(recam, manifest: Path, tmp_path: Path) -> None:
    spoil(manifest, "b.mp4")
    words = ("evaluate", manifest, "-o", tmp_path / "report", *CHEAP, "--worst", 0)
    ran = recam(*words)
    assert ran.code == 0
    assert any(line.startswith("broken: two: b.mp4: ") for line in ran.out.splitlines())
    ran = recam(*words, "--strict")
    assert ran.code == 2
    assert ran.err.startswith("recam evaluate: --strict: 1 clip broken; ")
    assert (tmp_path / "report" / "index.html").exists()


def test_nothing_but_broken_clips_is_an_error(recam, manifest: Path, tmp_path: Path) -> None:
    spoil(manifest, "a.mp4", "b.mp4")
    ran = recam("evaluate", manifest, "-o", tmp_path / "report", *CHEAP, "--worst", 0)
    assert ran.code == 2
    assert ran.err.startswith("recam evaluate: no clip could be scored; the first, one: a.mp4: ")
    assert (tmp_path / "report" / "clips.jsonl").exists()


def test_a_fault_of_ours_at_one_clip_is_reported_and_the_others_are_scored(
    recam, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = FlickerMeasure.measure

    def fail(self: FlickerMeasure, case):
        if case.row.id == "one":
            raise IndexError("an edge nobody thought of")
        return measure(self, case)

    monkeypatch.setattr(FlickerMeasure, "measure", fail)
    ran = recam("evaluate", manifest, "-o", tmp_path / "report", *CHEAP, "--worst", 0)
    assert ran.code == FAULT
    assert "IndexError: an edge nobody thought of" in ran.err
    assert "please report" in ran.err
    assert "broken: one: fault of recam: IndexError: an edge nobody thought of" in ran.out
    assert "the report of 1 clip of 2" in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.jsonl", "-o", "report"), ["none.jsonl: cannot be read: no such file"]),
        (("none.jsonl",), ["Missing option", "--output", "recam evaluate --help"]),
        (("buidl", "x"), ["No such command 'buidl'", "recam evaluate --help"]),
        (("m.jsonl", "-o", "report", "--wieghts", "x"), ["--wieghts", "recam evaluate --help"]),
        (("score", "m.jsonl", "--wieghts", "x"), ["recam evaluate score: ", "--wieghts"]),
        (("m.jsonl", "-o", "report", "--weights", "clip"), ["--weights 'clip' must be NAME=SPEC"]),
        (("m.jsonl", "-o", "r", "--weights", "clip=a", "--weights", "clip=b"), ["names clip twice"]),
        (("m.jsonl", "-o", "r", "--weights", "klip=a"), ["'klip'", "inception, i3d, clip"]),
        (("m.jsonl", "-o", "report", "--pose-frames", "1"), ["--pose-frames"]),
    ],
)
def test_a_slip_is_one_line(
    recam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.jsonl").write_text("{}\n")
    recam("evaluate", *words).refused(*said)
    assert [path.name for path in tmp_path.iterdir()] == ["m.jsonl"]


def test_help_teaches_the_commands_and_scoring(recam) -> None:
    ran = recam("evaluate", "--help")
    assert ran.code == 0
    for word in ("recam evaluate manifest.jsonl -o report", "--strict", "--weights", "score"):
        assert word in ran.out
    for name in [command.name for command in group.registered_commands]:
        assert f" {name} " in ran.out


def test_a_manifest_may_be_called_like_a_slip(
    recam, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(manifest.parent)
    manifest.rename(manifest.with_name("scores"))
    ran = recam("evaluate", "scores", "-o", tmp_path / "report", *CHEAP, "--worst", 0)
    assert ran.code == 0, ran.err
