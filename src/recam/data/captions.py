"""Captions of a data set: ``metadata.csv``, ``captions.json`` or ``metadata.jsonl``."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from recam.errors import DatasetError

CAPTION_FILES = ("metadata.csv", "metadata.jsonl", "captions.json")
"""Names that are looked for in the root of a data set, in this order."""


@dataclass(frozen=True)
class Captions:
    """Texts by the path of a video or a scene's folder, relative to the data set's root or its ``train``."""

    texts: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None
    order: tuple[str, ...] = ()
    """The paths as the file's entries come, repeated where it repeats them."""

    def find(self, video: str, scene: str) -> str:
        """The caption of a video, else of its scene, both as paths relative to the root; "" without one.

        The published training code reads its ``metadata.csv`` relative to ``train``; both are understood.
        """
        for path in (video, scene):
            for name in (path, path.removeprefix("train/")):
                if self.texts.get(name):
                    return self.texts[name]
        return ""


def load_captions(root: str | os.PathLike[str], file: str | os.PathLike[str] | None = None) -> Captions:
    """The captions of a data set, from ``file`` or from the first of :data:`CAPTION_FILES` that is there.

    CSV has the columns ``file_name`` and ``text``; a JSON line (``.jsonl``) or an entry of a JSON list has
    these two keys; a JSON object maps paths to texts.

    Raises:
        DatasetError: the file cannot be read, has other columns, or two texts for one path.
    """
    path = Path(file) if file else next((p for n in CAPTION_FILES if (p := Path(root) / n).exists()), None)
    if path is None:
        return Captions()
    read = {".csv": _csv, ".json": _json, ".jsonl": _json_lines}.get(path.suffix.lower())
    if read is None:
        raise DatasetError(path, "is no kind of caption file that recam knows; give a .csv, .json or .jsonl")
    texts: dict[str, str] = {}
    order: list[str] = []
    try:
        for place, name, text in read(path):
            if not isinstance(name, str) or not isinstance(text, str):
                raise DatasetError(path, f"{place} must have the texts file_name and text")
            key, text = PurePosixPath(name.replace("\\", "/")).as_posix(), text.strip()
            order.append(key)
            if texts.setdefault(key, text) != text:
                raise DatasetError(path, f"{place} gives {name} a second, different caption")
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, csv.Error, RecursionError) as error:
        if isinstance(error, DatasetError):  # which is a ValueError too
            raise
        raise DatasetError(path, f"cannot be read as captions: {error}") from error
    return Captions(texts, path, tuple(order))


_Row = tuple[str, object, object]


def _csv(path: Path) -> Iterator[_Row]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {"file_name", "text"} <= set(rows.fieldnames or ()):
            raise DatasetError(path, "must have the columns file_name and text in its first line")
        for row in rows:
            yield f"line {rows.line_num}", row["file_name"], row["text"]


def _json(path: Path) -> Iterator[_Row]:
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    if isinstance(document, dict):
        for name, text in document.items():
            yield f"entry {name!r}", name, text
    elif isinstance(document, list):
        for number, entry in enumerate(document, start=1):
            yield _entry(f"entry {number}", entry)
    else:
        raise DatasetError(path, 'must be an object {"path": "text"} or a list of file_name and text')


def _json_lines(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _entry(f"line {number}", json.loads(line))


def _entry(place: str, entry: object) -> _Row:
    return (
        (place, entry.get("file_name"), entry.get("text")) if isinstance(entry, dict) else (place, None, None)
    )
