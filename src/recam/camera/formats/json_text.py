"""JSON of unknown origin: strict, and read so that nothing in it can surprise a parser."""

from __future__ import annotations

import json
import math
import reprlib
from pathlib import Path

import numpy as np

from recam.camera.poses import FloatArray
from recam.errors import CameraFileError


def load_json(path: Path, text: str) -> object:
    """The document in ``text``.

    Raises:
        CameraFileError: it is broken or nested too deeply, holds an entry twice or an endless number.
    """
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        reason = f"is broken JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}"
        raise CameraFileError(path, reason) from error
    except RecursionError as error:
        raise CameraFileError(path, "is not a camera file: its JSON is nested too deeply") from error
    except _DuplicateKey as error:
        raise CameraFileError(path, f"holds the entry {error} twice") from error
    except ValueError as error:  # Python reads no whole number of more than 4300 digits
        raise CameraFileError(path, "is broken JSON: a number in it has thousands of digits") from error


def short(value: object) -> str:
    """``value`` as an error message may show it: at most 60 characters."""
    text = reprlib.repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def as_number(path: Path, where: str, value: object) -> float:
    """``value`` as a finite number.

    Raises:
        CameraFileError: it is none, and ``where`` it stands.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise CameraFileError(path, f"{where} must be a finite number, not {short(value)}")


def as_size(path: Path, where: str, value: object) -> int:
    """``value`` as a picture's width or height in pixels.

    Raises:
        CameraFileError: it is no whole number from 1 to a million.
    """
    number = as_number(path, where, value)
    if not 1 <= number <= 1_000_000 or number != int(number):
        raise CameraFileError(path, f"{where} must be a whole number of pixels, not {short(value)}")
    return int(number)


def as_rows(value: object, rows: int, columns: int) -> FloatArray | None:
    """``value`` as a matrix of numbers [rows, columns], NaN and infinity included; None if it is none.

    NumPy would take a ragged or textual list as well and may need gigabytes for it.
    """
    if not isinstance(value, list) or len(value) != rows:
        return None
    for row in value:
        if not isinstance(row, list) or len(row) != columns:
            return None
        for number in row:
            if type(number) is not float and type(number) is not int:
                return None
    try:
        return np.array(value, dtype=np.float64)
    except OverflowError:
        return None


class _DuplicateKey(Exception):
    pass


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(short(key))
            seen.add(key)
    return entries
