"""Manifests: what is read, and what other people's lines must not do."""

from __future__ import annotations

import json
import os
import pickle
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recam.errors import ManifestError
from recam.evaluation.manifest import MOST_BYTES, MOST_IN_FOLDER, BadRow, Row, Rows, read_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "clips"
    (root / "videos").mkdir(parents=True)
    for name in ("source.mp4", "out.mp4", "true.mp4"):
        (root / "videos" / name).write_bytes(b"video")
    (root / "path.json").write_text("{}")
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    return root


def line(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "a", "source": "videos/source.mp4", "generated": "videos/out.mp4", "preset": "arc-left",
        "caption": "a man walks", "focal_mm": 24,
    }  # fmt: skip
    return {key: value for key, value in {**row, **changes}.items() if value is not ...}


def read(folder: Path, *lines: dict[str, Any] | str | bytes) -> list[Row | BadRow]:
    encoded = [
        item if isinstance(item, bytes) else (item if isinstance(item, str) else json.dumps(item)).encode()
        for item in lines
    ]
    (folder / "manifest.jsonl").write_bytes(b"\n".join(encoded))
    return list(read_manifest(folder / "manifest.jsonl"))


def test_a_line_is_read_in_full(folder: Path) -> None:
    full = line(
        preset="random", camera="path.json", camera_name="cam05", target="videos/true.mp4", method="ours",
        source_stride=2,
    )  # fmt: skip
    rows = read(folder, line(), "", full | {"id": "b"})
    assert [row.id for row in rows] == ["a", "b"]
    assert rows[0] == Row(
        "a", folder / "videos/source.mp4", folder / "videos/out.mp4", None, "arc-left", "", "", 24.0, None,
        "a man walks", "", None, None,
    )  # fmt: skip
    second = rows[1]
    assert isinstance(second, Row)
    assert second.pace == (0, 2)
    assert (second.camera, second.preset) == (folder / "path.json", "random")
    assert (second.camera_name, second.method, second.target) == ("cam05", "ours", folder / "videos/true.mp4")


def _make_traps(folder: Path) -> None:
    os.symlink(folder.parent / "secret.mp4", folder / "link.mp4")
    os.symlink(folder.parent, folder / "linked")
    os.symlink("round", folder / "round")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)  # names of sockets are short
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"generated": "../secret.mp4"}, "leads out of"),
        ({"source": "/etc/passwd"}, "leads out of"),
        ({"source": "link.mp4"}, "leads out of"),
        ({"target": "linked/secret.mp4"}, "leads out of"),
        ({"source": "videos/none.mp4"}, "does not exist"),
        ({"source": "videos"}, "is no file"),
        ({"source": "a\0b"}, "is no path"),
        ({"source": ...}, "lacks source"),
        ({"id": ...}, "needs an id"),
        ({"id": "../../x"}, "needs an id"),
        ({"id": 3}, "id must be text, not 3"),
        ({"preset": ...}, "needs camera (a file) or preset"),
        ({"poses": "../secret.mp4"}, "leads out of"),
        ({"focal_mm": float("nan")}, "must be a number, not nan"),
        ({"focal_mm": True}, "must be a number, not True"),
        ({"focal_mm": 0}, "not between 1 and 2000"),
        ({"fov_degrees": 60}, "both focal_mm and fov_degrees"),
        ({"source_stride": 0}, "source_stride must be a whole number from 1 to 1000, not 0"),
        ({"source_start": 1.5}, "source_start must be a whole number"),
        ({"source_start": True}, "source_start must be a whole number"),
        ({"kamera": "x"}, "unknown keys 'kamera'"),
        ({"focal_mm": 10**400}, "not between 1 and 2000"),
        ({"focal_mm": float("inf")}, "not between 1 and 2000"),
        ({"caption": "x" * 20_001}, "caption has 20001 characters; at most 20000"),
        ({"caption": "\ud800"}, "half of a character"),
        ({"method": "a\nb"}, "characters that cannot be shown"),
        ({"generated": "x" * 300}, "cannot be read: file name too long"),
        ({"generated": "round"}, "cannot be read"),
        ({"generated": "pipe"}, "is no file"),
        ({"camera": "pipe"}, "is no file"),
        ({"poses": "socket"}, "is no file"),
        ({"camera": "videos/.."}, "'linked' in it leads out of"),
        ({"camera": "full"}, f"is a folder of more than {MOST_IN_FOLDER} files"),
        ({"source": ".."}, "leads out of"),
        ({"source": "videos/../../secret.mp4"}, "leads out of"),
        ({"source": "nowhere/../../secret.mp4"}, "leads out of"),
        ({"source": "~/secret.mp4"}, "does not exist"),
        ({"source": "http://localhost/a.mp4"}, "does not exist"),
        ({"source": "file:videos/source.mp4"}, "does not exist"),
    ],
)
def test_a_bad_line_is_a_row_with_its_reason_and_the_others_are_read(
    folder: Path, changes: dict[str, Any], reason: str
) -> None:
    _make_traps(folder)
    if changes.get("camera") == "full":
        (folder / "full").mkdir()
        for number in range(MOST_IN_FOLDER + 1):
            (folder / "full" / str(number)).touch()
    bad, good = read(folder, line(**changes), line(id="good"))
    assert isinstance(bad, BadRow)
    assert reason in bad.reason
    assert bad.line == 1
    assert isinstance(good, Row)


