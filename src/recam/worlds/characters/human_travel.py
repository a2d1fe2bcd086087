"""Motions that take a human-like body along a way: walking, running, marching, sneaking, skipping."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.gait import Leg, step
from recam.worlds.characters.human_body import SIDES, Acting, Build, Foot, standing
from recam.worlds.characters.human_gestures import Played
from recam.worlds.characters.paths import Way, draw_way, straight_way
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import keyed


@dataclass(frozen=True)
class Style:
    """How a body goes; lengths are shares of the leg, angles are degrees.

    Attributes:
        speed: least and most metres a second for a leg of 0.85 m.
        stride: legs gone in a cycle of two steps, at the middle of the speeds.
        stance: share of a cycle that a foot is down.
        crouch: how far the hips are below a straight stand.
        bob: half the rise and fall of the hips; above 0 they are highest over the standing foot.
        lean: of the trunk, forward.
        arms: swing of the upper arms to either side.
        elbow: bend of the elbows, and how much they bend more as the arm comes forward.
        rolls: foot pitch at the moments of ``keys``.
    """

    speed: tuple[float, float]
    stride: float
    stance: float
    lift: float
    crouch: float
    bob: float
    lean: float
    arms: float
    elbow: tuple[float, float]
    keys: tuple[float, ...]
    rolls: tuple[float, ...]


STYLES: dict[str, Style] = {
    "walk": Style(
        (0.9, 1.6), 1.6, 0.6, 0.05, 0.03, 0.018, 3, 24, (18, 12),
        (0.0, 0.1, 0.36, 0.6, 0.8, 0.94), (-16, 0, 0, 42, 8, -16),
    ),
    "run": Style(
        (2.2, 3.4), 2.5, 0.36, 0.26, 0.09, -0.035, 12, 42, (85, 15),
        (0.0, 0.07, 0.18, 0.36, 0.55, 0.8), (-6, 0, 0, 52, 60, 5),
    ),
    "march": Style(
        (0.7, 1.1), 1.3, 0.56, 0.38, 0.01, 0.012, -2, 45, (25, 30),
        (0.0, 0.1, 0.4, 0.56, 0.75), (0, 0, 0, 22, 18),
    ),
    "sneak": Style(
        (0.5, 0.8), 1.1, 0.62, 0.17, 0.17, 0.012, 24, 12, (60, 10),
        (0.0, 0.1, 0.42, 0.62, 0.8), (12, 0, 0, 30, 22),
    ),
    "skip": Style(
        (1.4, 2.0), 2.0, 0.42, 0.3, 0.03, -0.055, 2, 38, (35, 20),
        (0.0, 0.08, 0.22, 0.42, 0.7), (10, 0, 0, 46, 25),
    ),
}  # fmt: skip


_TURN = Style(
    (1.0, 1.0), 1.0, 0.62, 0.09, 0.025, 0.008, 1, 9, (20, 6), (0.0, 0.12, 0.4, 0.62, 0.8), (5, 0, 0, 22, 14)
)  # fmt: skip
SPOTS = {"jog on the spot": "run", "march on the spot": "march"}
_PARTICIPLES = {
    "walk": "walking",
    "run": "running",
    "march": "marching",
    "sneak": "sneaking",
    "skip": "skipping",
}


def travel(rng: np.random.Generator, build: Build, stage: Stage, name: str) -> Played:
    """A body that goes along a way within its stage in a style, or does so on the spot."""
    style = STYLES[SPOTS.get(name, name)]
    size = np.sqrt(build.leg / 0.85)
    speed = float(rng.uniform(*style.speed)) * size
    # Quicker steps are longer and more frequent alike.
    middle = np.mean(style.speed) * size
    stride = style.stride * build.leg * float((speed / middle) ** 0.5 * rng.uniform(0.93, 1.07))
    cadence = speed / stride
    if name in SPOTS:
        style, stride = replace(style, lean=0.4 * style.lean), 1e-4
        start = stage.spot(rng, stage.room)
        way = straight_way((float(start[0]), float(start[1])), float(rng.uniform(-np.pi, np.pi)))
        words = "jogging on the spot" if name.startswith("jog") else "marching on the spot"
        facts: dict[str, Any] = {"path": "none"}
    else:
        radius = max(stage.radius - 0.4, 0.2)
        if style.speed[1] > 1.8:  # as fast as the circle allows
            slower = float(np.clip(radius / 1.8, 0.7, 1.0))
            speed, stride = speed * slower, stride * slower
        way = draw_way(rng, stage.centre, radius, speed * stage.duration, 0.3 * speed)
        words = _PARTICIPLES[name] + way.words(speed * stage.duration)
        facts = {"speed": round(speed, 2), "step": round(stride / 2, 2), "path": way.kind}
    cycles = float(rng.random()) + stage.seconds * cadence
    return _go(rng, build, stage, style, way, cycles, stride), words, facts


def turn_around(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    """A body that turns on the spot in small steps."""
    period = float(rng.uniform(0.75, 1.0))
    rate = float(rng.uniform(75, 130)) * float(rng.choice([-1, 1]))
    stride = 1e-3  # metres gone in a cycle: the way is a dot, its headings turn
    start = stage.spot(rng, stage.room)
    cycles = rng.random() + stage.seconds / period
    distances = (np.arange(-4.0, stage.duration / period + 4.0, 0.05)) * stride
    headings = rng.uniform(-np.pi, np.pi) + np.radians(rate) * period * distances / stride
    way = Way("turn", distances, np.tile(start, (len(distances), 1)), headings)
    acting = _go(rng, build, stage, _TURN, way, cycles, stride)
    return acting, "turning around on the spot", {"degrees a second": round(abs(rate))}


def _go(
    rng: np.random.Generator,
    build: Build,
    stage: Stage,
    style: Style,
    way: Way,
    cycles: FloatArray,
    stride: float,
) -> Acting:
    start = cycles[0]
    gone = (cycles - start) * stride
    shifted = Way(way.kind, way.distances + start * stride, way.points, way.headings)
    acting = standing(rng, build, stage)
    heading = np.degrees(way.heading(gone))
    middle = way.at(gone)
    # A body leans into its way's turns by what the turning pulls.
    bend = np.gradient(np.radians(heading), np.maximum(gone, 1e-6)) if gone[-1] > 0.1 else np.zeros(len(gone))
    speed = gone[-1] / max(stage.duration, 1e-6)
    tilt = -np.degrees(np.arctan(np.clip(bend, -2.5, 2.5) * speed**2 / 9.81)) * 0.6

    beat = 2 * np.pi * cycles
    over = 4 * np.pi * (cycles - style.stance / 2)
    acting.heading = heading
    hips = build.hip_height - build.leg * (style.crouch - style.bob * np.cos(over))
    ahead = np.stack([np.cos(np.radians(heading)), np.sin(np.radians(heading))], axis=1)
    ground = np.mean([stage.ground(middle + offset * ahead) for offset in (-0.25, 0.0, 0.25)], axis=0)
    aside = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    narrow = 0.55 * build.hips
    sway = 0.018 * build.height * np.cos(beat - 2 * np.pi * style.stance / 2)
    acting.pelvis = np.concatenate([middle + sway[:, None] * aside, (ground + hips)[:, None]], axis=1)
    swing = np.cos(beat)
    acting.hips = np.stack(
        [
            np.full(len(cycles), 0.5 * style.lean),
            tilt + 2.5 * np.cos(beat - np.pi * style.stance),
            -5.0 * swing,
        ],
        axis=1,
    )
    acting.waist = np.stack(
        [0.5 * style.lean + 1.5 * np.cos(2 * beat), -2.0 * np.cos(beat - np.pi * style.stance), 10.0 * swing],
        axis=1,
    )
    looks = acting.neck[:, 2] * 1.0
    acting.neck = np.stack([-0.6 * style.lean + acting.neck[:, 0], -0.5 * tilt, looks - 5 * swing], axis=1)
    strength = float(rng.uniform(0.8, 1.2))
    for side, sign in SIDES.items():
        leg = Leg(0.0 if sign > 0 else 0.5, 0.0, sign * narrow)
        footing = step(shifted, cycles, stride, leg, stage.ground, style.stance, style.lift * build.leg)
        roll = keyed(footing.moments, style.keys, style.rolls, 1.0)
        acting.feet[side] = Foot(footing.places, np.degrees(footing.headings) + 6 * sign, roll)
        arm = acting.arms[side]
        forward = -sign * swing
        arm.forward = 4 + strength * style.arms * forward
        arm.elbow = style.elbow[0] + style.elbow[1] * forward
        arm.twist = arm.twist + 10
    return acting
