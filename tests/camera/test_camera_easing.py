"""Easings and the data set's speed curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recam.camera.easing import EASINGS, ease, find_easing, invert, speed_curve
from recam.errors import InputError

TIMES = np.linspace(0, 1, 201)


@pytest.mark.parametrize("name", [*EASINGS, "speed(2)", "speed(-3.5)", "speed(0)"])
def test_an_easing_runs_from_0_to_1_and_never_back(name: str) -> None:
    values = ease(name, TIMES)
    assert values[0] == 0
    assert values[-1] == 1
    assert (np.diff(values) >= 0).all()


# Worked out by hand, or read off the curves that the sources print.
@pytest.mark.parametrize(
    ("name", "t", "value"),
    [
        ("linear", 0.3, 0.3),
        ("smoothstep", 0.25, 3 / 16 - 2 / 64),
        ("smootherstep", 0.25, 6 / 1024 - 15 / 256 + 10 / 64),
        ("ease-in-cubic", 0.5, 0.125),
        ("ease-out-cubic", 0.5, 0.875),
        ("ease-in-out-cubic", 0.25, 0.0625),
        ("ease-in-out-quint", 0.75, 1 - 0.5**5 / 2),
        ("ease-in-sine", 0.5, 1 - np.sqrt(0.5)),
        ("ease-in-out", 0.5, 0.5),
        ("ease", 0.5, 0.8024034),  # what browsers give
        ("ease-in", 0.5, 0.3153568),
    ],
)
def test_values_are_those_of_the_formula(name: str, t: float, value: float) -> None:
    assert float(ease(name, t)) == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize("kind", ["", "-sine", "-quad", "-cubic", "-quart", "-quint"])
def test_out_is_in_backwards(kind: str) -> None:
    np.testing.assert_allclose(
        ease(f"ease-out{kind}", TIMES), 1 - ease(f"ease-in{kind}", 1 - TIMES), atol=1e-12
    )


@given(st.floats(-1e6, 1e6))
def test_the_speed_curve_is_stable_for_any_a(a: float) -> None:
    values = speed_curve(TIMES, a)
    assert np.isfinite(values).all()
    assert values[0] == 0
    assert values[-1] == 1
    assert (np.diff(values) >= 0).all()
    # starts fast for a > 0: never below the straight line
    assert (np.sign(a) * (values - TIMES) >= -1e-12).all()


def test_the_speed_curve_is_continuous_at_0() -> None:
    for a in (1e-13, -1e-13, 1e-11, -1e-11):
        np.testing.assert_allclose(speed_curve(TIMES, a), TIMES, atol=1e-11)
    # first speed over last speed is exp(a)
    values = speed_curve(np.array([0, 1e-6, 1 - 1e-6, 1]), 2.0)
    assert (values[1] - values[0]) / (values[3] - values[2]) == pytest.approx(np.exp(2), rel=1e-4)


@pytest.mark.parametrize("name", EASINGS)
def test_inverse(name: str) -> None:
    curve = find_easing(name).curve
    np.testing.assert_allclose(curve(invert(curve, TIMES)), TIMES, atol=1e-12)


def test_what_is_typed() -> None:
    assert find_easing(" Ease_In Out ").name == "ease-in-out"
    assert find_easing("SPEED( -2 )").name == "speed(-2)"
    assert float(ease("linear", 1.5)) == 1.0
    with pytest.raises(InputError, match="did you mean 'ease-in-out'"):
        find_easing("ease-inout")
    with pytest.raises(InputError, match="unknown easing 'q'; easings are linear"):
        find_easing("q")
    with pytest.raises(InputError, match="takes a number"):
        find_easing("speed(fast)")
    for a in ("nan", "inf"):
        with pytest.raises(InputError, match="finite"):
            find_easing(f"speed({a})")
    with pytest.raises(InputError, match="NaN"):
        ease("linear", np.nan)
