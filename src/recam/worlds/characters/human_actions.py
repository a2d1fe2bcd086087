"""What human-like bodies do with their whole body: sitting, jumping, boxing, dancing, lifting ..."""

from __future__ import annotations

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.human_body import SIDES, Acting, Build, standing
from recam.worlds.characters.human_gestures import Played, held, pull_hand, some_side
from recam.worlds.characters.skeleton import turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import drift, ease, keyed, wave
from recam.worlds.colours import draw_colour, with_article
from recam.worlds.props import wood
from recam.worlds.scene import Material, Part, Shape


def directions(acting: Acting) -> tuple[FloatArray, FloatArray]:
    """[F,3] ahead and left of a body, level."""
    turned = turn_z(acting.heading)
    return turned[:, :, 0], turned[:, :, 1]


def widen(acting: Acting, build: Build, by: float) -> None:
    """Feet apart by so many metres each."""
    _, left = directions(acting)
    for side, sign in SIDES.items():
        acting.feet[side].place = acting.feet[side].place + sign * by * left


def jump(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    high = float(rng.uniform(0.18, 0.38)) * build.leg
    leave = np.sqrt(2 * 9.81 * high)  # metres a second
    flight = 2 * leave / 9.81
    deep, soft = 0.25 * build.leg, 0.15 * build.leg
    # Down, up until the feet leave, through the air, down into the knees, up: speeds agree where these meet.
    spans = [
        float(rng.uniform(0.4, 0.55)),
        2 * deep / leave,
        flight,
        2 * soft / leave,
        float(rng.uniform(0.45, 0.7)),
    ]
    starts = np.concatenate([[0.0], np.cumsum(spans)])
    period = float(starts[-1])
    moments = (stage.seconds + rng.uniform(0, period)) % period
    shares = [np.clip((moments - start) / span, 0, 1) for start, span in zip(starts, spans, strict=False)]
    down = deep * (ease(shares[0]) - shares[1] ** 2) + soft * (1 - (1 - shares[3]) ** 2 - ease(shares[4]))
    bent = down / build.leg
    share = shares[2]
    air = 4 * high * share * (1 - share)
    tuck = 0.14 * build.leg * np.sin(np.pi * share) ** 2
    acting.pelvis[:, 2] += air - down
    for foot in acting.feet.values():
        foot.place = foot.place + np.stack([0 * air, 0 * air, air + tuck], axis=1)
        foot.pitch = 38 * np.sin(np.pi * share) ** 2
    keys = (0.0, spans[0] * 0.8, starts[2] + 0.25 * flight, starts[3] + spans[3])
    swing = keyed(moments, keys, (0.0, -38.0, 125.0, 20.0), period)
    for arm in acting.arms.values():
        arm.forward = arm.forward + swing
        arm.elbow = arm.elbow + 10 + 20 * bent
    acting.hips[:, 0] += 90 * bent
    acting.waist[:, 0] += 60 * bent
    acting.neck[:, 0] -= 70 * bent
    return acting, "jumping up and down", {"jump": round(high, 2), "period": round(period, 2)}


def jumping_jacks(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(0.95, 1.3))
    moments = (stage.seconds / period + rng.random()) % 1.0
    apart = keyed(moments, (0.0, 0.4, 0.5, 0.9), (0.0, 1.0, 1.0, 0.0), 1.0)
    first, second = (np.sin(np.pi * np.clip((moments - start) / 0.4, 0, 1)) ** 2 for start in (0.0, 0.5))
    hop = first + second
    lift = 0.07 * build.height * hop
    _, left = directions(acting)
    for side, sign in SIDES.items():
        foot, arm = acting.feet[side], acting.arms[side]
        foot.place = foot.place + (sign * 0.13 * build.height * apart)[:, None] * left
        foot.place[:, 2] += lift
        foot.pitch = 28 * hop
        arm.out = 14 + 140 * apart
        arm.elbow = 12 + 22 * apart
        arm.twist = np.zeros_like(apart)
    acting.pelvis[:, 2] += lift - 0.03 * build.leg - 0.02 * build.leg * apart
    return acting, "doing jumping jacks", {"period": round(period, 2)}


def squat(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    widen(acting, build, 0.5 * build.hips)
    period, depth = float(rng.uniform(1.7, 2.6)), float(rng.uniform(0.36, 0.5))
    down = 0.5 - 0.5 * np.cos(2 * np.pi * (stage.seconds / period + rng.random()))
    ahead, _ = directions(acting)
    acting.pelvis -= (0.22 * build.leg * down)[:, None] * ahead
    acting.pelvis[:, 2] -= depth * build.leg * down
    acting.hips[:, 0] += 28 * down
    acting.waist[:, 0] += 16 * down
    acting.neck[:, 0] -= 36 * down
    for arm in acting.arms.values():
        arm.forward = arm.forward + 122 * down
        arm.elbow = arm.elbow * (1 - 0.8 * down)
    return acting, "doing squats", {"period": round(period, 2)}


def sit(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(4.6, 6.0))
    start = float(rng.uniform(-0.3, 0.25))
    keys = (0.0, 1.15, 3.0, 4.0)
    down = keyed(stage.seconds - start, keys, (0.0, 1.0, 1.0, 0.0), period)
    half = ease(1 - np.abs(2 * down - 1))  # between both
    seat = float(rng.uniform(0.92, 1.05)) * build.shin + build.ankle
    ahead, _ = directions(acting)
    back = 0.9 * build.thigh
    place = acting.feet["left"].place[0] / 2 + acting.feet["right"].place[0] / 2 - back * ahead[0]
    ground = stage.ground(place[None, :2])[0]
    stands = acting.pelvis[:, 2] - ground
    sits = seat + 0.05 * build.height
    acting.pelvis -= (back * down)[:, None] * ahead
    acting.pelvis[:, 2] += (sits - stands) * down
    acting.hips[:, 0] += 30 * half - 4 * down
    acting.waist[:, 0] += 22 * half + 4 * down
    acting.neck[:, 0] -= 25 * half
    acting.neck[:, 2] += drift(rng, stage.seconds, 14, 1.6) * down
    acting.waist[:, 2] += drift(rng, stage.seconds, 7, 2.0) * down
    for arm in acting.arms.values():
        arm.forward = arm.forward + 26 * down + 35 * half
        arm.elbow = arm.elbow + 32 * down
        arm.twist = arm.twist + 8 * down
    pose = np.eye(4)
    pose[:3, :3] = turn_z(float(acting.heading[0]))
    pose[:3, 3] = place[0], place[1], ground
    kind = str(rng.choice(["wooden stool", "wooden box", "round stool"]))
    shapes = _seat(rng, kind, 0.13 * build.height, seat)
    acting.extras.append(Part(shapes, pose[None]))
    return acting, f"sitting down on a {kind}", {"seat": kind}


def _seat(rng: np.random.Generator, kind: str, half: float, height: float) -> tuple[Shape, ...]:
    material = wood(rng)
    if kind == "wooden box":
        return (Shape("box", (half, half, height / 2), material, (0, 0, height / 2)),)
    if kind == "round stool":
        steel = Material.plain((0.4, 0.4, 0.42), roughness=0.4, metallic=0.6)
        return (
            Shape("cylinder", (0.9 * half, 0.025), material, (0, 0, height - 0.025)),
            Shape("cylinder", (0.025, height / 2 - 0.02), steel, (0, 0, height / 2)),
            Shape("cylinder", (0.75 * half, 0.012), steel, (0, 0, 0.012)),
        )
    top = Shape("box", (half, half, 0.02), material, (0, 0, height - 0.02))
    legs = [
        Shape(
            "box", (0.018, 0.018, height / 2 - 0.01), material, (x * 0.85 * half, y * 0.85 * half, height / 2)
        )
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    return (top, *legs)


def bow(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period, depth = float(rng.uniform(2.2, 3.0)), float(rng.uniform(0.7, 1.0))
    moments = stage.seconds + rng.uniform(0.0, 0.15) * period
    down = depth * keyed(moments, (0.0, 0.38 * period, 0.55 * period, 0.9 * period), (0, 1, 1, 0), period)
    ahead, _ = directions(acting)
    acting.pelvis -= (0.16 * build.leg * down)[:, None] * ahead
    acting.hips[:, 0] += 50 * down
    acting.waist[:, 0] += 26 * down
    acting.neck[:, 0] += 14 * down
    side, _ = some_side(rng)
    grand = rng.random() < 0.5
    for each, arm in acting.arms.items():
        arm.forward = arm.forward + 56 * down
        if grand and each == side:
            arm.elbow, arm.twist = arm.elbow + 75 * down, arm.twist + 40 * down
            arm.forward = arm.forward - 15 * down
        elif grand:
            arm.out = arm.out + 55 * down
    return acting, "taking a bow", {"period": round(period, 2)}


def kick(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    side, sign = some_side(rng)
    other = "right" if side == "left" else "left"
    period = float(rng.uniform(1.3, 1.9))
    moments = (stage.seconds / period + rng.random()) % 1.0
    high = float(rng.uniform(0.35, 0.85))
    keys = (0.0, 0.28, 0.5, 0.78)
    swing = keyed(moments, keys, (0.0, -0.42, 0.82 * np.sqrt(1.35 - high**2 * 0.8), 0.0), 1.0) * build.leg
    lift = keyed(moments, keys, (0.0, 0.2, high, 0.0), 1.0) * build.leg
    ahead, left = directions(acting)
    foot = acting.feet[side]
    foot.place = foot.place + swing[:, None] * ahead
    foot.place[:, 2] += lift
    foot.pitch = keyed(moments, keys, (0.0, 55.0, -25.0, 0.0), 1.0)
    foot.firm = False
    raised = keyed(moments, (0.0, 0.2, 0.6, 0.85), (0.0, 1.0, 1.0, 0.0), 1.0)
    acting.pelvis -= (sign * 0.75 * build.hips * raised)[:, None] * left
    acting.pelvis[:, 2] -= 0.04 * build.leg * raised
    back = keyed(moments, keys, (0.0, 10.0, -16.0, 0.0), 1.0)
    acting.hips[:, 0] += back
    acting.hips[:, 2] += -0.7 * sign * back
    acting.waist[:, 0] -= 0.4 * back
    acting.waist[:, 2] += 1.2 * sign * back
    acting.arms[side].forward = acting.arms[side].forward + 2.2 * back
    acting.arms[other].forward = acting.arms[other].forward - 2.6 * back
    for arm in acting.arms.values():
        arm.out, arm.elbow = arm.out + 22 * raised, arm.elbow + 25 * raised
    return acting, "kicking", {"period": round(period, 2)}


def box(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(0.8, 1.3))
    moments = (stage.seconds / period + rng.random()) % 1.0
    ahead, _ = directions(acting)
    lead, _ = some_side(rng)
    for side in SIDES:
        step = 0.16 if side == lead else -0.16
        acting.feet[side].place = acting.feet[side].place + step * build.leg * ahead
        acting.feet[side].pitch = np.full_like(moments, 0.0 if side == lead else 18.0)
    widen(acting, build, 0.3 * build.hips)
    bounce = wave(stage.seconds, period / 2, 0.2)
    acting.pelvis[:, 2] -= build.leg * (0.07 + 0.015 * bounce)
    shoulder = build.waist + build.chest + 0.86 * build.neck
    for side, sign in SIDES.items():
        start = 0.0 if side == lead else 0.5
        out = keyed((moments - start) % 1.0, (0.0, 0.2, 0.45), (0.0, 1.0, 0.0), 1.0)
        level = shoulder + 0.03 * build.height * (1 - out)
        far = build.arm * (0.42 + 0.6 * out)
        pull_hand(acting.arms[side], held(acting, far, sign * build.shoulders * (0.75 - 0.6 * out), level))
        acting.waist[:, 2] -= sign * 26 * out
        acting.hips[:, 2] -= sign * 10 * out
        acting.pelvis += (0.05 * build.leg * out)[:, None] * ahead
    acting.waist[:, 0] += 9
    return acting, "boxing", {"period": round(period, 2)}


def lunge(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    period = float(rng.uniform(1.6, 2.3))
    cycles = stage.seconds / period + rng.random()
    moments = cycles % 1.0
    ahead, _ = directions(acting)
    far = float(rng.uniform(0.65, 0.85)) * build.leg
    for side, start in (("left", 0.0), ("right", 0.5)):
        # A side has every other half of the cycle; in it the foot goes out, rests and comes back.
        own = (moments - start) % 1.0
        out = keyed(own, (0.0, 0.18, 0.3, 0.48), (0.0, 1.0, 1.0, 0.0), 1.0)
        moving = 4 * out * (1 - out)
        foot = acting.feet[side]
        foot.place = foot.place + (far * out)[:, None] * ahead
        foot.place[:, 2] += 0.07 * build.leg * moving
        other = "right" if side == "left" else "left"
        acting.feet[other].pitch = acting.feet[other].pitch + 42 * out
        acting.pelvis += (0.5 * far * out)[:, None] * ahead
        acting.pelvis[:, 2] -= 0.34 * build.leg * out
        acting.arms[side].forward = acting.arms[side].forward - 32 * out
        acting.arms[other].forward = acting.arms[other].forward + 55 * out
        acting.arms[other].elbow = acting.arms[other].elbow + 55 * out
        acting.arms[side].elbow = acting.arms[side].elbow + 45 * out
    acting.waist[:, 0] += 4
    return acting, "doing lunges", {"period": round(period, 2)}


def balance(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    side, sign = some_side(rng)
    period = float(rng.uniform(1.6, 2.6))
    sway = wave(stage.seconds, period, rng.random())
    ahead, left = directions(acting)
    foot = acting.feet[side]
    swing = float(rng.uniform(0.15, 0.3)) + 0.22 * wave(stage.seconds, 1.3 * period, rng.random())
    foot.place = foot.place + (build.leg * swing)[:, None] * ahead
    foot.place[:, 2] += build.leg * (0.42 + 0.1 * wave(stage.seconds, period, rng.random()))
    foot.pitch = np.full_like(sway, 35.0)
    foot.firm = False
    acting.pelvis -= (sign * build.hips * (1.05 - 0.1 * sway))[:, None] * left
    acting.pelvis[:, 2] -= 0.02 * build.leg
    acting.hips[:, 1] += 4 * sway
    acting.waist[:, 1] -= 12 * sway
    for each, one in SIDES.items():
        acting.arms[each].out = 84 + 20 * one * sway + drift(rng, stage.seconds, 6, 0.9)
        acting.arms[each].elbow = np.full_like(sway, 12.0)
    return acting, "balancing on one leg", {"period": round(period, 2)}


def pick_up(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
    acting = standing(rng, build, stage)
    widen(acting, build, 0.4 * build.hips)
    period = float(rng.uniform(3.4, 4.4))
    moments = stage.seconds + rng.uniform(0.0, 0.1) * period
    # Down, up with it, down again; the cycle ends as it is put back.
    keys = np.array((0.0, 0.25, 0.32, 0.58, 0.68, 0.88)) * period
    down = keyed(moments, keys, (0.0, 1.0, 1.0, 0.0, 0.0, 1.0), period)
    lifted = keyed(moments, keys, (0.0, 0.0, 0.0, 1.0, 1.0, 0.0), period)
    ahead, _ = directions(acting)
    acting.pelvis -= (0.2 * build.leg * down)[:, None] * ahead
    acting.pelvis[:, 2] -= 0.42 * build.leg * down
    acting.hips[:, 0] += 42 * down
    acting.waist[:, 0] += 30 * down
    acting.neck[:, 0] -= 20 * down
    half = float(rng.uniform(0.075, 0.1)) * build.height
    rest = (acting.feet["left"].place + acting.feet["right"].place) / 2
    low = stage.on_ground((rest + 0.26 * build.height * ahead)[:, :2]) + [0, 0, half]
    stands = stage.ground(rest[:1, :2])[0] + build.hip_height
    high = rest + 0.2 * build.height * ahead
    high[:, 2] = stands + 0.1 * build.height
    place = low + lifted[:, None] * (high - low)
    held_now = keyed(moments, np.array((0.0, 0.22, 0.9, 0.97)) * period, (0.0, 1.0, 1.0, 0.0), period)
    pose = np.tile(np.eye(4), (len(moments), 1, 1))
    pose[:, :3, :3] = turn_z(acting.heading)
    pose[:, :3, 3] = place
    _, left = directions(acting)
    for side, sign in SIDES.items():
        grip = place + sign * (half + 0.012 * build.height) * left
        grip[:, 2] += 0.35 * build.hand
        pull_hand(acting.arms[side], grip - 0.3 * build.hand * ahead, held_now)
    what, shapes = _load(rng, half)
    acting.extras.append(Part(shapes, pose))
    return acting, f"picking up {what}", {"period": round(period, 2)}


def _load(rng: np.random.Generator, half: float) -> tuple[str, tuple[Shape, ...]]:
    if rng.random() < 0.5:
        return "a wooden box", (Shape("box", (half, half, half), wood(rng)),)
    name, colour = draw_colour(rng)
    return with_article(f"{name} ball"), (Shape("sphere", (half,), Material.plain(colour, roughness=0.4)),)
