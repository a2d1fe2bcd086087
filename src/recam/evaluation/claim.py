"""Who writes into a folder now: runs share a store, a report is one run's; what killed runs left is swept."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from recam.errors import OutputError
from recam.files import make_folder

try:
    import fcntl
except ImportError:  # not on Windows, where nothing is swept and nothing keeps two runs from one report
    fcntl = None

_LOCK = ".lock"
_RUNNING = ".running-"


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this run alone, without what a killed one left half written in it.

    Raises:
        OutputError: it cannot be written, or another run holds it.
    """
    with _opened(folder) as lock:
        held = _lock(lock)
        if held == "by others":
            raise OutputError(folder, "is being written by another run; wait until it is done")
        if held == "alone":
            _sweep(folder, ".*.part*", "*/.*.part*")
        yield


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Hold ``folder`` together with other runs.

    A run leaves a note while it lasts. Where there is one and no run, a killed one left it, and maybe files
    half written: looking for them takes long in a large store, and is rarely needed.

    Raises:
        OutputError: it cannot be written.
    """
    with _opened(folder) as lock:
        held = _lock(lock)
        if held == "alone" and (notes := list(folder.glob(f"{_RUNNING}*"))):
            _sweep(folder, "**/.*.part*")
            for note in notes:
                note.unlink(missing_ok=True)
        if fcntl is not None and held != "unknown":
            fcntl.flock(lock, fcntl.LOCK_SH)
        note = folder / f"{_RUNNING}{uuid.uuid4().hex}"
        note.touch()
        try:
            yield
        finally:
            note.unlink(missing_ok=True)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    try:
        lock = os.open(make_folder(folder) / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(folder, f"cannot be written: {(error.strerror or str(error)).lower()}") from error
    try:
        yield lock
    finally:
        os.close(lock)


def _lock(lock: int) -> Literal["alone", "by others", "unknown"]:
    """Who holds the folder now; the system frees the lock however a process dies."""
    if fcntl is None:
        return "unknown"
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "by others"
    except OSError:  # a file system without locks
        return "unknown"
    return "alone"


def _sweep(folder: Path, *patterns: str) -> None:
    for pattern in patterns:
        for leftover in list(folder.glob(pattern)):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
