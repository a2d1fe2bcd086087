"""``manifest.jsonl``: what is to be scored, one clip a line, each line judged on its own.

A line holds ``id``, ``source`` and ``generated`` (videos), ``camera`` (a camera file of any format of
:mod:`recam.camera.formats`) or ``preset`` (a name of ``recam camera list``; with both, the file counts
and the name is a label to report by), and may hold ``camera_name``
(which camera of the file), ``source_camera`` (the camera of the file at whose first frame the path begins),
``focal_mm`` or ``fov_degrees`` (the source's lens), ``caption``, ``method``, ``target`` (the true video of
that path), ``poses`` (cameras of the generated video that another estimator found), ``source_start`` and
``source_stride`` (which frames of the source a method read, where its video has another number of them: frame
i shows what the source's frame ``source_start + source_stride * i`` shows). Paths are relative to the
manifest's folder and stay in it: what comes from other people must not name files elsewhere.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import pickle
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from recam.errors import ManifestError
from recam.evaluation.spool import Spool

MOST_BYTES = 1 << 20
"""Of a line: a longer one is no manifest's."""
MOST_IN_FOLDER = 2000
"""Files and folders in a folder of cameras."""
_PATHS = ("source", "generated", "camera", "target", "poses")
_TEXTS = {
    "id": 200,
    "caption": 20_000,
    "preset": 200,
    "method": 200,
    "camera_name": 200,
    "source_camera": 200,
}
"""And the most characters that each may have."""
_NUMBERS = {"focal_mm": (1.0, 2000.0), "fov_degrees": (1.0, 179.0)}
_WHOLE = {"source_start": (0, 100_000), "source_stride": (1, 1000)}
_KNOWN = (*_PATHS, *_TEXTS, *_NUMBERS, *_WHOLE)
_ID = re.compile(r"[\w.@=+-][\w.@=+ -]{0,199}")


@dataclass(frozen=True, slots=True)
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
    pace: tuple[int, int] | None = None
    """``source_start`` and ``source_stride``: the source's frame that the generated video begins with, and
    how many of its frames one of the generated video goes on; None: by the rates that the files state."""
    written: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The paths by their keys, relative to the manifest's folder: what a report shows."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be scored, with the reason; ``id`` is "line N" where it has none."""

    line: int
    id: str
    reason: str
    method: str = ""
    """As the line says it, so that a video that is not there counts against its method."""
    preset: str = ""


class Rows(Sequence[Row | BadRow]):
    """The lines of a manifest, on disk: memory hardly grows with their number.

    Args:
        folder: on whose disk; default: the system's temporary folder.
    """

    def __init__(self, lines: Iterable[Row | BadRow], folder: Path | None = None) -> None:
        self._spool = Spool(folder)
        for number, line in enumerate(lines):
            self._spool.put(number, pickle.dumps(line))

    def __len__(self) -> int:
        return len(self._spool)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return pickle.loads(self._spool[index if index >= 0 else index + len(self)])


def read_manifest(
    path: str | os.PathLike[str], root: str | os.PathLike[str] | None = None
) -> Iterator[Row | BadRow]:
    """The lines of a manifest in their order; memory does not grow with their number, but for the ids.

    Args:
        root: folder that files must lie in; default: the manifest's.

    Raises:
        ManifestError: the file cannot be read or is no text, or ``root`` is no folder.
    """
    path = Path(path)
    if root is not None and not Path(root).is_dir():
        raise ManifestError(Path(root), "is no folder that the manifest's files could lie in")
    try:
        base = path.parent.resolve()
        reader = _Reader(base, base if root is None else Path(root).resolve())
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ManifestError(path, "is a device or a pipe; give an ordinary file")
            for number, line in enumerate(iter(lambda: file.readline(MOST_BYTES + 1), b""), start=1):
                if len(line) > MOST_BYTES:
                    raise ManifestError(
                        path, f"line {number} is longer than {MOST_BYTES} bytes; this is no manifest"
                    )
                if b"\0" in line:
                    raise ManifestError(path, f"line {number} holds binary data; this is no manifest")
                if number == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                if line.strip():
                    yield reader.line(number, line)
    except (OSError, RuntimeError) as error:  # RuntimeError: a folder that links to itself
        raise ManifestError(path, f"cannot be read: {_reason(error)}") from error


