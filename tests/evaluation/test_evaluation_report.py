"""A report's files: what they say, that other people's texts do nothing, that they are the same again."""

from __future__ import annotations

import html.parser
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scored_clips import PLAN, PSNR, ROTATION, broken, clip

from recam.errors import OutputError
from recam.evaluation.plan import Plan
from recam.evaluation.report import write_report
from recam.evaluation.report.markdown import markdown
from recam.evaluation.report.plots import make_plots
from recam.evaluation.report.words import for_markdown, plain
from recam.evaluation.report.worst import choose_worst
from recam.evaluation.score import Record
from recam.evaluation.store import Store
from recam.evaluation.summary import summarise
from recam.evaluation.table import ClipTable
from recam.video import Video

NASTY = "<script>alert(1)</script> | $x_ **b** `c` [d](javascript:e) \u202e\x00\ud800 \"'&"


class Tags(html.parser.HTMLParser):
    """Everything that a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def report(
    folder: Path,
    records: Sequence[Record],
    plan: Plan = PLAN,
    about: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    summary = summarise(records, plan, Store(folder / "cache"), about or {})
    write_report(folder, summary, records, plan, **options)
    return summary


def page_of(folder: Path) -> Tags:
    return Tags((folder / "index.html").read_text(encoding="utf-8"))


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """Three grey clips of other lengths and rates; frame i of the generated one has the value 20 i."""
    for name, count, fps, step in (("source", 9, 10, 10), ("generated", 9, 10, 20), ("true", 5, 5, 40)):
        frames = np.repeat(np.arange(count, dtype=np.uint8), 32 * 48 * 3).reshape(count, 32, 48, 3) * step
        Video.from_frames(frames, fps).save(tmp_path / f"{name} clip.mp4", crf=0)
    return tmp_path


def shown(name: str, rotation: float | str, **more: Any) -> Record:
    files = {"source": "source clip.mp4", "generated": "generated clip.mp4", "target": "true clip.mp4"}
    return clip(name, rotation, files=files, **more)


def test_json_is_the_summary_and_clips_hold_every_row(tmp_path: Path) -> None:
    records = [
        clip("a", 1.0, psnr="sizes differ"),
        broken("b", "not a video"),
        Record("line 3", reason="bad"),
    ]
    summary = report(tmp_path, records, about={"manifest": "m.jsonl"})
    assert json.loads((tmp_path / "report.json").read_text()) == summary
    lines = [json.loads(line) for line in (tmp_path / "clips.jsonl").read_text().splitlines()]
    assert [(line["id"], line["status"], line["reason"]) for line in lines] == [
        ("a", "scored", ""), ("b", "broken", "not a video"), ("line 3", "broken", "bad")
    ]  # fmt: skip
    assert lines[0]["values"][ROTATION] == 1.0
    assert lines[0]["values"][PSNR] is None
    assert lines[0]["missing"][PSNR] == {"status": "failed", "reason": "sizes differ"}
    assert (lines[0]["method"], lines[2]["method"]) == ("ours", "no method")


def test_markdown_has_units_arrows_rates_and_definitions(tmp_path: Path) -> None:
    records = [
        clip("a", 1.23456, floor=0.01, target="t.mp4"), clip("b", "no model", preset="arc-left"),
        clip("c", 2.0, method="theirs", target="t.mp4"), clip("d", 3.0, method="theirs", preset="arc-left"),
        broken("e", "cut off"),
    ]  # fmt: skip
    text = markdown(summarise(records, PLAN, Store(tmp_path), {}), PLAN)
    row = next(line for line in text.splitlines() if line.startswith("| rotation, mean"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "rotation, mean (degrees)\N{NO-BREAK SPACE}↓",
        "1.235; failed 50.0 % of 2", "2.500; failed 0.0 % of 2", "0.010; failed 0.0 % of 1",
    ]  # fmt: skip
    assert "| arc-left | 1 | failed |" in text
    assert "| FVD | I3D weights | `--weights i3d=PATH` |" in text
    assert "| e | ours | cut off |" in text
    assert "| ours | failed | 1 | no model | rotation, mean |" in text
    assert "| rotation, mean (degrees)\N{NO-BREAK SPACE}↓ | 1 | 1.235 | 2.000 |" in text, "the common subset"
    for figure in PLAN.figures:
        assert figure.name.startswith("floor.") or f"(`{figure.name}`)" in text


def test_page_says_what_markdown_says_and_is_well_formed(tmp_path: Path) -> None:
    records = [clip("a", 1.0, psnr=20.0), clip("b", "no model"), clip("c", 2.0, method="theirs", shift=0.5)]
    report(tmp_path, records)
    page = page_of(tmp_path)
    assert page.open == []
    for words in (
        "failed 50.0 % of 2",
        "no model",
        "I3D weights",
        "--weights i3d=PATH",
        "Common-success subset",
    ):
        assert words in page.words
    assert page.tags.count("h1") == 1


def test_other_peoples_texts_do_nothing(tmp_path: Path) -> None:
    nasty: dict[str, Any] = {"method": NASTY, "preset": NASTY, "source": NASTY, "left_out": NASTY}
    records = [
        clip(NASTY, NASTY, psnr=20.0, **nasty),
        clip(NASTY, 1.0, shift=1.0, **nasty),
        clip("c", 1.0, method="theirs"),
        broken(NASTY, NASTY, NASTY, NASTY),
    ]
    report(tmp_path, records, about={NASTY: NASTY, "within": {NASTY: [NASTY]}})
    page = page_of(tmp_path)
    assert page.open == []
    assert page.tags.count("script") == 1, "its own"
    assert not {name for name, _ in page.attributes if name.startswith("on")}
    assert all(
        value.startswith(("data:image/svg+xml;base64,", "pictures/", "#part"))
        for n, value in page.attributes
        if n == "src"
    )
    assert all(value.startswith("#part") for name, value in page.attributes if name == "href")
    for line in (tmp_path / "report.md").read_text(encoding="utf-8").splitlines():
        assert "<script" not in line
        assert "\\[d\\](" in line or "[d]" not in line
    json.loads((tmp_path / "report.json").read_text())
    assert len((tmp_path / "clips.jsonl").read_text().splitlines()) == 4


def test_page_needs_no_network_and_forbids_it(tmp_path: Path) -> None:
    report(tmp_path, [clip("a", 1.0)])
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")


def test_texts_as_one_safe_line() -> None:
    assert plain("a\n b\t\tc") == "a b c"
    assert plain("a\u202eb\x00c\ud800d") == "a\ufffdb\ufffdc\ufffdd"
    assert plain("abcdef", 4) == "abc…"
    assert for_markdown("a|b_c`d`<e>") == "a\\|b\\_c\\`d\\`&lt;e&gt;"


def test_worst_are_chosen_by_turns_and_direction(tmp_path: Path) -> None:
    records = [
        clip("a1", 1.0, psnr=30.0, method="a"), clip("a9", 9.0, psnr=10.0, method="a"),
        clip("a8", 8.0, psnr=20.0, method="a"), clip("b1", 0.1, psnr=40.0, method="b"),
        clip("b2", "x", method="b"),
    ]  # fmt: skip
    chosen = choose_worst(ClipTable.of(records, PLAN), 3)
    names = {
        worst.figure.name if worst.figure else None: [records[row].id for row in worst.rows]
        for worst in chosen
    }
    assert names == {ROTATION: ["a9", "b1", "a8"], PSNR: ["a9", "b1", "a8"], None: ["b2"]}


def test_pictures_show_the_same_moments(videos: Path, tmp_path: Path) -> None:
    report(tmp_path / "out", [shown("A", 1.0), shown("a", 2.0)], base=videos)
    pictures = sorted(file.name for file in (tmp_path / "out" / "pictures").iterdir())
    assert pictures == ["clip-000001.png", "clip-000002.png"]
    picture = np.asarray(Image.open(tmp_path / "out" / "pictures" / pictures[0]).convert("L")).astype(int)
    width = round(48 * 112 / 32)
    middles = [column * (width + 4) + width // 2 for column in range(5)]
    rows = [16 + 56, (16 + 112 + 4) + 16 + 56, 2 * (16 + 112 + 4) + 16 + 56]
    assert len(picture) == 3 * (16 + 112) + 2 * 4
    for row, values in zip(
        rows, ([0, 20, 40, 60, 80], [0, 40, 80, 120, 160], [0, 40, 80, 120, 160]), strict=True
    ):
        assert [int(picture[row, middle]) for middle in middles] == pytest.approx(values, abs=6)
    assert "at 0.00, 0.20, 0.40, 0.60, 0.80 s" in (tmp_path / "out" / "index.html").read_text()


def test_a_video_that_is_gone_is_said_and_the_rest_is_shown(videos: Path, tmp_path: Path) -> None:
    records = [shown("A", 1.0), shown("B", 2.0, psnr=1.0)]
    (videos / "true clip.mp4").write_bytes(b"no video")
    report(tmp_path / "out", records, base=videos)
    page = page_of(tmp_path / "out")
    assert "true clip.mp4" in page.words
    assert len(list((tmp_path / "out" / "pictures").iterdir())) == 2
    (videos / "generated clip.mp4").unlink()
    report(tmp_path / "out", records, base=videos)
    assert "generated clip.mp4" in page_of(tmp_path / "out").words
    assert not (tmp_path / "out" / "pictures").exists()


def test_a_new_report_replaces_the_old_one_and_nothing_else(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report(out, [shown("A", 1.0), shown("B", 2.0)], base=videos)
    (out / "pictures" / "mine.png").write_bytes(b"mine")
    report(out, [shown("A", 1.0)], base=videos)
    assert sorted(file.name for file in (out / "pictures").iterdir()) == ["clip-000001.png", "mine.png"]
    assert sorted(file.name for file in out.iterdir()) == [
        "cache", "clips.jsonl", "index.html", "pictures", "report.json", "report.md"
    ]  # fmt: skip


def test_the_found_way_stands_beside_the_asked_one(videos: Path, tmp_path: Path) -> None:
    record = shown("A", 1.0, shift=0.5)
    record.found["cameras"].details.update(  # type: ignore[attr-defined]
        {"asked": [[0, 0, 0], [1, 0, 0]], "solved": [[0, 0, 0], [0, -1, 0]]}
    )
    report(tmp_path / "out", [record], base=videos)
    page = page_of(tmp_path / "out")
    lines = [value for name, value in page.attributes if name == "points"]
    assert lines[:4] == [
        "25.0,95.0 165.0,95.0", "25.0,95.0 25.0,95.0", "215.0,165.0 355.0,165.0", "215.0,165.0 215.0,25.0"
    ]  # fmt: skip


def test_equal_runs_give_equal_bytes(videos: Path, tmp_path: Path) -> None:
    records = [
        shown(
            f"c{i}", "fails" if i % 5 == 0 else i / 7, shift=i / 9, psnr=20 + i % 4, method=f"m{i % 3}",
            preset=f"p{i % 4}",
        )
        for i in range(24)
    ]  # fmt: skip
    trees = []
    for name in ("one", "two"):
        report(tmp_path / name, records, base=videos, worst=2)
        files = sorted(file for file in (tmp_path / name).rglob("*") if file.is_file())
        trees.append({str(file.relative_to(tmp_path / name)): file.read_bytes() for file in files})
    assert trees[0] == trees[1]
    assert len(trees[0]) > 6


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    summary = summarise([], PLAN, Store(tmp_path / "cache"), {})
    with pytest.raises(OutputError):
        write_report(tmp_path / "out", summary, [], PLAN)


def test_many_methods_and_presets_have_plots_of_all(tmp_path: Path) -> None:
    records = [
        clip(f"{m}{p}{s}", m + s / 5, shift=0.1 * m + s, psnr=20.0, method=f"m{m}", preset=f"preset {p}")
        for m in range(6) for p in range(12) for s in range(2)
    ]  # fmt: skip
    summary = summarise(records, PLAN, Store(tmp_path), {})
    plots = make_plots(ClipTable.of(records, PLAN), summary, PLAN.figures)
    assert [plot.title for plot in plots] == [
        "Means by method", "rotation, mean by preset", "translation, max-norm mean by preset",
        "PSNR by preset", "rotation, mean against translation, max-norm mean",
    ]  # fmt: skip
    assert all(plot.svg.startswith(b"<?xml") for plot in plots)
