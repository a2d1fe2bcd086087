"""Manifests: what is read, and what other people's lines must not do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from recam.errors import ManifestError
from recam.evaluation.manifest import MOST_BYTES, BadRow, Row, read_manifest


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
    ],
)
def test_a_bad_line_is_a_row_with_its_reason_and_the_others_are_read(
    folder: Path, changes: dict[str, Any], reason: str
) -> None:
    os.symlink(folder.parent / "secret.mp4", folder / "link.mp4")
    os.symlink(folder.parent, folder / "linked")
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
