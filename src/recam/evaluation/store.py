"""What was measured already, on disk, by the content of what it was measured on: how a stopped run goes on.

``found/<measure>/<2 digits>/<hash>.json`` holds a :class:`Found`, ``facts`` likewise what else is known of a
content, ``features/<extractor>/<2 digits>/<hash>.npz`` the arrays of one video. Files appear whole or not at
all and hold a checksum: a damaged one is made again.
"""

from __future__ import annotations

import hashlib
import io
import json
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
        content = self._content(self._place("features", extractor, key, "npz"))
        if content is None:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    def keep_features(self, extractor: str, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Raises:
        OutputError: the folder cannot be written, or the disk is full.
        """
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        self._keep(self._place("features", extractor, key, "npz"), content.getvalue())

    def _read(self, place: Path) -> dict[str, Any] | None:
        content = self._content(place)
        return None if content is None else json.loads(content)

    def _write(self, place: Path, data: Mapping[str, Any]) -> dict[str, Any]:
        text = json.dumps(data, sort_keys=True, allow_nan=False).encode()
        self._keep(place, text)
        return json.loads(text)

    @staticmethod
    def _content(place: Path) -> bytes | None:
        """A file without the line at its end, its checksum; None where it is damaged or not there."""
        try:
            content = place.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise OutputError(place, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
        content, checksum = content[:-_TAIL], content[-_TAIL:]
        return content if checksum == _checksum(content) else None

    @staticmethod
    def _keep(place: Path, content: bytes) -> None:
        make_folder(place.parent)
        with atomic_file(place) as path:
            path.write_bytes(content + _checksum(content))

    def _place(self, kind: str, name: str, key: str, suffix: str) -> Path:
        return self.folder / kind / name / key[:2] / f"{key}.{suffix}"


def _checksum(content: bytes) -> bytes:
    return f"\n{hashlib.sha256(content).hexdigest()[:16]}\n".encode()


_TAIL = len(_checksum(b""))


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
