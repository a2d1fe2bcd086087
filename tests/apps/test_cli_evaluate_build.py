"""``recam evaluate build`` as a user types it, and a manifest of it scored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typed import moving_square

from recam.video import Video

PRESETS = ("pan-right", "arc-left")


@pytest.fixture
def clips(tmp_path: Path, video_of) -> Path:
    """Two sources, and results of both under two presets in a method's folder."""
    content = video_of(5).read_bytes()
    for name in ("cat", "dog"):
        for path in (tmp_path / "videos", *(tmp_path / "out" / preset for preset in PRESETS)):
            path.mkdir(parents=True, exist_ok=True)
            (path / f"{name}.mp4").write_bytes(content)
    (tmp_path / "videos" / "captions.json").write_text(json.dumps({"cat": "a cat", "dog.mp4": "a dog"}))
    return tmp_path


def test_builds_and_scores(recam, clips: Path) -> None:
    manifest = clips / "manifest.jsonl"
    words = ("evaluate", "build", "--sources", clips / "videos", "--results", f"mine={clips / 'out'}")
    shown = recam(*words, "-o", manifest, "--fov", "60")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out == (
        "2 sources, 2 presets: pan-right, arc-left\n"
        "mine (preset-folders): 4 found, 0 missing\n"
        f"{manifest}: 4 rows\n"
    )
    first = json.loads(manifest.read_text().splitlines()[0])
    assert first == {
        "id": "mine__cat__pan-right", "source": "videos/cat.mp4", "generated": "out/pan-right/cat.mp4",
        "method": "mine", "preset": "pan-right", "caption": "a cat", "fov_degrees": 60.0,
    }  # fmt: skip
    report = clips / "report"
    scored = recam("evaluate", manifest, "-o", report, "--only", "flicker")
    assert scored.code == 0, scored.err
    lines = [json.loads(line) for line in (report / "clips.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == [
        f"mine__{name}__{preset}" for name in ("cat", "dog") for preset in PRESETS
    ]
    assert not any(line.get("reason") for line in lines)


def test_what_is_amiss_is_told_and_ends_with_2(recam, clips: Path) -> None:
    (clips / "out" / "arc-left" / "cat.mp4").rename(clips / "out" / "arc-left" / "cow.mp4")
    manifest = clips / "manifest.jsonl"
    words = ("evaluate", "build", "--sources", clips / "videos", "--results", clips / "out", "-o", manifest)
    shown = recam(*words)
    assert shown.code == 2
    assert "missing: out__cat__arc-left\n" in shown.out
    assert "arc-left/cow.mp4: no source: there is no source called 'cow'" in shown.out
    assert len(manifest.read_text().splitlines()) == 4
    scored = recam("evaluate", manifest, "-o", clips / "report", "--only", "flicker", "--strict")
    assert scored.code == 2
    data = json.loads(recam(*words, "--json", "--no-missing").out)
    assert data["missing"] == ["out__cat__arc-left"]
    assert data["rows"] == 3
    assert data["methods"] == {"out": {"layout": "preset-folders", "found": 3, "missing": 1, "ignored": []}}
    assert [problem["kind"] for problem in data["problems"]] == ["no source"]


def test_dry_run_shows_the_rows(recam, clips: Path) -> None:
    words = ("evaluate", "build", "--sources", clips / "videos", "--results", clips / "out", "--dry-run")
    shown = recam(*words)
    assert shown.code == 0
    assert "row: out__dog__arc-left: videos/dog.mp4 -> out/arc-left/dog.mp4\n" in shown.out
    assert recam(*words, "-o", clips / "m.jsonl").code == 0
    assert not (clips / "m.jsonl").exists()


def test_layouts_and_patterns_of_several_methods(recam, clips: Path) -> None:
    content = (clips / "videos" / "cat.mp4").read_bytes()
    for name in ("cat", "dog"):
        (clips / "b").mkdir(exist_ok=True)
        (clips / "b" / f"run7-{name}-swing.mp4").write_bytes(content)
    shown = recam(
        "evaluate", "build", "--sources", clips / "videos", "--results", f"a={clips / 'out'}",
        "--results", f"b={clips / 'b'}", "--layout", "a=preset-folders", "--pattern",
        "b=run7-{source}-{preset}.mp4", "--rename", "swing=arc-left", "--presets", "arc-left", "--json",
        "--source-frames", "b=0:2",
        "-o", clips / "m.jsonl",
    )  # fmt: skip
    data = json.loads(shown.out)
    assert shown.code == 0
    assert data["methods"]["b"]["layout"] == "run7-{source}-{preset}.mp4"
    assert data["methods"]["a"]["found"] == 4
    rows = [json.loads(line) for line in (clips / "m.jsonl").read_text().splitlines()]
    assert {(row["method"], row.get("source_stride")) for row in rows} == {("a", None), ("b", 2)}
    assert data["rows"] == 6  # pan-right was not asked for, so b need not have it


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "-o FILE"),
        (("-o", "m.jsonl", "--rename", "swing"), "THEIRS=PRESET"),
        (("-o", "m.jsonl", "--pattern", "abc"), "no field"),
        (("-o", "m.jsonl", "--layout", "plain", "--layout", "das"), "twice"),
        (("-o", "m.jsonl", "--results", "out"), "names out twice"),
        (("-o", "m.jsonl", "--results", "x=videos", "--method", "y"), "--method names one folder"),
        (("-o", "m.jsonl", "--fov", "60", "--focal-mm", "24"), "leave one out"),
        (("-o", "m.jsonl", "--presets", "swoosh"), "unknown preset 'swoosh'"),
        (("-o", "m.jsonl", "--source-frames", "0:0"), "START:STRIDE"),
        (("-o", "m.jsonl", "--source-frames", "b=0:1"), "START:STRIDE"),
    ],
)
def test_words_that_cannot_be(
    recam, clips: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(clips)
    shown = recam("evaluate", "build", "--sources", "videos", "--results", "out", *words)
    assert shown.code == 2
    assert said in shown.err
    assert shown.out == ""
    assert not (clips / "m.jsonl").exists()


def test_the_focal_length_is_of_a_full_frame_unless_said(recam, clips: Path) -> None:
    words = ("evaluate", "build", "--sources", clips / "videos", "--results", clips / "out")
    for extra, degrees in (((), 73.739795), (("--sensor-mm", "23.76"), 52.671)):
        assert recam(*words, "-o", clips / "m.jsonl", "--focal-mm", "24", *extra).code == 0
        row = json.loads((clips / "m.jsonl").read_text().splitlines()[0])
        assert row["fov_degrees"] == pytest.approx(degrees, abs=1e-3)


def test_true_videos_of_a_pattern(recam, clips: Path) -> None:
    Video.from_frames(moving_square(5), 8).save(clips / "true_cat_pan-right.mp4")
    shown = recam(
        "evaluate", "build", "--sources", clips / "videos", "--results", clips / "out", "-o",
        clips / "m.jsonl", "--targets", f"{clips}/true_{{source}}_{{preset}}.mp4",
    )  # fmt: skip
    assert "3 rows without target\n" in shown.out
    assert json.loads((clips / "m.jsonl").read_text().splitlines()[0])["target"] == "true_cat_pan-right.mp4"
