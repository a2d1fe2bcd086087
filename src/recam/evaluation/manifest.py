"""``manifest.jsonl``: what is to be scored, one clip a line, each line judged on its own.

A line holds ``id``, ``source`` and ``generated`` (videos), ``camera`` (a camera file of any format of
:mod:`recam.camera.formats`) or ``preset`` (a name of ``recam camera list``; with both, the file counts
and the name is a label to report by), and may hold ``camera_name``
(which camera of the file), ``source_camera`` (the camera of the file at whose first frame the path begins),
``focal_mm`` or ``fov_degrees`` (the source's lens), ``caption``, ``method``, ``target`` (the true video of
that path) and ``poses`` (cameras of the generated video that another estimator found). Paths are relative to
the manifest's folder and stay in it: what comes from other people must not name files elsewhere.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recam.errors import ManifestError

MOST_BYTES = 1 << 20
"""Of a line: a longer one is no manifest's."""
_PATHS = ("source", "generated", "camera", "target", "poses")
_TEXTS = ("id", "caption", "preset", "method", "camera_name", "source_camera")
_NUMBERS = {"focal_mm": (1.0, 2000.0), "fov_degrees": (1.0, 179.0)}
_KNOWN = (*_PATHS, *_TEXTS, *_NUMBERS)
_ID = re.compile(r"[\w.@=+-][\w.@=+ -]{0,199}")


@dataclass(frozen=True)
class Row:
    """One clip to score. Paths are absolute and within the manifest's folder."""

    id: str
    source: Path
    generated: Path
    camera: Path | None
    preset: str
    camera_name: str
    source_camera: str
    focal_mm: float | None
    """35 mm equivalents are not meant: millimetres on the data set's 23.76 mm square sensor."""
    fov_degrees: float | None
    """Horizontal field of view of the source."""
    caption: str
    method: str
    target: Path | None
    poses: Path | None


@dataclass(frozen=True)
class BadRow:
    """A line that cannot be scored, with the reason; ``id`` is "line N" where it has none."""

    line: int
    id: str
    reason: str


def read_manifest(
    path: str | os.PathLike[str], root: str | os.PathLike[str] | None = None
) -> Iterator[Row | BadRow]:
    """The lines of a manifest in their order; memory does not grow with their number, but for the ids.

    Args:
        root: folder that files must lie in; default: the manifest's.

    Raises:
        ManifestError: the file cannot be read or is no text.
    """
    path = Path(path)
    base = path.parent
    inside = Path(root or base).resolve()
    seen: dict[str, int] = {}
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MOST_BYTES + 1), b""), start=1):
                if len(line) > MOST_BYTES:
                    raise ManifestError(
                        path, f"line {number} is longer than {MOST_BYTES} bytes; this is no manifest"
                    )
                if line.strip():
                    yield _read_line(number, line, base, inside, seen)
    except OSError as error:
        raise ManifestError(path, f"cannot be read: {(error.strerror or str(error)).lower()}") from error


def _read_line(number: int, line: bytes, base: Path, inside: Path, seen: dict[str, int]) -> Row | BadRow:
    name = f"line {number}"
    try:
        values = json.loads(line.decode("utf-8"))
        if not isinstance(values, dict):
            raise ValueError("is no JSON object")
        if isinstance(values.get("id"), str) and values["id"]:
            name = values["id"][:200]
        row = _row(values, base, inside)
        if row.id in seen:
            raise ValueError(f"has the id of line {seen[row.id]}; ids must be unique")
        seen[row.id] = number
        return row
    except (ValueError, RecursionError) as error:  # RecursionError: JSON nested without end
        reason = str(error)
        if isinstance(error, RecursionError | UnicodeDecodeError | json.JSONDecodeError):
            reason = f"is no JSON in UTF-8 ({error})"
        return BadRow(number, name, reason)


def _row(values: dict[str, Any], base: Path, inside: Path) -> Row:
    unknown = sorted(set(values) - set(_KNOWN))
    if unknown:
        raise ValueError(
            f"has unknown keys {', '.join(map(repr, unknown[:5]))}; keys are {', '.join(_KNOWN)}"
        )
    texts = {key: _text(values, key) for key in _TEXTS}
    if not _ID.fullmatch(texts["id"]):
        raise ValueError("needs an id of letters, digits and . _ - @ = +, at most 200")
    files = {key: _file(values, key, base, inside) for key in _PATHS}
    source, generated = files["source"], files["generated"]
    if source is None or generated is None:
        raise ValueError(f"lacks {'source' if source is None else 'generated'}")
    if files["camera"] is None and not texts["preset"]:
        raise ValueError("needs camera (a file) or preset (a name)")
    numbers = {key: _number(values, key) for key in _NUMBERS}
    if None not in numbers.values():
        raise ValueError("has both focal_mm and fov_degrees; give one")
    return Row(
        id=texts["id"], source=source, generated=generated, camera=files["camera"], preset=texts["preset"],
        camera_name=texts["camera_name"], source_camera=texts["source_camera"], caption=texts["caption"],
        method=texts["method"], target=files["target"], poses=files["poses"], **numbers,
    )  # fmt: skip


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key} must be text, not {value!r:.50}")
    return value


def _number(values: dict[str, Any], key: str) -> float | None:
    value = values.get(key)
    if value is None:
        return None
    low, high = _NUMBERS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{key} must be a number, not {value!r:.50}")
    if not low <= value <= high:
        raise ValueError(f"{key} {value:g} is not between {low:g} and {high:g}")
    return float(value)


def _file(values: dict[str, Any], key: str, base: Path, inside: Path) -> Path | None:
    """The file that a line names; links are followed, and must end in the folder as well."""
    text = _text(values, key)
    if not text:
        return None
    if "\0" in text or len(text) > 4096:
        raise ValueError(f"{key} is no path")
    path = (base / text).resolve()
    if not path.is_relative_to(inside):
        raise ValueError(f"{key} {text!r:.200} leads out of {inside}")
    if not path.exists():
        raise ValueError(f"{key} {text!r:.200} does not exist")
    if key not in ("camera", "poses") and not path.is_file():  # some camera formats are folders
        raise ValueError(f"{key} {text!r:.200} is no file")
    return path