def test_ids_are_unique(folder: Path) -> None:
    rows = read(folder, line(), line(), line(id="b"))
    assert isinstance(rows[1], BadRow)
    assert rows[1] == BadRow(2, "a", "has the id of line 1; ids must be unique", preset="arc-left")
    assert isinstance(rows[2], Row)


@pytest.mark.parametrize("text", ["{", "[1]", b"\xff\xfe", "[" * 100_000])
def test_what_is_no_json_object_is_a_bad_row(folder: Path, text: str | bytes) -> None:
    bad, good = read(folder, text, line())
    assert isinstance(bad, BadRow)
    assert bad.id == "line 1"
    assert isinstance(good, Row)


def test_files_that_are_no_manifests(folder: Path) -> None:
    with pytest.raises(ManifestError, match=r"none.jsonl: cannot be read: no such file"):
        list(read_manifest(folder / "none.jsonl"))
    with pytest.raises(ManifestError, match="line 1 is longer than"):
        read(folder, "x" * (MOST_BYTES + 1))
    with pytest.raises(ManifestError, match="line 2 holds binary data"):
        read(folder, line(), b"\0\1")
    with pytest.raises(ManifestError, match="cannot be read: is a directory"):
        list(read_manifest(folder))
    with pytest.raises(ManifestError, match="is a device or a pipe"):
        list(read_manifest("/dev/null"))
    read(folder, line())
    with pytest.raises(ManifestError, match="none: is no folder"):
        list(read_manifest(folder / "manifest.jsonl", root="/none"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": "a", "id": "b"}', "names 'id' twice"),
        ('{"focal_mm": ' + "9" * 100_000 + "}", "needs an id"),
        ('{"id": "x", "preset": "static", "focal_mm": NaN}', "lacks source"),
        ('{"id": ' + "[" * 5000 + "]" * 5000 + "}", "is no JSON"),
        ('{"' + 'a": 1, "' * 50_000 + 'b": 2}', "names 'a' twice"),
        ("{" + ", ".join(f'"{n}": 1' for n in range(50_000)) + "}", "has unknown keys '0', '1'"),
    ],
)
def test_hostile_json_is_one_bad_row(folder: Path, text: str, reason: str) -> None:
    bad, good = read(folder, text, line())
    assert isinstance(bad, BadRow)
    assert reason in bad.reason
    assert len(bad.reason) < 500
    assert isinstance(good, Row)


def test_what_other_tools_write_is_read(folder: Path) -> None:
    """A mark of byte order, Windows' ends of lines, an absolute path within the folder, ids of one letter."""
    text = json.dumps(line(source=str(folder / "videos/source.mp4"))).encode()
    first, second = read(folder, b"\xef\xbb\xbf" + text + b"\r", json.dumps(line(id="A")) + "\r")
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.id, second.id) == ("a", "A"), "ids that differ in case are two"
    assert first == replace(second, id="a")
    assert first.written == {"source": "videos/source.mp4", "generated": "videos/out.mp4"}


def test_root_may_be_wider_or_narrower(folder: Path) -> None:
    rows = [line(generated="../secret.mp4"), line(id="b")]
    assert isinstance(read(folder, *rows)[0], BadRow)
    wide = list(read_manifest(folder / "manifest.jsonl", root=folder.parent))
    assert isinstance(wide[0], Row)
    assert wide[0].written["generated"] == "../secret.mp4"
    narrow = list(read_manifest(folder / "manifest.jsonl", root=folder / "videos"))
    assert [type(row) for row in narrow] == [BadRow, Row]


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    os.symlink("videos", folder / "also")
    os.symlink("source.mp4", folder / "videos" / "again.mp4")
    (row,) = read(folder, line(source="also/again.mp4", camera="."))
    assert isinstance(row, Row)
    assert row.source == folder / "videos" / "source.mp4"
    assert row.written["source"] == "also/again.mp4"


def test_rows_on_disk_are_the_rows(folder: Path) -> None:
    found = read(folder, line(), "{", line(id="b"))
    rows = Rows(found)
    assert list(rows) == found
    assert rows[-1] == found[-1]
    assert rows[:2] == found[:2]
    assert pickle.loads(pickle.dumps(found)) == found


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.text(max_size=3)),
    st.sampled_from(["videos/source.mp4", "videos/out.mp4", "../secret.mp4", ".", "path.json", "arc-left"]),
)  # fmt: skip
_LINES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.dictionaries(
        st.sampled_from([*line(), "camera", "target", "poses", "method", "fov_degrees", "other"]), _VALUES
    ).map(lambda changes: json.dumps(line() | changes).encode()),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINES, max_size=6))
@example(lines=[b'{"id": "\\ud800"}'])
def test_any_bytes_give_rows_reasons_or_one_clear_error(folder: Path, lines: list[bytes]) -> None:
    try:
        rows = read(folder, *lines)
    except ManifestError:
        assert any(b"\0" in line for line in lines)
        return
    names = [row.id for row in rows if isinstance(row, Row)]
    assert len(names) == len(set(names))
    for row in rows:
        if isinstance(row, Row):
            for path in (row.source, row.generated, row.camera, row.target, row.poses):
                assert path is None or path.resolve().is_relative_to(folder)
        else:
            assert row.reason
        pickle.loads(pickle.dumps(row))
        json.dumps([row.id, getattr(row, "reason", "")]).encode()
