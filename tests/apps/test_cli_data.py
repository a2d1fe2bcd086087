"""``recam data`` as a user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typed import moving_square

from recam.camera import CameraPath, Poses, write_multicamvideo
from recam.video import Video

MOVES = ("static", "pan-right")


@pytest.fixture
def own_clips(tmp_path: Path) -> Path:
    """Two scenes of two cameras each, with captions."""
    root = tmp_path / "clips"
    for scene in ("kitchen", "street"):
        (root / scene).mkdir(parents=True)
        cameras: dict[str, Poses] = {}
        for number, move in enumerate(MOVES):
            cameras[f"view{number}"] = CameraPath.preset(move, num_frames=5).poses
            frames = np.clip(moving_square(5).astype(int) + 9 * number, 0, 255).astype(np.uint8)
            Video.from_frames(frames, 8).save(root / scene / f"view{number}.mp4")
        write_multicamvideo(root / scene / "cameras.json", cameras)
    (root / "captions.json").write_text(json.dumps({"kitchen": "a cook", "street": "a car"}))
    return root


def test_index_counts_and_writes_lines(recam, own_clips: Path, tmp_path: Path) -> None:
    shown = recam("data", "index", own_clips)
    assert (shown.code, shown.err) == (0, "")
    assert "2 scenes (own clips: 2), 4 videos, 20 frames by the camera files, 4 videos with" in shown.out
    index = tmp_path / "index.jsonl"
    data = json.loads(recam("data", "index", own_clips, "-o", index, "--checksums", "--json").out)
    assert (data["layout"], data["scenes"], data["cameras"]) == ("clips", 2, {"2": 2})
    assert [json.loads(line)["scene"] for line in index.read_text().splitlines()] == ["kitchen", "street"]
    (own_clips / "street" / "cameras.json").unlink()
    broken = recam("data", "index", own_clips)
    assert broken.code == 2
    assert "cannot be read: " in broken.out
    assert "street" in broken.out


def test_check_is_quiet_on_sound_clips(recam, own_clips: Path) -> None:
    shown = recam("data", "check", own_clips, "--workers", "2")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out == f"{own_clips}: 2 scenes, 4 videos, 20 frames decoded: all is well\n"


def test_check_names_what_is_bad_and_puts_it_aside(recam, own_clips: Path, tmp_path: Path, only) -> None:
    bad = own_clips / "street" / "view1.mp4"
    bad.write_bytes(bad.read_bytes()[:-300])
    report = tmp_path / "report.json"
    words = ("data", "check", own_clips, "--report", report, "--quarantine", tmp_path / "bad")
    shown = recam(*words)
    assert shown.code == 2
    assert shown.out.splitlines()[0].startswith("street/view1.mp4: is ")
    assert "1 problem in 1 scene (video: 1)" in shown.out
    data = json.loads(report.read_text())
    assert (data["clean"], data["bad_scenes"], data["quarantined"]) == (False, ["street"], ["street"])
    assert data["problems"][0]["kind"] == "video"
    only("clips", "report.json", "bad")
    assert (tmp_path / "bad" / "street" / "view1.mp4").exists()
    assert json.loads(recam("data", "check", own_clips, "--json").out)["clean"]


def test_check_against_an_index(recam, own_clips: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.jsonl"
    recam("data", "index", own_clips, "-o", index, "--checksums")
    shutil.copy(own_clips / "kitchen" / "view1.mp4", own_clips / "kitchen" / "view0.mp4")
    shown = recam("data", "check", own_clips, "--against", index)
    assert shown.code == 2
    assert "kitchen/view0.mp4: now holds what kitchen/view1.mp4 held when it was indexed" in shown.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("index", "{root}/none"), ["none", "no such folder"]),
        (("index", "{root}", "--checksums"), ["--checksums", "-o"]),
        (("check", "{root}", "--quarantine", "{root}/bad"), ["lies in the data set"]),
        (("check", "{root}", "--against", "{root}/captions.json"), ["captions.json", "is no"]),
        (("check", "{root}", "--captions", "{root}/street"), ["no kind of caption file"]),
        (("check", "{root}", "--report", "{root}/none/report.json"), ["does not exist"]),
        (("check", "{root}", "--workers", "0"), ["--workers"]),
    ],
)
def test_bad_words_are_refused(recam, own_clips: Path, words: tuple[str, ...], said: list[str]) -> None:
    recam("data", *(word.format(root=own_clips) for word in words)).refused("recam data ", *said)
    assert not (own_clips / "bad").exists()
