"""How progress runs over time: the usual easings and the data set's speed curve; 0 to 1, never back."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from recam.camera.poses import FloatArray
from recam.errors import InputError

Curve = Callable[[FloatArray], FloatArray]

_CSS = "CSS Easing Functions Level 1 (W3C)"
_PENNER = "Penner, Programming Macromedia Flash MX (2002), chapter 7"


@dataclass(frozen=True)
class Easing:
    """One easing as a user sees it: progress as a function of time t, both from 0 to 1."""

    name: str
    formula: str
    source: str
    curve: Curve


def speed_curve(t: ArrayLike, a: float) -> FloatArray:
    """The data set's progress at time ``t`` (0 to 1, any shape): (1 - exp(-a t)) / (1 - exp(-a)).

    ``a`` > 0 starts fast, ``a`` < 0 starts slowly, 0 is constant speed; the first speed is exp(a) times the
    last. From the MultiCamVideo data set's description (ReCamMaster, arXiv 2503.11647, appendix).

    Raises:
        InputError: ``a`` is not finite.
    """
    if not math.isfinite(a):
        raise InputError(f"the speed curve's a must be a finite number, not {a!r}")
    times = np.asarray(t, dtype=np.float64)
    if abs(a) < 1e-12:
        return times.copy()
    if a < 0:  # the same curve backwards; exp(-a) would overflow from a = -710 on
        return 1 - speed_curve(1 - times, -a)
    return np.expm1(-a * times) / np.expm1(-a)


def _bezier(x1: float, y1: float, x2: float, y2: float) -> Curve:
    """CSS's cubic-bezier(x1, y1, x2, y2): a curve through (0, 0) and (1, 1), solved for its height at t."""

    def at(s: FloatArray, first: float, second: float) -> FloatArray:
        return 3 * (1 - s) ** 2 * s * first + 3 * (1 - s) * s**2 * second + s**3

    def slope(s: FloatArray) -> FloatArray:
        return 3 * (1 - s) ** 2 * x1 + 6 * (1 - s) * s * (x2 - x1) + 3 * s**2 * (1 - x2)

    grid = np.linspace(0.0, 1.0, 513)
    across = at(grid, x1, x2)

    def curve(t: FloatArray) -> FloatArray:
        s = np.interp(t, across, grid)
        for _ in range(8):  # Newton; where the slope is 0, at an end, the height hardly depends on s
            s = np.clip(s - (at(s, x1, x2) - t) / np.maximum(slope(s), 1e-9), 0.0, 1.0)
        return at(s, y1, y2)

    return curve


def invert(curve: Curve, values: ArrayLike) -> FloatArray:
    """The times in [0, 1] at which a curve that never falls reaches ``values``.

    The nearest of 1024 equal steps, then the Illinois variant of false position within it.
    """
    wanted = np.asarray(values, dtype=np.float64)
    if ((wanted <= 0) | (wanted >= 1)).all():
        return np.where(wanted <= 0, 0.0, 1.0)
    grid = np.linspace(0.0, 1.0, 1025)
    steps = curve(grid)
    left = np.clip(np.searchsorted(steps, wanted) - 1, 0, len(grid) - 2)
    low, high = grid[left], grid[left + 1]
    below, above = steps[left] - wanted, steps[left + 1] - wanted
    before = np.zeros_like(wanted)
    for _ in range(12):
        rise = above - below
        share = np.where(rise > 0, -below / np.where(rise > 0, rise, 1.0), 0.5)
        middle = low + (high - low) * np.clip(share, 0.0, 1.0)
        error = curve(middle) - wanted
        # An end that stays put twice counts for half, or it would stay for ever.
        side = np.where(error < 0, -1.0, 1.0)
        again = side == before
        low, high = np.where(side < 0, middle, low), np.where(side < 0, high, middle)
        below, above = (
            np.where(side < 0, error, np.where(again, below / 2, below)),
            np.where(side < 0, np.where(again, above / 2, above), error),
        )
        before = side
    middle = np.where(np.abs(below) < np.abs(above), low, high)
    return np.where(wanted <= 0, 0.0, np.where(wanted >= 1, 1.0, middle))


def _out(curve: Curve) -> Curve:
    return lambda t: 1 - curve(1 - t)


