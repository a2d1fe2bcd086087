"""A list on disk: what grows with the number of clips and would fill memory."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path

from recam.errors import OutputError
from recam.files import make_folder


class Spool:
    """Pieces of bytes by number, in a file without a name that vanishes with the process.

    Sixteen bytes of memory a piece. Numbers may come in any order, each once.

    Args:
        folder: on whose disk; default: the system's temporary folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = Path(tempfile.gettempdir()) if folder is None else make_folder(folder)
        try:
            self._file = tempfile.TemporaryFile("w+b", dir=self._folder)  # noqa: SIM115 - open while it lives
        except OSError as error:
            raise OutputError(self._folder, _reason(error)) from error
        self._starts, self._lengths = array("q"), array("q")
        self._count = self._end = 0

    def put(self, number: int, piece: bytes) -> None:
        """Raises:
        OutputError: the disk is full.
        """
        try:
            self._file.seek(self._end)
            self._file.write(piece)
            self._file.flush()
        except OSError as error:
            raise OutputError(self._folder, _reason(error)) from error
        more = number + 1 - len(self._starts)
        if more > 0:
            self._starts.extend([-1] * more)
            self._lengths.extend([0] * more)
        self._starts[number], self._lengths[number] = self._end, len(piece)
        self._end += len(piece)
        self._count += 1

    def __getitem__(self, number: int) -> bytes:
        if self._starts[number] < 0:
            raise IndexError(number)
        self._file.seek(self._starts[number])
        return self._file.read(self._lengths[number])

    def __len__(self) -> int:
        """How many pieces there are."""
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        """The pieces in the order of their numbers."""
        for number, start in enumerate(self._starts):
            if start >= 0:
                yield self[number]


def _reason(error: OSError) -> str:
    return f"cannot be written: {(error.strerror or str(error)).lower()}"
