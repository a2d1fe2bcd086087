"""``recam camera explain`` and expressions given to ``--camera``, as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typed import ENVIRONMENT, RECAM

from recam.camera import CameraPath

EXAMPLE = "arc-left(30deg) @ease-in-out, then dolly-in(1.5m) over 20f, hold 10f"


def test_explain_says_what_happens_when(recam) -> None:
    lines = recam("camera", "explain", EXAMPLE).out.splitlines()
    assert lines[0] == "arc-left(30deg) @ease-in-out, dolly-in(1.5m) over 20f, hold 10f: 81 frames"
    assert lines[1].startswith("frames 0-50: goes round the subject (4 m ahead of the start) to the left")
    assert lines[2:4] == ["frames 51-70: drives 1.5 m forwards", "frames 71-80: stays where it is"]
    assert lines[4].startswith("in all: travels 3.571 m")


def test_explain_json_and_frame_by_frame(recam) -> None:
    words = ("camera", "explain", "pan-left(30deg) over 1s, zoom-in over 1s", "--fps", "10", "--frames")
    data = json.loads(recam(*words, "--json").out)
    assert data["num_frames"] == 20
    assert [(step["first"], step["last"]) for step in data["steps"]] == [(0, 9), (10, 19)]
    assert data["zoom"]["last"] == pytest.approx(2)
    assert data["frames"][9]["looks_right"] == pytest.approx(-30)
    assert data["frames"][5]["turn_degrees"] == pytest.approx(30 / 9 * 10)  # a second
    table = recam(*words).out.splitlines()
    assert len(table[table.index("") + 2 :]) == 20


def test_explain_tells_a_file_from_its_poses(recam, tmp_path: Path) -> None:
    file = tmp_path / "path.json"
    CameraPath.from_expression("dolly-in(1m) over 20f, zoom-in(2x) over 20f").save(file)
    lines = recam("camera", "explain", file).out.splitlines()
    assert lines[0].endswith("40 frames, told from the poses")
    assert lines[1:3] == [
        "frames 0-19: drives 1 m forwards",
        "frames 20-39: zooms in 2 times (the lens; no motion)",
    ]


@pytest.mark.parametrize("command", [("camera", "explain"), ("camera", "show")])
def test_an_error_names_the_character(recam, command: tuple[str, ...]) -> None:
    line = recam(*command, "pan-left, dolly-inn(2m)").refused("at character 11: ", "did you mean 'dolly-in'")
    assert line.startswith(f"recam {' '.join(command)}: ")


@pytest.mark.parametrize("text", ["none.json", "shot.yaml", "cams/arc-left", "x.npz", "walk.mp4"])
def test_what_looks_like_a_file_is_one(recam, text: str) -> None:
    assert "character" not in recam("camera", "show", text).refused(text)


def test_a_long_text_is_no_file_name(recam) -> None:
    text = ", ".join(["pan-left(1deg)"] * 100)
    assert recam("camera", "explain", text, "--num-frames", "200").code == 0
    recam("camera", "explain", "pan-left, " * 1000).refused("too long")


def test_a_terminal_shows_the_place() -> None:
    reader, writer = os.openpty()
    words = [*RECAM, "camera", "explain", "pan-left, dolly-inn(2m)"]
    assert subprocess.run(words, stderr=writer, env=ENVIRONMENT, timeout=60).returncode == 2
    os.close(writer)
    lines = os.read(reader, 4096).decode().replace("\r", "").split("\n")
    os.close(reader)
    assert lines[1] == "  pan-left, dolly-inn(2m)"
    assert lines[2] == " " * 12 + "^"


def test_expressions_are_taken_wherever_a_camera_is(recam, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    text = "orbit-left(90deg) while zoom-in(2x)"
    assert recam("camera", "convert", text, "--num-frames", "9", "-o", file).code == 0
    made, said = CameraPath.load(file), CameraPath.from_expression(text, 9)
    np.testing.assert_array_equal(made.extrinsics, said.extrinsics)
    np.testing.assert_allclose(made.zooms, said.zooms)


@pytest.mark.parametrize("command", ["show", "explain"])
def test_distance_strength_and_seconds(recam, command: str) -> None:
    words = ("camera", command, "orbit-left(90deg) over 1s", "--subject-distance", "2", "--strength", "0.5")
    data = json.loads(recam(*words, "--fps", "12", "--json").out)
    assert data["num_frames"] == 12
    travelled = data["travelled_m"] if command == "explain" else data["translation_length_m"]
    assert travelled == pytest.approx(2 * np.pi / 4, rel=0.01)
    recam(*words).refused("--fps")
    recam("camera", command, "pan-left", "--subject-distance", "0").refused("subject_distance")


def test_the_published_zoom_is_said_to_be_a_dolly(recam) -> None:
    ran = recam("camera", "show", "Zoom In")
    assert ran.code == 0
    assert ran.out.startswith("dolly-in: ")
    assert "note: 'Zoom In' is the published name of dolly-in" in ran.err
    assert recam("camera", "show", "zoom-in").err == ""


def test_list_groups_the_presets(recam) -> None:
    lines = recam("camera", "list").out.splitlines()
    more = lines.index("More moves:")
    assert any(line.split()[:3] == ["9", "arc-left", "30deg"] for line in lines[:more])
    assert any(line.split()[:2] == ["orbit-left", "45deg"] for line in lines[more:])


def test_a_path_that_does_not_move_is_said_to(recam) -> None:
    lines = recam("camera", "explain", "arc-left", "--num-frames", "1").out.splitlines()
    assert lines[1] == "frame 0: a single view"
    lines = recam("camera", "explain", "arc-left", "--strength", "0").out.splitlines()
    assert lines[1] == "frames 0-80: stays where it is"
