"""Texts of one pose a line: columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recam.camera.formats.content import Content
from recam.camera.formats.json_text import short
from recam.camera.poses import FloatArray
from recam.errors import CameraFileError


def count_numbers(line: str) -> int:
    """How many numbers a line holds; 0 if any word of it is none."""
    words = line.split()
    if len(words) > 100:
        return 0
    try:
        for word in words:
            float(word)
    except ValueError:
        return 0
    return len(words)


def read_numbers(content: Content, lines: Sequence[tuple[int, str]], columns: int, what: str) -> FloatArray:
    """[len(lines), columns] float64: the numbers of numbered ``lines``.

    Args:
        what: the columns in words, for the error message.

    Raises:
        CameraFileError: a line has another count, or a word that is no finite number; it names the line.
    """
    rows = np.empty((len(lines), columns))
    for index, (number, line) in enumerate(lines):
        words = line.split()
        if len(words) != columns:
            raise CameraFileError(
                content.path, f"line {number}: expected {columns} numbers ({what}), found {len(words)}"
            )
        try:
            if "_" in line:  # Python would read 1_0 as ten
                raise ValueError(line)
            rows[index] = [float(word) for word in words]
        except ValueError as error:
            raise CameraFileError(
                content.path, f"line {number}: a value is not a number in {short(line)}"
            ) from error
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        number = lines[int(np.argmax(bad))][0]
        raise CameraFileError(content.path, f"line {number}: holds a number that is not finite")
    return rows


def line_of(numbers: Sequence[float] | FloatArray) -> str:
    """The numbers in as few digits as give them back exactly, with spaces between."""
    return " ".join(repr(float(number) + 0.0) for number in numbers)  # + 0.0: no "-0.0"
