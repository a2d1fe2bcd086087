"""Camera files. The format is found by a file's content, never by its name."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path

from recam.camera.formats.base import CameraFormat, CameraSet
from recam.camera.formats.multicamvideo import MULTICAMVIDEO, write_multicamvideo
from recam.camera.formats.recam_json import RECAM_JSON, write_recam_json
from recam.errors import CameraFileError

FORMATS: tuple[CameraFormat, ...] = (RECAM_JSON, MULTICAMVIDEO)

__all__ = [
    "FORMATS",
    "CameraFormat",
    "CameraSet",
    "read_cameras",
    "write_multicamvideo",
    "write_recam_json",
]


def read_cameras(path: str | PathLike[str]) -> CameraSet:
    """All cameras of a file in any format of :data:`FORMATS`.

    Raises:
        CameraFileError: the file is missing, of an unknown format, broken or incomplete, or a pose is not a
            finite rigid motion; the message names the frame and the camera.
    """
    path = Path(path)
    document = _read_json(path)
    for known in FORMATS:
        if known.recognises(document):
            return known.parse(path, document)
    raise CameraFileError(path, f"is JSON but no camera file that recam knows; {_known()}")


def _read_json(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            # A video given by mistake is refused by its first bytes, not read whole.
            start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
            if start[:1] != b"{":
                reason = "is empty" if not start else "is not a camera file"
                raise CameraFileError(path, f"{reason}; {_known()}")
            file.seek(0)
            content = file.read()
    except OSError as error:
        reason = {FileNotFoundError: "no such file", IsADirectoryError: "is a folder, not a camera file"}
        text = reason.get(type(error), f"cannot be read: {(error.strerror or str(error)).lower()}")
        raise CameraFileError(path, text) from error
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        text = f"is broken JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}"
        raise CameraFileError(path, text) from error
    except UnicodeDecodeError as error:
        raise CameraFileError(path, f"is not text in UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise CameraFileError(path, "is nested too deeply for a camera file") from error
    except _DuplicateKey as error:
        raise CameraFileError(path, f"holds the entry {error} twice") from error
    return document


class _DuplicateKey(Exception):
    pass


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(repr(key))
            seen.add(key)
    return entries


def _known() -> str:
    return "recam reads " + " and ".join(known.description for known in FORMATS)
