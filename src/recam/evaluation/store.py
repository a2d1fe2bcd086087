"""What was measured already, on disk, by the content of what it was measured on: how a run goes on after "
"a stop.

``found/<measure>/<2 digits>/<hash>.json`` holds a :class:`Found`, ``features/<extractor>/<2
digits>/<hash>.npz`` the arrays of one video. Files appear whole or not at all. A damaged one is made again.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.measure import Found
from recam.files import atomic_file, make_folder

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Store:
    """A folder of results; several processes and machines may share it."""

    folder: Path

    def found(self, measure: str, key: str) -> Found | None:
        """The result of ``measure`` on inputs of this key; None where there is none that can be read."""
        try:
            return Found.from_json(json.loads(self._place("found", measure, key, "json").read_bytes()))
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def keep_found(self, measure: str, key: str, found: Found) -> None:
        """Raises:
        OutputError: the folder cannot be written, or the disk is full.
        """
        text = json.dumps(found.to_json(), sort_keys=True, allow_nan=False)
        place = self._place("found", measure, key, "json")
        make_folder(place.parent)
        with atomic_file(place) as path:
            path.write_text(text + "\n", encoding="utf-8")

    def features(self, extractor: str, key: str) -> Arrays | None:
        """Arrays that were kept under this key; None where there are none that can be read."""
        try:
            with np.load(self._place("features", extractor, key, "npz"), allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except (FileNotFoundError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def keep_features(self, extractor: str, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Raises:
        OutputError: the folder cannot be written, or the disk is full.
        """
        place = self._place("features", extractor, key, "npz")
        make_folder(place.parent)
        with atomic_file(place) as path:
            np.savez(path, allow_pickle=False, **arrays)

    def _place(self, kind: str, name: str, key: str, suffix: str) -> Path:
        return self.folder / kind / name / key[:2] / f"{key}.{suffix}"


def hashed(*parts: str) -> str:
    """A name for what all ``parts`` say together: 40 hexadecimal digits."""
    text = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, or of the names and bytes of all files of a folder."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return hashed(*(f"{file.relative_to(path)} {content_hash(file)}" for file in files))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
