"""Checks of single values that users give, with messages that name them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from recam.camera.formats.json_text import short
from recam.errors import InputError


def check_number(name: str, value: Any, positive: bool = False) -> None:
    """Refuse what is neither None nor a finite (and positive) number.

    Raises:
        InputError: with the name and the value.
    """
    if value is None:
        return
    if not _is_number(value) or (positive and value <= 0):
        raise InputError(
            f"{name} must be a {'positive' if positive else 'finite'} number, not {short(value)}"
        )


def check_point(
    name: str, value: Any, parts: Sequence[str] = ("x", "y", "z"), unit: str = "metres"
) -> tuple[float, ...]:
    """``value`` as a tuple of finite numbers, one for each of ``parts``.

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
        return math.isfinite(value)
    except (TypeError, OverflowError, ValueError):
        return False