def _in_out(curve: Curve) -> Curve:
    return lambda t: np.where(
        t < 0.5, curve(np.minimum(2 * t, 1)) / 2, 1 - curve(np.minimum(2 - 2 * t, 1)) / 2
    )


def _power(exponent: int) -> Curve:
    return lambda t: t**exponent


def _table() -> dict[str, Easing]:
    easings = [
        Easing("linear", "t", _CSS, lambda t: t.copy()),
        Easing("ease", "cubic-bezier(0.25, 0.1, 0.25, 1)", _CSS, _bezier(0.25, 0.1, 0.25, 1)),
        Easing("ease-in", "cubic-bezier(0.42, 0, 1, 1)", _CSS, _bezier(0.42, 0, 1, 1)),
        Easing("ease-out", "cubic-bezier(0, 0, 0.58, 1)", _CSS, _bezier(0, 0, 0.58, 1)),
        Easing("ease-in-out", "cubic-bezier(0.42, 0, 0.58, 1)", _CSS, _bezier(0.42, 0, 0.58, 1)),
        Easing("smoothstep", "3 t^2 - 2 t^3", "RenderMan, GLSL", lambda t: t * t * (3 - 2 * t)),
        Easing(
            "smootherstep",
            "6 t^5 - 15 t^4 + 10 t^3",
            "Perlin, Improving Noise (2002)",
            lambda t: t**3 * (t * (6 * t - 15) + 10),
        ),
    ]
    shapes: list[tuple[str, str, Curve]] = [
        ("sine", "1 - cos(pi t / 2)", lambda t: np.where(t < 1, 1 - np.cos(t * (np.pi / 2)), 1.0)),
        *((name, f"t^{n}", _power(n)) for n, name in enumerate(("quad", "cubic", "quart", "quint"), 2)),
    ]
    for shape, formula, curve in shapes:
        easings += [
            Easing(f"ease-in-{shape}", f"f(t) = {formula}", _PENNER, curve),
            Easing(f"ease-out-{shape}", f"1 - f(1 - t), f(t) = {formula}", _PENNER, _out(curve)),
            Easing(
                f"ease-in-out-{shape}",
                f"f(2 t) / 2, then 1 - f(2 - 2 t) / 2, f(t) = {formula}",
                _PENNER,
                _in_out(curve),
            ),
        ]
    return {easing.name: easing for easing in easings}


EASINGS: dict[str, Easing] = _table()
_SPEED = re.compile(r"speed\(\s*([^()\s]+)\s*\)")


def find_easing(name: str) -> Easing:
    """The easing of that name, e.g. ``"ease-in-out"``, or ``"speed(A)"`` for the data set's curve.

    Case, spaces and ``_`` do not matter.

    Raises:
        InputError: there is no such easing; the message suggests the nearest.
    """
    text = name.strip().lower()
    if speed := _SPEED.fullmatch(text):
        try:
            a = float(speed[1])
        except ValueError as error:
            raise InputError(f"speed(a) takes a number, as in speed(2), not {speed[1]!r}") from error
        return _speed(a)
    key = re.sub(r"[\s_]+", "-", text)
    if key in EASINGS:
        return EASINGS[key]
    near = difflib.get_close_matches(key, (*EASINGS, "speed(a)"), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise InputError(f"unknown easing {name!r}; {hint}easings are {', '.join(EASINGS)} and speed(a)")


def _speed(a: float) -> Easing:
    speed_curve(0.0, a)  # checks it
    return Easing(
        f"speed({repr(float(a)).removesuffix('.0')})",
        "(1 - exp(-a t)) / (1 - exp(-a))",
        "MultiCamVideo (arXiv 2503.11647)",
        lambda t: speed_curve(t, a),
    )


def ease(name: str, t: ArrayLike) -> FloatArray:
    """Progress at times ``t`` (any shape; what lies outside 0 to 1 is taken for the nearer end).

    Raises:
        InputError: no such easing, or a time that is not a number.
    """
    times = np.asarray(t, dtype=np.float64)
    if np.isnan(times).any():
        raise InputError("a time to ease must be a number, not NaN")
    return find_easing(name).curve(np.clip(times, 0.0, 1.0))
