"""``recam camera`` as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PUBLISHED = (
    *("pan-right", "pan-left", "tilt-up", "tilt-down", "dolly-in"),
    *("dolly-out", "crane-up", "crane-down", "arc-left", "arc-right"),
)


def test_list_names_every_preset_with_its_number(recam) -> None:
    ran = recam("camera", "list")
    assert ran.code == 0
    for number, name in enumerate(PUBLISHED, 1):
        assert any(line.split()[:2] == [str(number), name] for line in ran.out.splitlines()), name
    presets = json.loads(recam("camera", "list", "--json").out)["presets"]
    assert [preset["id"] for preset in presets[:10]] == list(range(1, 11))
    assert {"orbit-left", "dolly-zoom-in", "handheld"} <= {preset["name"] for preset in presets[10:]}
    assert all(preset["group"] == ("published" if preset["id"] else "more") for preset in presets)


def test_show_says_where_the_path_goes(recam) -> None:
    ran = recam("camera", "show", "arc-left")
    assert ran.code == 0
    first = ran.out.splitlines()[0]
    assert first.startswith("arc-left: 81 frames, travels 2.058 m")
    last = ran.out.splitlines()[-1].split()
    assert last[0] == "80"
    assert float(last[1]) == pytest.approx(-2 * 80 / 80.5, abs=1e-3)  # arc left goes left, -x
    assert float(last[4]) > 20  # and looks back to the right, at the subject


def test_show_json_is_the_path_itself(recam) -> None:
    data = json.loads(recam("camera", "show", "5", "--num-frames", "9", "--strength", "0.5", "--json").out)
    extrinsics = np.array(data["extrinsics"])
    assert data["name"] == "dolly-in"
    assert extrinsics.shape == (9, 3, 4)
    np.testing.assert_allclose(extrinsics[-1, :, 3], [0, 0, 0.5 * 2 * 80 / 80.5])


@pytest.mark.parametrize("strength", ["nan", "inf", "-inf"])
def test_strength_must_be_finite(recam, strength: str) -> None:
    recam("camera", "show", "arc-left", "--strength", strength).refused(
        "recam camera show: ", "strength", strength
    )


def test_an_unknown_preset_suggests_the_nearest(recam) -> None:
    recam("camera", "show", "ark-left").refused("'ark-left'", "did you mean 'arc-left'")


def test_camera_name_without_a_file_is_refused(recam) -> None:
    recam("camera", "show", "arc-left", "--camera-name", "cam05").refused("--camera-name", "arc-left")


def _break(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], list[str]]] = {
    "a frame is missing": (lambda d: d.pop("frame3"), ["frame 3", "missing"]),
    "a camera is missing in a frame": (lambda d: d["frame7"].pop("cam02"), ["frame 7", "cam02", "missing"]),
    "a frame is empty": (lambda d: d.update(frame4={}), ["frame 4"]),
    "a pose is null": (lambda d: d["frame2"].update(cam02=None), ["frame 2", "cam02"]),
    "a row is missing": (
        lambda d: d["frame2"].update(cam02="[1 0 0 0] [0 1 0 0] [0 0 1 0]"),
        ["frame 2", "cam02", "four rows"],
    ),
    "NaN in a pose": (
        lambda d: d["frame5"].update(cam02="[1 0 0 0] [0 1 0 0] [0 0 1 0] [nan 0 0 1]"),
        ["frame 5", "cam02", "finite"],
    ),
    "not a rotation": (
        lambda d: d["frame1"].update(cam02="[2 0 0 0] [0 1 0 0] [0 0 1 0] [0 0 0 1]"), ["frame 1", "cam02"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("flaw", BROKEN)
def test_a_broken_camera_file_names_frame_and_camera(recam, cameras_json: Path, only, flaw: str) -> None:
    change, words = BROKEN[flaw]
    _break(cameras_json, change)
    output = cameras_json.with_name("path.json")
    ran = recam("camera", "convert", cameras_json, "--camera-name", "cam02", "-o", output)
    ran.refused("recam camera convert: ", str(cameras_json), *words)
    only("cameras.json")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["empty"]),
        ('{"frame0": {"cam01": "[1 0', ["broken JSON", "line 1"]),
        ("not json at all", ["not a camera file"]),
        ('{"answer": 42}', ["no camera file that recam knows"]),
        ("[" * 100_000, ["not a camera file"]),
    ],
    ids=["empty", "cut off", "text", "other json", "deep"],
)
def test_what_is_no_camera_file_is_refused(recam, tmp_path: Path, content: str, words: list[str]) -> None:
    file = tmp_path / "cameras.json"
    file.write_text(content)
    recam("camera", "show", file).refused(str(file), *words)


def test_a_missing_camera_file_and_a_folder_are_refused(recam, tmp_path: Path) -> None:
    recam("camera", "show", tmp_path / "none.json").refused("none.json", "no such file")
    recam("camera", "show", str(tmp_path) + "/").refused("folder")


def test_a_file_with_several_cameras_needs_a_name(recam, cameras_json: Path) -> None:
    recam("camera", "show", cameras_json).refused("cam01, cam02", "--camera-name")
    recam("camera", "show", cameras_json, "--camera-name", "cam2").refused("'cam2'", "cam01, cam02")
    recam("camera", "show", cameras_json, "--camera-name", "cam02", "--source-camera", "c").refused("'c'")


def test_strength_is_refused_for_a_file(recam, cameras_json: Path) -> None:
    recam("camera", "show", cameras_json, "--camera-name", "cam02", "--strength", "2").refused("--strength")


def test_a_path_is_relative_to_the_camera_that_filmed(recam, cameras_json: Path) -> None:
    words = ("camera", "show", cameras_json, "--camera-name", "cam02", "--json")
    own = np.array(json.loads(recam(*words).out)["extrinsics"])
    np.testing.assert_allclose(own[0], np.eye(3, 4), atol=1e-9)
    seen = np.array(json.loads(recam(*words, "--source-camera", "cam01").out)["extrinsics"])
    np.testing.assert_allclose(seen[0, :, 3], [-1, 0, 0], atol=1e-9)  # cam02 starts 1 m to the left of cam01


def test_convert_there_and_back_keeps_the_path(recam, cameras_json: Path) -> None:
    own, back = cameras_json.with_name("own.json"), cameras_json.with_name("back.json")
    chosen = ("--camera-name", "cam02", "--source-camera", "cam01")
    assert recam("camera", "convert", cameras_json, *chosen, "-o", own).code == 0
    ran = recam("camera", "convert", own, "--to", "multicamvideo", "-o", back, "--json")
    written = json.loads(ran.out)
    assert (written["output"], written["format"]) == (str(back), "multicamvideo")
    assert written["cameras"] == {"cam01": 9, "cam00": 9}
    expected = np.array(json.loads(recam("camera", "show", own, "--json").out)["extrinsics"])
    again = ("--camera-name", "cam01", "--source-camera", "cam00")
    found = np.array(json.loads(recam("camera", "show", back, *again, "--json").out)["extrinsics"])
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_convert_lengthens_a_path(recam, cameras_json: Path) -> None:
    longer = cameras_json.with_name("longer.json")
    words = (cameras_json, "--camera-name", "cam02", "--num-frames", "33", "-o", longer)
    assert recam("camera", "convert", *words).code == 0
    extrinsics = np.array(json.loads(recam("camera", "show", longer, "--json").out)["extrinsics"])
    assert len(extrinsics) == 33
    np.testing.assert_allclose(extrinsics[-1, :, 3], [0, 0, 2 * 80 / 80.5], atol=1e-9)


def test_the_output_is_checked_before_any_work(recam, tmp_path: Path, only) -> None:
    recam("camera", "convert", "arc-left", "-o", tmp_path / "none" / "a.json").refused("does not exist")
    recam("camera", "convert", "arc-left", "-o", tmp_path).refused("is a folder")
    recam("camera", "plot", "arc-left", "-o", tmp_path / "a.jpg").refused(".png", ".html")
    only()
