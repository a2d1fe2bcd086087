"""What was measured already, on disk, by the content of what it was measured on: how a run goes on after "
"a stop.

``found/<measure>/<2 digits>/<hash>.json`` holds a :class:`Found`, ``facts`` likewise what else is known of a
content, ``features/<extractor>/<2 digits>/<hash>.npz`` the arrays of one video. Files appear whole or not at
all and hold a checksum: a damaged one is made again.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.errors import OutputError
from recam.evaluation.measure import Found
from recam.files import atomic_file, make_folder

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Store:
    """A folder of results; several processes and machines may share it."""

    folder: Path

    def found(self, measure: str, key: str) -> Found | None:
        """The result of ``measure`` on inputs of this key; None where there is none that can be read."""
        data = self._read(self._place("found", measure, key, "json"))
        return None if data is None else Found.from_json(data)

    def keep_found(self, measure: str, key: str, found: Found) -> Found:
        """
        Returns:
            what :meth:`found` will give: a report must not tell what was kept from what was just measured.

        Raises:
            OutputError: the folder cannot be written, or the disk is full.
        """
        return Found.from_json(self._write(self._place("found", measure, key, "json"), found.to_json()))

    def facts(self, kind: str, key: str) -> dict[str, Any] | None:
        """What else was noted under this key; None where there is nothing that can be read."""
        return self._read(self._place("facts", kind, key, "json"))

    def keep_facts(self, kind: str, key: str, facts: Mapping[str, Any]) -> None:
        """Raises:
        OutputError: the folder cannot be written, or the disk is full.
        """
        self._write(self._place("facts", kind, key, "json"), facts)

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

    @staticmethod
    def _read(place: Path) -> dict[str, Any] | None:
        try:
            text, _, checksum = place.read_bytes().rstrip(b"\n").rpartition(b"\n")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise OutputError(place, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
        return json.loads(text) if checksum == _checksum(text) else None

    @staticmethod
    def _write(place: Path, data: Mapping[str, Any]) -> dict[str, Any]:
        text = json.dumps(data, sort_keys=True, allow_nan=False).encode()
        make_folder(place.parent)
        with atomic_file(place) as path:
            path.write_bytes(text + b"\n" + _checksum(text) + b"\n")
        return json.loads(text)

    def _place(self, kind: str, name: str, key: str, suffix: str) -> Path:
        return self.folder / kind / name / key[:2] / f"{key}.{suffix}"


def _checksum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()


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
