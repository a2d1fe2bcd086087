"""What a path does, told in words: from an expression, and from poses alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from recam.camera import CameraPath, Poses
from recam.camera.expression import evaluate, explain, notes
from recam.camera.narrate import Step, narrate, totals


def told(text: str, **arguments) -> list[str]:
    return [str(step) for step in explain(evaluate(text, **arguments))]


def test_the_example_of_the_documentation() -> None:
    assert told("arc-left(30deg) @ease-in-out, then dolly-in(1.5m) over 20f, hold 10f") == [
        "frames 0-50: goes round the subject (4 m ahead of the start) to the left by 30 degrees "
        "(straight from end to end), ease-in-out",
        "frames 51-70: drives 1.5 m forwards",
        "frames 71-80: stays where it is",
    ]


LEFT, UP = "turns left by 20 degrees", "looks up by 10 degrees"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("pan-left", [f"0-19: {LEFT} (as published: the last frame is at 99.4 % of it)"]),
        ("zoom-in(3x)", ["0-19: zooms in 3 times (the lens; no motion)"]),
        ("zoom-in(0.5x)", ["0-19: zooms out 2 times (the lens; no motion)"]),
        ("roll-left", ["0-19: rolls counter-clockwise by 15 degrees"]),
        (
            "truck-right(-5cm) @speed(-2)",
            ["0-19: drives 0.05 m to the left, starting slowly (speed curve a = -2)"],
        ),
        (
            "dolly-zoom-out(1m, distance=3m)",
            [
                "0-19: drives 1 m backwards while the lens changes so that the point that is 3 m ahead by "
                "then keeps its size"
            ],
        ),
        ("handheld(1deg)", ["0-19: is held by hand (shakes by 1 degrees and 2 cm, root mean square)"]),
        (
            "pan-left over 10f while tilt-up",
            [f"0-9: {LEFT}; at the same time {UP}", "10-19: stays where it is then"],
        ),
        (
            "pan-left over 10f while tilt-up over 20f",
            ["0-19: at the same time", f"  0-9: {LEFT}", f"  0-19: {UP}"],
        ),
        (
            "repeat 2 (pan-left over 5f, reverse over 5f)",
            [
                "0-19: 2 times, each from where the one before ended",
                f"  0-4: {LEFT}",
                "  5-9: goes back along pan-left over 5f",
                f"  10-14: {LEFT}",
                "  15-19: goes back along pan-left over 5f",
            ],
        ),
        (
            "(pan-left, tilt-up) @smoothstep",
            ["0-19: all of this, smoothstep", f"  0-9: {LEFT}", f"  10-19: {UP}"],
        ),
    ],
)
def test_words_of_expressions(text: str, lines: list[str]) -> None:
    assert [line.replace("frames ", "") for line in told(text, num_frames=20)] == lines


def test_strength_and_subject_are_told() -> None:
    assert told("crane-up", num_frames=9, strength=-0.5, subject_distance=3) == [
        "frames 0-8: sinks by 0.5 m, keeping the subject (3 m ahead of the start) where it is in the picture "
        "(as published: the last frame is at 99.4 % of it)"
    ]


def test_published_zooms_get_a_note() -> None:
    assert "for a zoom of the lens write zoom-in" in notes("Zoom In")[0]
    assert "write zoom-out" in notes("pan-left, repeat 2 (zoom out 1m, zoom out 2m)")[0]
    assert len(notes("pan-left, repeat 2 (zoom out 1m, zoom out 2m)")) == 1
    assert notes("zoom-in, dolly-in") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("static", ["stays where it is"]),
        ("pan-left(40deg)", ["turns left by 40 degrees"]),
        ("dolly-in(1m)", ["drives 1 m forwards"]),
        ("pedestal-down(1m) while roll-right(20deg)", ["rolls clockwise by 20 degrees and", "sinks by"]),
        ("zoom-in(2x)", ["zooms in 2 times"]),
    ],
)
def test_a_single_move_is_found_in_its_poses(text: str, words: list[str]) -> None:
    steps = narrate(CameraPath.from_expression(text, 49))
    assert [(step.first, step.last) for step in steps] == [(0, 48)]
    assert all(word in steps[0].words for word in words), steps[0].words


def test_an_orbit_is_a_truck_and_a_pan_to_who_sees_only_poses() -> None:
    (step,) = narrate(CameraPath.preset("orbit-left", 61, amount=30))
    assert step.words == "turns right by 30 degrees and drives 2.094 m to the left"  # 4 m * pi / 6


def test_stretches_of_a_path_are_found() -> None:
    path = CameraPath.from_expression(
        "dolly-in(1m) over 30f, hold 20f, pan-right(30deg) over 30f, reverse over 30f"
    )
    steps = narrate(path)
    assert [step.words for step in steps] == [
        "drives 1 m forwards", "stays where it is", "turns right by 30 degrees", "turns left by 30 degrees",
    ]  # fmt: skip
    for step, last in zip(steps, (29, 49, 79, 109), strict=True):
        assert step.last == last
    assert steps[0].first == 0
    assert all(after.first == before.last + 1 for before, after in itertools.pairwise(steps))
    assert narrate(CameraPath(Poses.identity(1))) == [Step(0, 0, "a single view")]
    assert len(narrate(CameraPath(Poses.identity(2)))) == 1


def test_totals() -> None:
    whole = totals(
        CameraPath.from_expression("pan-left(90deg) over 20f, reverse over 20f, zoom-in(4x) over 20f")
    )
    assert whole.turned_degrees == pytest.approx(180)
    assert whole.turn_degrees == pytest.approx(0, abs=1e-6)
    assert whole.zoom == pytest.approx((1, 4, 4))
    assert "focal length times 1 to 4" in str(whole)
    there = totals(CameraPath.from_expression("dolly-in(2m) over 20f, dolly-out(1m) over 20f"))
    assert (there.travelled_metres, there.distance_metres) == pytest.approx((3, 1))
    assert np.isfinite(totals(CameraPath(Poses.identity(1))).turned_degrees)
