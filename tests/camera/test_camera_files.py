"""Every way in which a camera file can be broken gives one line with path, frame and camera."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from camera_helpers import FIXTURES

from recam.camera import CameraPath, Poses, read_cameras, write_multicamvideo
from recam.errors import CameraFileError, InputError

Document = dict[str, Any]
Break = Callable[[Document], object]
GOOD = "[1 0 0 0] [0 1 0 0] [0 0 1 0] [3390 1380 240 1] "


def published() -> Document:
    return {f"frame{index}": {"cam01": GOOD, "cam05": GOOD} for index in range(12)}


def put(text: object) -> Break:
    return lambda document: document["frame7"].update(cam05=text)


def own() -> Document:
    rows = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    return {
        "format": "recam-camera-path",
        "version": 1,
        "name": "shot",
        "convention": {
            "poses": "camera-to-world, rows of [R|t]",
            "axes": "OpenCV: x right, y down, z forward",
            "units": "metres",
            "relative_to": "first source camera",
        },
        "lens": None,
        "num_frames": 9,
        "frames": [copy.deepcopy(rows) for _ in range(9)],
    }


def expect_refused(tmp_path: Path, content: str | bytes, reason: str) -> None:
    file = tmp_path / "cameras.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CameraFileError, match=reason) as caught:
        read_cameras(file)
    assert caught.value.path == file
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_unbroken_documents_are_read(tmp_path: Path) -> None:
    for name, document, count in (("published", published(), 12), ("own", own(), 9)):
        file = tmp_path / name
        file.write_text("\ufeff  " + json.dumps(document), encoding="utf-8")
        assert {len(poses) for poses in read_cameras(file).cameras.values()} == {count}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (put("[1 0 0 0] [0 1 0 0] [0 0 1 0]"), "frame 7, camera cam05: expected four rows of four numbers"),
        (put("[1 0 0] [0 1 0 0] [0 0 1 0] [0 0 0 1]"), "frame 7, camera cam05: .*rows of 3, 4, 4, 4"),
        (put(""), "frame 7, camera cam05: .*rows of none"),
        (put(GOOD.replace("3390", "x12")), "frame 7, camera cam05: a value is not a number"),
        (put(GOOD.replace("3390", "3_390")), "frame 7, camera cam05: a value is not a number"),
        (put(GOOD.replace("3390", "nan")), "frame 7, camera cam05: .*not finite"),
        (put(GOOD.replace("3390", "-inf")), "frame 7, camera cam05: .*not finite"),
        (put(GOOD.replace("[1 0 0 0]", "[2 0 0 0]")), "frame 7, camera cam05: .*not a rotation"),
        (put(GOOD.replace("[1 0 0 0]", "[-1 0 0 0]")), "frame 7, camera cam05: .*mirrors space"),
        (put(GOOD.replace("240 1", "240 0")), "frame 7, camera cam05: .*0 0 0 1"),
        (put(GOOD.replace("[1 0 0 0]", "[1 0 0 0")), "frame 7, camera cam05: expected a text of four rows"),
        (put("hello"), "frame 7, camera cam05: expected a text of four rows"),
        (put(None), "frame 7, camera cam05: expected a text of four rows"),
        (put([[1, 0, 0, 0]]), "frame 7, camera cam05: expected a text of four rows"),
        (lambda document: document["frame7"].pop("cam05"), "frame 7, camera cam05: the pose is missing"),
        (lambda document: document.pop("frame7"), "frame 7 is missing"),
        (lambda document: document.pop("frame0"), "frame 0 is missing"),
        (lambda document: document.update(frame7={}), "frame 7 holds no camera"),
        (lambda document: document.update(frame7="x"), "frame 7 must hold an object"),
        (lambda document: document.update(notes="x"), "unexpected entry 'notes'"),
        (lambda document: document.update(frame012={}), "unexpected entry 'frame012'"),
    ],
)
def test_broken_multicamvideo_files(tmp_path: Path, spoil: Break, reason: str) -> None:
    document = published()
    spoil(document)
    expect_refused(tmp_path, json.dumps(document), reason)


def pose(row: int, column: int, value: object) -> Break:
    def spoil(document: Document) -> None:
        document["frames"][4][row][column] = value

    return spoil


def lens(value: object) -> Break:
    return lambda document: document.update(lens=value)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (pose(0, 3, float("nan")), "frame 4: the pose .*not finite"),
        (pose(0, 3, float("inf")), "frame 4: the pose .*not finite"),
        (pose(0, 0, 2.0), "frame 4: the pose is not a rotation"),
        (pose(0, 0, -1.0), "frame 4: the pose mirrors space"),
        (pose(0, 0, "1"), "frame 4: expected three rows of four numbers"),
        (pose(0, 0, None), "frame 4: expected three rows of four numbers"),
        (pose(0, 0, 10**400), "frame 4: expected three rows of four numbers"),
        (lambda document: document["frames"][4].pop(), "frame 4: expected three rows"),
        (lambda document: document["frames"][4][1].pop(), "frame 4: expected three rows"),
        (lambda document: document["frames"].pop(), "states 9 frames and holds 8; the file is incomplete"),
        (lambda document: document.pop("num_frames"), "states None frames"),
        (lambda document: document.pop("frames"), "holds no frames"),
        (lambda document: document.update(frames=[]), "holds no frames"),
        (lambda document: document.update(version=3), "version 3 .*this recam reads 1 and 2"),
        (
            lambda document: document["convention"].update(units="centimetres"),
            "the convention must be .*metres",
        ),
        (lambda document: document.update(name=""), "'name' must be a text"),
        (lens({"fx": 1}), "the lens must be null or hold exactly fx, fy"),
        (
            lens(dict.fromkeys(("fx", "fy", "cx", "cy", "width", "height"), "1")),
            "the lens's fx must be a finite number",
        ),
        (
            lens(dict.fromkeys(("fx", "fy", "cx", "cy", "width", "height"), -1)),
            "needs a positive number for fx",
        ),
    ],
)
def test_broken_own_files(tmp_path: Path, spoil: Break, reason: str) -> None:
    document = own()
    spoil(document)
    expect_refused(tmp_path, json.dumps(document), reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("pan-right", "is not a camera file; recam reads"),
        ("[1, 2]", "no camera file that recam knows"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(4096), "is not a camera file but a video"),
        ("{}", "no camera file that recam knows"),
        ('{"a": 1}', "no camera file that recam knows"),
        (json.dumps(published())[:200], "is broken JSON: .* at line 1, column"),
        (json.dumps(own())[:-40], "is broken JSON"),
        ('{"frame0": {"cam01": "' + GOOD + '", "cam01": "' + GOOD + '"}}', "holds the entry 'cam01' twice"),
        (b'{"frame0": "\xff\xfe"}', "is not text in UTF-8"),
        ('{"frame0": ' + "[" * 200_000, "nested too deeply"),
    ],
)
def test_other_contents(tmp_path: Path, content: str | bytes, reason: str) -> None:
    expect_refused(tmp_path, content, reason)


def test_half_of_the_published_file(tmp_path: Path) -> None:
    whole = (FIXTURES / "multicamvideo_val_extrinsics.json").read_bytes()
    expect_refused(tmp_path, whole[: len(whole) // 2], "is broken JSON")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(CameraFileError, match="no such file"):
        CameraPath.load(tmp_path / "none.json")
    with pytest.raises(CameraFileError, match="is a folder"):
        CameraPath.load(tmp_path)


def test_a_file_that_the_system_will_not_open(tmp_path: Path) -> None:
    (tmp_path / "cameras.json").write_text(json.dumps(own()))
    with pytest.raises(CameraFileError, match="cannot be read: not a directory"):
        read_cameras(tmp_path / "cameras.json" / "inner.json")


def test_writer_refuses_cameras_of_different_lengths(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one same length"):
        write_multicamvideo(tmp_path / "a.json", {"cam01": Poses.identity(2), "cam02": Poses.identity(3)})
    with pytest.raises(InputError, match="one same length"):
        write_multicamvideo(tmp_path / "a.json", {})
    assert list(tmp_path.iterdir()) == []
