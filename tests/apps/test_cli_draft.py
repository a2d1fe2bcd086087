"""``recam draft`` as a user types it."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from typed import ENVIRONMENT, RECAM

from recam.video import Video, probe


def test_a_draft_keeps_size_rate_and_length(recam, video_of, tmp_path: Path) -> None:
    output = tmp_path / "preview.mp4"
    ran = recam("draft", video_of(24), "--camera", "arc-left", "-o", output)
    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"{output}: arc-left, 24 frames, 64x48")
    info = probe(output)
    assert (info.num_frames, info.width, info.height, info.fps) == (24, 64, 48, 8)


def test_json_tells_what_was_written(recam, video_of, tmp_path: Path) -> None:
    output = tmp_path / "preview.mp4"
    ran = recam("draft", video_of(24), "-c", "10", "--strength", "0.5", "--fill", "-o", output, "--json")
    data = json.loads(ran.out)
    assert data["output"] == str(output)
    assert data["camera"] == "arc-right"
    assert data["num_frames"] == 24
    assert ran.err == ""


def test_left_is_left(recam, video_of, tmp_path: Path) -> None:
    """Turning right uncovers what was never seen at the right edge; turning left, at the left edge."""
    source = Video.load(video_of(24)).frames[-1].astype(int)
    for camera, fresh, kept in (("pan-right", -1, 0), ("pan-left", 0, -1)):
        output = tmp_path / f"{camera}.mp4"
        assert recam("draft", video_of(24), "--camera", camera, "-o", output).code == 0
        last = Video.load(output).frames[-1].astype(int)
        greyness = np.ptp(last[:, fresh], axis=-1).mean()
        assert greyness < 8, "the checker is grey"
        assert np.ptp(last[:, kept], axis=-1).mean() > 20
        assert abs(last - source).mean() > 10


def test_a_camera_file_is_spread_over_the_video(recam, video_of, cameras_json: Path, tmp_path: Path) -> None:
    output = tmp_path / "preview.mp4"
    chosen = ("--camera-name", "cam02", "--source-camera", "cam01")
    assert recam("draft", video_of(24), "--camera", cameras_json, *chosen, "-o", output).code == 0
    assert probe(output).num_frames == 24


def test_a_bad_video_is_refused(recam, bad_video: tuple[Path, str], tmp_path: Path, only) -> None:
    file, word = bad_video
    line = recam("draft", file, "--camera", "arc-left", "-o", tmp_path / "out.mp4").refused(
        "recam draft: ", word
    )
    assert str(file) in line
    only(*(["bad.mp4"] if file.exists() else []))


def test_one_frame_is_no_video(recam, video_of, tmp_path: Path, only) -> None:
    recam("draft", video_of(1), "-c", "arc-left", "-o", tmp_path / "out.mp4").refused("frame")
    only()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--camera", "arc-lft"), ["did you mean 'arc-left'"]),
        (("--camera", "none.json"), ["none.json", "no such file"]),
        (("--camera", "arc-left", "--strength", "nan"), ["strength", "nan"]),
        (("--camera", "arc-left", "--depth", "0"), ["depth"]),
        (("--camera", "arc-left", "--depth", "nan"), ["depth"]),
        (("--camera", "arc-left", "--fov", "180"), ["180"]),
        (("--camera", "dolly-in", "--depth", "1"), ["depth"]),
        ((), ["--camera"]),
    ],
)
def test_bad_options_are_one_line(
    recam, video_of, tmp_path: Path, only, words: list[str], said: list[str]
) -> None:
    recam("draft", video_of(24), *words, "-o", tmp_path / "out.mp4").refused("recam draft: ", *said)
    only()


def test_the_output_is_checked_before_any_work(recam, video_of, tmp_path: Path, only) -> None:
    words = ("draft", video_of(24), "--camera", "arc-left", "-o")
    recam(*words, tmp_path / "none" / "out.mp4").refused("does not exist")
    recam(*words, tmp_path).refused("is a folder")
    recam(*words, tmp_path / "out.txt").refused(".mp4")
    recam(*words, video_of(24)).refused("is the source video")
    only()


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid"), reason="POSIX permissions")
def test_a_folder_that_cannot_be_written(recam_process, video_of, tmp_path: Path) -> None:
    """For root, who may write anywhere, /proc is the folder that nobody can write."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.geteuid() == 0:
        folder = Path("/proc")
    ran = recam_process("draft", video_of(24), "--camera", "arc-left", "-o", folder / "out.mp4")
    ran.refused("recam draft: ", "cannot write")


def _full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))


def test_a_full_disk_leaves_nothing(recam_process, video_of, tmp_path: Path, only) -> None:
    output = tmp_path / "out.mp4"
    ran = recam_process("draft", video_of(24), "--camera", "arc-left", "-o", output, preexec_fn=_full_disk)
    ran.refused("recam draft: ", str(output))
    only()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_draft_leaves_nothing(video_of, tmp_path: Path, only, number: int, code: int) -> None:
    long = tmp_path / "long.mp4"
    Video.from_frames(np.tile(Video.load(video_of(24)).frames, (40, 4, 4, 1)), 24).save(
        long, preset="ultrafast"
    )
    words = [*RECAM, "draft", str(long), "--camera", "arc-left", "-o", str(tmp_path / "out.mp4")]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size for path in tmp_path.glob(".out*")) and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)  # until it writes
        process.send_signal(number)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert len(errors.splitlines()) == (1 if number == signal.SIGINT else 0), errors
    only("long.mp4")
