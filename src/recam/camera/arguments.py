"""Checks of single values that users give, with messages that name them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from recam.camera.formats.json_text import short
from recam.errors import InputError

# No length, angle or time of a shot is larger, and products of such numbers stay finite.
_LARGEST = 1e6


def check_number(name: str, value: Any, positive: bool = False) -> None:
    """Refuse what is neither None nor a finite (and positive) number of at most a million.

    Raises:
        InputError: with the name and the value.
    """
    if value is None:
        return
    if not _is_number(value) or (positive and value <= 0):
        kind = "positive" if positive else "finite"
        raise InputError(f"{name} must be a {kind} number of at most a million, not {short(value)}")


def check_point(
    name: str, value: Any, parts: Sequence[str] = ("x", "y", "z"), unit: str = "metres"
) -> tuple[float, ...]:
    """``value`` as a tuple of finite numbers of at most a million, one for each of ``parts``.

    Raises:
        InputError: it is something else.
    """
    numbers = list(value) if hasattr(value, "__iter__") and not isinstance(value, (str, bytes)) else []
    if len(numbers) != len(parts) or not all(_is_number(number) for number in numbers):
        raise InputError(
            f"{name} must be {len(parts)} numbers ({', '.join(parts)} in {unit}), not {short(value)}"
        )
    return tuple(float(number) for number in numbers)


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, str, bytes)):
        return False
    try:
        return math.isfinite(value) and abs(value) <= _LARGEST
    except (TypeError, OverflowError, ValueError):
        return False
