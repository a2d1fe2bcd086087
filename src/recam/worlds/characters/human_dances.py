"""Dances of human-like bodies, and play with a ball."""

from __future__ import annotations

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.human_actions import directions, widen
from recam.worlds.characters.human_body import SIDES, Acting, Build, standing
from recam.worlds.characters.human_gestures import Played, held, pull_hand, some_side
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import drift, ease, keyed, wave
from recam.worlds.colours import draw_colour, with_article
from recam.worlds.scene import Material, Part, Shape, Texture


def groove(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    """Hips from side to side, knees bouncing, arms pumping."""
    acting = standing(rng, build, stage)
    widen(acting, build, 0.6 * build.hips)
    period = float(rng.uniform(0.9, 1.4))
    phase = float(rng.random())
    side = wave(stage.seconds, period, phase)
    bounce = 0.5 - 0.5 * np.cos(4 * np.pi * (stage.seconds / period + phase))
    _, left = directions(acting)
    acting.pelvis += (0.055 * build.height * side)[:, None] * left
    acting.pelvis[:, 2] -= build.leg * (0.05 + 0.05 * bounce)
    acting.hips[:, 1] += 9 * side
    acting.hips[:, 2] += 9 * wave(stage.seconds, period, phase + 0.25)
    acting.waist[:, 1] -= 15 * side
    acting.waist[:, 2] -= 16 * wave(stage.seconds, period, phase + 0.25)
    acting.neck[:, 1] += 8 * side
    acting.neck[:, 0] += 6 * bounce
    high = float(rng.uniform(20, 75))
    for each, sign in SIDES.items():
        arm = acting.arms[each]
        arm.forward = high + 28 * sign * side
        arm.out = 22 + 14 * bounce
        arm.elbow = 85 + 28 * sign * wave(stage.seconds, period, phase + 0.15)
        arm.twist = np.full_like(side, 12.0)
        # The heel of the side without weight comes up.
        acting.feet[each].pitch = 22 * np.clip(-sign * side, 0, 1) ** 2
    return acting, "dancing", {"dance": "groove", "period": round(period, 2)}


def step_touch(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    """A step to the side, the other foot follows; the arm of that side points up."""
    acting = standing(rng, build, stage)
    period = float(rng.uniform(1.5, 2.1))
    cycle = (stage.seconds / period + rng.random()) % 1.0
    wide = float(rng.uniform(0.14, 0.2)) * build.height
    _, left = directions(acting)
    # First the leading foot, then the other, then back the other way: one period.
    tracks = {
        "left": keyed(cycle, (0.0, 0.18, 0.72, 0.92), (-1.0, 1.0, 1.0, -1.0), 1.0),
        "right": keyed(cycle, (0.22, 0.42, 0.5, 0.68), (-1.0, 1.0, 1.0, -1.0), 1.0),
    }
    middle = (tracks["left"] + tracks["right"]) / 2
    for each, sign in SIDES.items():
        track = tracks[each]
        foot = acting.feet[each]
        foot.place = foot.place + (wide * track)[:, None] * left
        foot.place[:, 2] += 0.05 * build.leg * (1 - track**2)
        foot.pitch = 25 * (1 - track**2)
        up = ease(0.5 + 0.75 * sign * middle)
        arm = acting.arms[each]
        arm.out = 25 + 112 * up
        arm.forward = 20 * (1 - up)
        arm.elbow = 70 - 52 * up
        arm.twist = 30 * (1 - up)
    acting.pelvis += (wide * middle)[:, None] * left
    beat = 0.5 - 0.5 * np.cos(8 * np.pi * cycle)
    acting.pelvis[:, 2] -= build.leg * (0.04 + 0.035 * beat)
    acting.waist[:, 1] += 9 * middle
    acting.waist[:, 2] += 14 * middle
    acting.hips[:, 1] -= 5 * middle
    acting.neck[:, 2] += 18 * middle
    acting.neck[:, 0] += 6 * beat
    return acting, "dancing from side to side", {"dance": "side steps", "period": round(period, 2)}


def twist(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    """Hips and heels turn one way, shoulders and arms the other, lower and higher again."""
    acting = standing(rng, build, stage)
    period = float(rng.uniform(0.75, 1.05))
    turning = wave(stage.seconds, period, rng.random())
    low = 0.5 - 0.5 * np.cos(2 * np.pi * (stage.seconds / rng.uniform(2.6, 3.6) + rng.random()))
    acting.pelvis[:, 2] -= build.leg * (0.09 + 0.13 * low)
    ahead, _ = directions(acting)
    acting.pelvis -= (0.07 * build.leg * low)[:, None] * ahead
    acting.hips[:, 2] += 26 * turning
    acting.hips[:, 0] += 8 + 10 * low
    acting.waist[:, 2] -= 52 * turning
    acting.waist[:, 0] += 4 * low
    acting.neck[:, 2] += 22 * turning
    acting.neck[:, 0] -= 8 + 8 * low
    for each, sign in SIDES.items():
        foot, arm = acting.feet[each], acting.arms[each]
        foot.heading = foot.heading + 30 * turning
        foot.pitch = np.full_like(turning, 14.0)
        arm.forward = 32 + 16 * sign * turning
        arm.out = np.full_like(turning, 26.0)
        arm.elbow = 92 + 16 * sign * turning
        arm.twist = np.full_like(turning, 22.0)
    return acting, "dancing the twist", {"dance": "twist", "period": round(period, 2)}


def ballet(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    """Turns on the toes of one foot with the other at its knee, arms in a ring."""
    acting = standing(rng, build, stage)
    side, sign = some_side(rng)
    other = "right" if side == "left" else "left"
    rate = float(rng.uniform(110, 220)) * sign
    spin = rate * stage.seconds
    rise = drift(rng, stage.seconds, 6, 1.4)
    acting.heading = acting.heading + spin
    support, free = acting.feet[other], acting.feet[side]
    ahead, left = directions(acting)
    toe = 0.5 * build.foot  # it turns about a point near its toes
    pivot = support.place.copy()
    support.heading = acting.heading + 0.0
    support.pitch = np.full_like(spin, 42.0) + rise
    support.place = pivot - toe * ahead
    up = build.foot * 0.72 * np.sin(np.radians(42.0))
    acting.pelvis[:, :2] = (pivot - 0.3 * toe * ahead)[:, :2] + (sign * 0.35 * build.hips * left)[:, :2]
    acting.pelvis[:, 2] += up
    free.place = pivot + sign * 0.4 * build.hips * left + (0.1 * build.leg) * ahead
    free.place[:, 2] += 0.46 * build.leg
    free.heading = acting.heading + sign * 50
    free.pitch = np.full_like(spin, 60.0)
    free.firm = False
    high = rng.random() < 0.5
    for arm in acting.arms.values():
        arm.out = np.full_like(spin, 150.0 if high else 62.0) + rise
        arm.forward = np.full_like(spin, 12.0 if high else 40.0)
        arm.elbow = np.full_like(spin, 46.0)
        arm.twist = np.full_like(spin, -60.0 if high else 62.0)
    return acting, "dancing a pirouette", {"dance": "pirouette", "degrees a second": round(abs(rate))}


def _ball(rng: np.random.Generator, radius: float) -> tuple[str, Shape]:
    name, colour = draw_colour(rng)
    texture = Texture(
        str(rng.choice(["plain", "stripes", "patches"])), colour, (0.9, 0.9, 0.88), 3 * radius, 1
    )
    return with_article(f"{name} ball"), Shape("sphere", (radius,), Material(texture, roughness=0.4))


def _ball_part(ball: Shape, places: FloatArray, spin: FloatArray) -> Part:
    poses = np.tile(np.eye(4), (len(places), 1, 1))
    cos, sin = np.cos(spin), np.sin(spin)
    poses[:, 0, 0], poses[:, 0, 2], poses[:, 2, 0], poses[:, 2, 2] = cos, sin, -sin, cos
    poses[:, :3, 3] = places
    return Part((ball,), poses)


def _side_track(acting: Acting, build: Build, sign: float, ahead: float, above: FloatArray) -> FloatArray:
    return held(acting, np.full_like(above, ahead), np.full_like(above, sign * build.shoulders), above)


def toss(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    """A ball goes up from a hand and comes back to it."""
    acting = standing(rng, build, stage)
    side, sign = some_side(rng)
    period = float(rng.uniform(1.0, 1.4))
    moments = (stage.seconds + rng.uniform(0, period)) % period
    flight = 0.62 * period
    held_for = period - flight
    share = np.clip((moments - held_for) / flight, 0.0, 1.0)
    air = 9.81 / 2 * flight**2 * share * (1 - share)
    # The hand gives way as it catches, then pushes up.
    dip = 0.09 * build.height * np.sin(np.pi * np.clip(moments / held_for, 0, 1)) ** 2
    radius = 0.036 * build.height
    hand = build.waist + 0.09 * build.height - dip
    place = _side_track(acting, build, sign, 0.62 * build.arm, hand)
    pull_hand(acting.arms[side], place - [0, 0, 1.3 * radius])
    acting.neck[:, 0] -= 26 * np.sin(np.pi * share) - 4
    acting.pelvis[:, 2] -= 0.25 * dip
    words, ball = _ball(rng, radius)
    ahead, _ = directions(acting)
    middle = place + 0.35 * build.hand * ahead
    middle[:, 2] += air + 0.3 * radius
    acting.extras.append(_ball_part(ball, middle, 4 * stage.seconds))
    return acting, f"tossing {words} up and catching it", {"period": round(period, 2)}


def dribble(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    """A ball bounces between a hand and the ground."""
    acting = standing(rng, build, stage)
    side, sign = some_side(rng)
    period = float(rng.uniform(0.6, 0.8))
    share = (stage.seconds / period + rng.random()) % 1.0
    radius = 0.068 * build.height
    acting.pelvis[:, 2] -= 0.1 * build.leg
    acting.hips[:, 0] += 12
    acting.waist[:, 0] += 10
    acting.neck[:, 0] -= 8
    widen(acting, build, 0.4 * build.hips)
    ahead, left = directions(acting)
    side_by = sign * 1.25 * build.shoulders
    spot = acting.pelvis + 0.2 * build.height * ahead + side_by * left
    ground = stage.ground(spot[:1, :2])[0]
    top = 0.46 * build.height
    # Down at an even speed and faster, up again and slower: a bounce at the half.
    fall = np.abs(2 * share - 1)
    height = radius + (top - 2 * radius) * (1 - (1 - fall) ** 1.6)
    places = spot.copy()
    places[:, 2] = ground + height
    hand = np.maximum(places[:, 2] + radius, ground + top - 0.11 * build.height)
    grip = spot.copy() - 0.3 * build.hand * ahead
    grip[:, 2] = hand + 0.02 * build.height
    pull_hand(acting.arms[side], grip)
    acting.pelvis[:, 2] -= 0.02 * build.leg * (1 - fall)
    words, ball = _ball(rng, radius)
    acting.extras.append(_ball_part(ball, places, 2 * stage.seconds))
    return acting, f"bouncing {words}", {"period": round(period, 2)}
