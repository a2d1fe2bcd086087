"""What human-like bodies do with arms, head and trunk where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.human_body import SIDES, Acting, Arm, Build, standing
from recam.worlds.characters.skeleton import turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import drift, keyed, wave

Played = tuple[Acting, str, dict[str, Any]]
"""What a body does, the words for it, and facts as plain JSON values."""


def in_body(acting: Acting, place: FloatArray) -> FloatArray:
    """[F,3] places in the world from ones [F,3] (or [3]) in the body's frame: ahead, left, above its hips."""
    turned = turn_z(acting.heading) @ np.broadcast_to(place, (len(acting.heading), 3))[..., None]
    return acting.pelvis + turned[..., 0]


def held(
    acting: Acting, ahead: FloatArray | float, left: FloatArray | float, above: FloatArray | float
) -> FloatArray:
    """[F,3] in the world of a place given by tracks [F] in the body's frame."""
    return in_body(acting, np.stack(np.broadcast_arrays(ahead, left, above), axis=-1))


def pull_hand(arm: Arm, place: FloatArray, pull: FloatArray | float = 1.0) -> None:
    """Let a hand go to a place, fully or by shares [F]."""
    arm.hand, arm.pull = place, np.broadcast_to(np.asarray(pull, dtype=np.float64), (len(place),))


def some_side(rng: np.random.Generator) -> tuple[str, float]:
    side = str(rng.choice(list(SIDES)))
    return side, SIDES[side]


def wave_hand(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    side, sign = some_side(rng)
    period, size = float(rng.uniform(0.6, 1.1)), rng.uniform(18, 32)
    beat = wave(stage.seconds, period, rng.random())
    both = rng.random() < 0.2
    for each in SIDES if both else (side,):
        arm = acting.arms[each]
        swing = beat if each == side else -beat
        arm.out = np.full_like(arm.out, rng.uniform(75, 120)) + 7 * swing
        arm.forward = np.full_like(arm.out, rng.uniform(5, 20))
        arm.twist = np.full_like(arm.out, -90.0)
        arm.elbow = 62 + size * swing
    acting.waist[:, 1] += sign * (3 + 2 * beat)
    acting.hips[:, 1] -= 1.5 * sign * beat
    return acting, "waving with both arms" if both else "waving", {"period": round(period, 2)}


def clap(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(0.45, 0.8))
    beat = 0.5 - 0.5 * wave(stage.seconds, period, rng.random())
    high = build.waist + build.chest + build.neck * rng.uniform(0.4, 1.5)
    ahead = build.arm * rng.uniform(0.55, 0.75)
    gap = 0.02 * build.height + build.shoulders * 1.6 * beat**1.5
    for side, sign in SIDES.items():
        pull_hand(acting.arms[side], held(acting, ahead - 0.06 * beat, sign * gap, high - build.hand * 0.6))
    acting.waist[:, 0] += 3 - 3 * beat
    acting.neck[:, 0] += 4 * beat
    acting.pelvis[:, 2] -= build.leg * (0.02 + 0.012 * beat)
    return acting, "clapping", {"period": round(period, 2)}


def talk(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    seconds = stage.seconds
    for arm in acting.arms.values():
        arm.forward = 25 + drift(rng, seconds, 22, 1.1)
        arm.out = 14 + drift(rng, seconds, 12, 1.3)
        arm.twist = 15 + drift(rng, seconds, 25, 1.0)
        arm.elbow = 80 + drift(rng, seconds, 35, 1.0)
    acting.neck += np.stack([drift(rng, seconds, size, 1.2) for size in (8, 6, 22)], axis=1)
    acting.waist += np.stack([drift(rng, seconds, size, 2.0) for size in (4, 3, 12)], axis=1)
    return acting, "talking with both hands", {}


def look_around(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(2.4, 3.6))
    yaw = wave(stage.seconds, period, rng.choice([0.0, 0.5]) + rng.uniform(-0.1, 0.1))
    acting.neck[:, 2] = 62 * yaw
    acting.neck[:, 0] += drift(rng, stage.seconds, 10, 1.6)
    acting.waist[:, 2] += 24 * yaw
    side, _ = some_side(rng)
    if rng.random() < 0.6:  # shades the eyes
        arm = acting.arms[side]
        yaw_all = np.radians(86 * yaw * 0.6)
        ahead, high = (
            1.25 * build.head,
            build.waist + build.chest + build.neck + build.throat + 1.25 * build.head,
        )
        tilt = SIDES[side] * 0.75 * build.head
        place = held(
            acting,
            ahead * np.cos(yaw_all) - tilt * np.sin(yaw_all),
            ahead * np.sin(yaw_all) + tilt * np.cos(yaw_all),
            np.full_like(yaw, high),
        )
        pull_hand(arm, place)
    return acting, "looking around", {"period": round(period, 2)}


def stretch(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(2.4, 3.4))
    phase = float(rng.random())
    lean = wave(stage.seconds, period, phase)
    for side, sign in SIDES.items():
        arm = acting.arms[side]
        arm.out = 158 + 10 * wave(stage.seconds, period / 2, phase) - 8 * sign * lean
        arm.elbow = 22 + 10 * sign * lean
        arm.forward = np.full_like(lean, 4.0)
        acting.feet[side].place = acting.feet[side].place + _aside(acting, sign * 0.6 * build.hips)
    acting.waist[:, 1] += 30 * lean
    acting.hips[:, 1] -= 7 * lean
    acting.pelvis[:, :2] -= (0.05 * lean[:, None] * _left(acting)) * build.height * -1
    acting.neck[:, 1] += 10 * lean
    return acting, "stretching from side to side", {"period": round(period, 2)}


def conduct(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(0.9, 1.5))
    phase = float(rng.random())
    for side, sign in SIDES.items():
        arm = acting.arms[side]
        arm.forward = 55 + 25 * wave(stage.seconds, period, phase)
        arm.out = 22 + 16 * wave(stage.seconds, 2 * period, phase)
        arm.elbow = 70 + 25 * wave(stage.seconds, period, phase + 0.2)
        arm.twist = 12 + 8 * sign * wave(stage.seconds, 2 * period, phase)
    acting.waist[:, 0] += 3 * wave(stage.seconds, period, phase)
    acting.neck[:, 0] += 6 * wave(stage.seconds, period, phase + 0.1)
    acting.pelvis[:, 2] -= build.leg * 0.012 * (1 + wave(stage.seconds, period, phase))
    return acting, "conducting", {"period": round(period, 2)}


def point(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(2.0, 3.0))
    side, sign = some_side(rng)
    moments = stage.seconds + rng.uniform(0.0, 0.25) * period
    up = keyed(moments, (0.0, 0.3 * period, 0.62 * period, 0.85 * period), (0.0, 1.0, 1.0, 0.0), period)
    away = float(rng.uniform(10, 70))
    arm = acting.arms[side]
    arm.forward = arm.forward + up * (82 - arm.forward)
    arm.out = arm.out + up * (away - arm.out)
    arm.elbow = arm.elbow * (1 - up) + 60 * up * (1 - up) * 2
    acting.neck[:, 2] += sign * 0.9 * away * up
    acting.waist[:, 2] += sign * 0.3 * away * up
    return acting, "pointing at something", {"period": round(period, 2)}


def _left(acting: Acting) -> FloatArray:
    """[F,2] the body's left in the world."""
    turned = np.radians(acting.heading)
    return np.stack([-np.sin(turned), np.cos(turned)], axis=1)


def _aside(acting: Acting, metres: float) -> FloatArray:
    left = metres * _left(acting)
    return np.concatenate([left, np.zeros((len(left), 1))], axis=1)
