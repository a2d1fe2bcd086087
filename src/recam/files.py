"""Writing files so that nothing half-written is ever left behind."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recam.errors import FileError, OutputError


def bundled_path(name: str) -> Path:
    """Folder or file shipped under ``assets/``, e.g. ``"tiny"`` (the model) or ``"sample"`` (a clip).

    Raises:
        FileError: this installation does not hold it.
    """
    here = Path(__file__).resolve().parent
    candidates = (here / "assets" / name, here.parents[1] / "assets" / name)  # wheel; source tree
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileError(candidates[0], "is not part of this installation; reinstall recam")


def check_output_path(path: str | os.PathLike[str]) -> Path:
    """Fail before any work when ``path`` could not be written at its end.

    Raises:
        OutputError: the folder does not exist or is not writable, or ``path`` is a folder or a device.
    """
    path = Path(path)
    folder = path.parent
    if not folder.exists():
        raise OutputError(path, f"the folder {folder} does not exist; create it first")
    if not folder.is_dir():
        raise OutputError(path, f"{folder} is not a folder")
    if path.is_dir():
        raise OutputError(path, "is a folder; give the name of a file")
    if path.exists() and not path.is_file():  # e.g. /dev/null, which would be replaced by a file
        raise OutputError(path, "is a device or a pipe; give the name of an ordinary file")
    try:  # asking the file system beats reading permission bits (root, read-only mounts, network shares)
        handle, probe = tempfile.mkstemp(dir=folder, prefix=".recam-", suffix=".part")
    except OSError as error:
        raise OutputError(path, f"cannot write into {folder}: {_reason(error)}") from error
    os.close(handle)
    os.unlink(probe)
    return path


def make_folder(path: str | os.PathLike[str]) -> Path:
    """The folder ``path``, made with its parents where it is missing.

    Raises:
        OutputError: it cannot be made.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(path, f"cannot be written: {_reason(error)}") from error
    return path


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` (same suffix): it replaces ``path`` on success, else vanishes.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    path = check_output_path(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_short(path.stem), suffix=f".part{path.suffix}")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG):
            raise OutputError(path, f"cannot be written: {_reason(error)}") from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary folder beside ``path``; it becomes ``path`` on success and vanishes on any failure.

    ``path`` must not exist, or be an empty folder. Missing parents are created.

    Raises:
        OutputError: ``path`` holds something already, or cannot be written.
    """
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputError(path, "exists already and is not an empty folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=_short(path.name), suffix=".part"))
    except OSError as error:
        raise OutputError(path, f"cannot be written: {_reason(error)}") from error
    try:
        yield temporary
        os.chmod(temporary, 0o777 & ~_umask())
        if path.exists():
            path.rmdir()
        os.replace(temporary, path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG):
            raise OutputError(path, f"cannot be written: {_reason(error)}") from error
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _short(name: str) -> str:
    """Of a temporary name: the longest legal names leave no room for more."""
    return f".{name[:30]}-"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def check_keeps(output: Path, *read: str | os.PathLike[str] | None) -> None:
    """Fail where writing ``output`` would replace one of the files that are ``read``.

    Raises:
        OutputError: it would.
    """
    for file in read:
        if file is not None and os.path.exists(file) and output.exists() and output.samefile(file):
            raise OutputError(output, "is what is read, which would be lost; give another name")
