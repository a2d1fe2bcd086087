"""What goes wrong in a long run: broken, endless and vanishing videos, full disks, kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from clip_folder import (
    CHEAP,
    change_row,
    clip_folder,
    reasons_of,
    records_of,
    report_bytes,
    report_of,
    write_clip,
)

from recam.errors import OutputError
from recam.evaluation import footage
from recam.evaluation.evaluate import evaluate
from recam.evaluation.footage import MOST_FRAMES
from recam.video import Video, VideoInfo
from small_disk import small_disk

TOOL = Path(__file__).parents[2] / "tools" / "kill_evaluate.py"
COMMAND = (sys.executable, "-m", "recam.apps.cli.main", "evaluate")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return clip_folder(tmp_path / "clips", sources=1, clips=3)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _sound_only(file: Path) -> None:
    with av.open(str(file), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _many_frames(file: Path) -> None:
    Video.from_frames(np.zeros((MOST_FRAMES + 1, 16, 16, 3), np.uint8), 30).save(file)


def _playlist(file: Path) -> None:
    file.write_text("#EXTM3U\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n")


def _flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = np.random.default_rng(0).bytes(len(content) - len(content) // 2)
    file.write_bytes(content)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda file: file.write_bytes(b""), "empty"),
    "text": (lambda file: file.write_text("hello " * 100), ""),
    "cut": (_cut, "cut off"),
    "flipped": (_flipped, ""),
    "sound only": (_sound_only, "no video"),
    "many frames": (_many_frames, "2001 frames"),
    "playlist": (_playlist, ""),
    "unreadable device": (lambda file: (file.unlink(), os.mkfifo(file)), "is no file"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("role", ["generated", "target"])
def test_a_broken_video_is_a_row_with_its_reason(
    manifest: Path, tmp_path: Path, kind: str, role: str
) -> None:
    spoil, said = BROKEN[kind]
    spoil(manifest.parent / "videos" / ("0-1.mp4" if role == "generated" else "true-0-1.mp4"))
    reasons = reasons_of(manifest, tmp_path / "store")
    assert set(reasons) == {"0-1"}
    assert said in reasons["0-1"]
    assert str(tmp_path) not in reasons["0-1"]


def test_a_broken_source_breaks_the_rows_of_that_source(manifest: Path, tmp_path: Path) -> None:
    _cut(manifest.parent / "videos/source0.mp4")
    reasons = reasons_of(manifest, tmp_path / "store")
    assert set(reasons) == {"0-0", "0-1", "0-2"}
    assert all("videos/source0.mp4: " in reason for reason in reasons.values())


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("size", [(2, 2), (16, 200)])
def test_tiny_clips_have_figures_or_reasons(
    manifest: Path, tmp_path: Path, frames: int, size: tuple[int, int]
) -> None:
    for name in ("source0", "0-0", "true-0-0"):
        shown = np.random.default_rng(len(name)).integers(0, 255, (frames, *size, 3), dtype=np.uint8)
        Video.from_frames(shown, 15).save(manifest.parent / f"videos/{name}.mp4")
    change_row(manifest, 1, target=...)
    change_row(manifest, 2, target=...)
    for record in records_of(manifest, tmp_path / "store"):
        assert not record.fault
        for found in record.found.values():
            for name, value in found.values.items():
                assert value is not None or found.missing[name].reason


def test_another_size_than_the_true_video_fails_only_what_compares(manifest: Path, tmp_path: Path) -> None:
    write_clip(manifest.parent / "videos/0-1.mp4", 5, frames=9, size=64)
    Video.from_frames(np.zeros((5, 32, 64, 3), np.uint8), 15).save(manifest.parent / "videos/0-1.mp4")
    record = records_of(manifest, tmp_path / "store")[1]
    assert not record.reason
    assert record.found["flicker"].values["vbench.flicker"] is not None
    assert record.found["likeness"].missing["psnr"].status == "failed"


@pytest.mark.parametrize(("change", "said"), [("write", "changed while"), ("unlink", "went away while")])
def test_a_file_that_changes_or_vanishes_amid_the_run(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, said: str
) -> None:
    read = footage.read_frames
    file = manifest.parent / "videos" / "0-1.mp4"

    def meddle(info: VideoInfo):
        frames = read(info)
        yield next(frames)
        if info.path == file and change == "write":
            with file.open("ab") as opened:
                opened.write(b"more")
        elif info.path == file:
            file.unlink()
        yield from frames

    monkeypatch.setattr(footage, "read_frames", meddle)
    store = tmp_path / "store"
    reasons = reasons_of(manifest, store)
    assert set(reasons) == {"0-1"}
    assert said in reasons["0-1"]
    monkeypatch.undo()
    write_clip(file, seed=2)  # as it was: nothing of the changed one was kept under its content
    assert records_of(manifest, store) == records_of(manifest, tmp_path / "fresh")


def test_a_full_disk_ends_the_run_with_one_error_and_it_goes_on(manifest: Path, tmp_path: Path) -> None:
    with small_disk(150), pytest.raises(OutputError, match="cannot be written: file too large"):
        evaluate(manifest, tmp_path / "report", CHEAP)
    assert not [path for path in (tmp_path / "report").rglob("*") if ".part" in path.name]
    assert report_of(manifest, tmp_path / "report") == report_of(manifest, tmp_path / "fresh")


def test_ctrl_c_ends_all_processes_and_the_run_goes_on(tmp_path: Path) -> None:
    manifest = clip_folder(tmp_path / "clips", sources=6, clips=3)
    words = [str(manifest), "-o", str(tmp_path / "report"), "-j", "2"]
    only = [word for name in CHEAP.only for word in ("--only", name)]
    run = subprocess.Popen([*COMMAND, *words, *only], start_new_session=True, stderr=subprocess.PIPE)
    while run.poll() is None and not list((tmp_path / "report").rglob("found/*/*/*.json")):
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=60)[1].decode()
    if run.returncode:  # else it was done before
        assert run.returncode == 130, said
        assert said == "recam evaluate: interrupted; no unfinished file was left behind\n"
    assert not [p for p in (tmp_path / "report").rglob("*") if ".part" in p.name or "running" in p.name]
    evaluate(manifest, tmp_path / "report", CHEAP)
    assert report_bytes(tmp_path / "report") == report_of(manifest, tmp_path / "fresh")


def test_killed_at_a_few_moments(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, TOOL, "--times", "2", "--clips", "9", "--folder", tmp_path],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {"kills": 2, "faults": []}