class _Reader:
    """Lines of one manifest, whose files lie in ``inside``."""

    def __init__(self, base: Path, inside: Path) -> None:
        self._base, self._inside = base, inside
        self._seen: dict[str, int] = {}
        self._checked: set[Path] = set()
        # Links are followed once a folder: most lines name files of the same few.
        self._resolved = lru_cache(4096)(Path.resolve)

    def line(self, number: int, line: bytes) -> Row | BadRow:
        name, method, preset = f"line {number}", "", ""
        try:
            values = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_int=_whole)
            if not isinstance(values, dict):
                raise ValueError("is no JSON object")
            if isinstance(values.get("id"), str) and _ID.fullmatch(values["id"]):
                name = values["id"]
            method, preset = (_label(values.get(key)) for key in ("method", "preset"))
            row = self._row(values)
            if row.id in self._seen:
                raise ValueError(f"has the id of line {self._seen[row.id]}; ids must be unique")
            self._seen[row.id] = number
            return row
        except (ValueError, RecursionError) as error:  # RecursionError: JSON nested without end
            reason = str(error)
            if isinstance(error, RecursionError | UnicodeDecodeError | json.JSONDecodeError):
                reason = f"is no JSON in UTF-8 ({error})"
            return BadRow(number, name, reason, method, preset)

    def _row(self, values: dict[str, Any]) -> Row:
        unknown = sorted(set(values) - set(_KNOWN))
        if unknown:
            named = ", ".join(f"{key!r:.50}" for key in unknown[:5])
            raise ValueError(f"has unknown keys {named}; keys are {', '.join(_KNOWN)}")
        texts = {key: _text(values, key, most) for key, most in _TEXTS.items()}
        if not _ID.fullmatch(texts["id"]):
            raise ValueError("needs an id of letters, digits and . _ - @ = +, at most 200")
        written = {key: text for key in _PATHS if (text := _text(values, key, 4096))}
        for key in ("source", "generated"):
            if key not in written:
                raise ValueError(f"lacks {key}")
        if "camera" not in written and not texts["preset"]:
            raise ValueError("needs camera (a file) or preset (a name)")
        numbers = {key: _number(values, key) for key in _NUMBERS}
        if None not in numbers.values():
            raise ValueError("has both focal_mm and fov_degrees; give one")
        files = {key: self._file(key, text) for key, text in written.items()}
        return Row(
            id=texts["id"], source=files["source"], generated=files["generated"],
            camera=files.get("camera"), preset=texts["preset"], camera_name=texts["camera_name"],
            source_camera=texts["source_camera"], caption=texts["caption"], method=texts["method"],
            target=files.get("target"), poses=files.get("poses"), pace=_pace(values),
            written={key: self._relative(text) for key, text in written.items()}, **numbers,
        )  # fmt: skip

    def _file(self, key: str, text: str) -> Path:
        """The file that a line names; links are followed, and must end in the folder as well."""
        if "\0" in text:
            raise ValueError(f"{key} is no path")
        try:
            path = self._base / text
            path = self._resolved(path.parent) / path.name if path.name != ".." else path
            if path.name == ".." or path.is_symlink():
                path = path.resolve()
            if not path.is_relative_to(self._inside):
                raise ValueError(
                    f"{key} {text!r:.200} leads out of the folder that files must lie in (the manifest's, or "
                    "--root)"
                )
            mode = path.stat().st_mode
        except FileNotFoundError as error:
            raise ValueError(f"{key} {text!r:.200} does not exist") from error
        except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
            raise ValueError(f"{key} {text!r:.200} cannot be read: {_reason(error)}") from error
        folder = stat.S_ISDIR(mode) and key in ("camera", "poses")  # some camera formats are folders
        if not stat.S_ISREG(mode) and not folder:
            raise ValueError(f"{key} {text!r:.200} is no file")
        if folder and path not in self._checked:
            _check_folder(key, path, self._inside)
            self._checked.add(path)
        return path

    def _relative(self, text: str) -> str:
        return Path(os.path.relpath(self._base / text, self._base)).as_posix()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"names {key!r:.50} twice")
        values[key] = value
    return values


def _whole(digits: str) -> float:
    """Python itself refuses to read thousands of digits, in words that are no user's."""
    return int(digits) if len(digits) < 400 else math.inf


def _text(values: dict[str, Any], key: str, most: int) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key} must be text, not {value!r:.50}")
    if len(value) > most:
        raise ValueError(f"{key} has {len(value)} characters; at most {most} are allowed")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(f"{key} holds half of a character (a lone surrogate)")
    if key not in ("caption", *_PATHS) and not value.isprintable():
        raise ValueError(f"{key} holds characters that cannot be shown, such as line breaks")
    return value


def _label(value: object) -> str:
    """Text of a line that is bad for another reason; "" for what is no label."""
    return value if isinstance(value, str) and len(value) <= 200 and value.isprintable() else ""


def _number(values: dict[str, Any], key: str) -> float | None:
    value = values.get(key)
    if value is None:
        return None
    low, high = _NUMBERS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise ValueError(f"{key} must be a number, not {value!r:.50}")
    if not low <= value <= high:
        raise ValueError(f"{key} {value!r:.50} is not between {low:g} and {high:g}")
    return float(value)


def _pace(values: dict[str, Any]) -> tuple[int, int] | None:
    found = {"source_start": 0, "source_stride": 1}
    if all(values.get(key) is None for key in found):
        return None
    for key, (low, high) in _WHOLE.items():
        value = values.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{key} must be a whole number from {low} to {high}, not {value!r:.50}")
        found[key] = value
    return found["source_start"], found["source_stride"]


def _check_folder(key: str, folder: Path, inside: Path) -> None:
    """A folder of cameras holds a few ordinary files, all of them its own.

    Raises:
        ValueError: it is large, or what it holds leads out of ``inside``, or is a device or a pipe.
    """
    names = 0
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            names += 1
            path = Path(place, name)
            if names > MOST_IN_FOLDER:
                raise ValueError(f"{key} is a folder of more than {MOST_IN_FOLDER} files; none of cameras is")
            if not path.resolve().is_relative_to(inside):
                raise ValueError(f"{key}: {name!r:.100} in it leads out of {inside}")
            if not (path.is_file() or path.is_dir()):
                raise ValueError(f"{key}: {name!r:.100} in it is no file")


def _reason(error: OSError | RuntimeError) -> str:
    return ((error.strerror if isinstance(error, OSError) else "") or str(error)).lower()
