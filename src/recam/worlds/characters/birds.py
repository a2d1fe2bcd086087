"""Birds that go on two legs: storks, flamingos, hens; they stride, peck and flap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.gait import Leg, step
from recam.worlds.characters.kinds import Drawn, Kind
from recam.worlds.characters.paths import Way, draw_way, straight_way
from recam.worlds.characters.skeleton import Skeleton, reach, turn_x, turn_y, turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import drift, keyed, wave
from recam.worlds.colours import darker, shade
from recam.worlds.scene import Colour, Material, Part, Shape, Texture

SIDES = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class Bird:
    """Proportions of a kind of bird, as shares of the height of its back but for the height itself."""

    height: tuple[float, float]
    leg: float
    body: tuple[float, float, float]
    neck: float
    head: float
    beak: float
    wing: float
    feathers: tuple[tuple[str, Colour], ...]
    tips: Colour
    bare: Colour
    speed: tuple[float, float]


BIRDS = {
    "stork": Bird(
        (0.75, 0.95), 0.72, (0.3, 0.16, 0.17), 0.42, 0.075, 0.25, 0.62,
        (("white", (0.93, 0.92, 0.9)), ("grey", (0.55, 0.57, 0.6))),
        (0.08, 0.08, 0.09), (0.82, 0.22, 0.1), (0.5, 0.8),
    ),
    "flamingo": Bird(
        (0.85, 1.05), 0.76, (0.25, 0.14, 0.16), 0.52, 0.07, 0.13, 0.5,
        (("pink", (0.93, 0.55, 0.58)), ("pale pink", (0.95, 0.74, 0.72))),
        (0.85, 0.3, 0.32), (0.9, 0.5, 0.52), (0.5, 0.8),
    ),
    "hen": Bird(
        (0.3, 0.38), 0.45, (0.46, 0.31, 0.36), 0.38, 0.15, 0.13, 0.55,
        (("brown", (0.55, 0.3, 0.14)), ("white", (0.93, 0.91, 0.86)), ("black", (0.1, 0.1, 0.11))),
        (0.2, 0.1, 0.06), (0.88, 0.62, 0.16), (0.35, 0.6),
    ),
}  # fmt: skip


def _skeleton(bird: Bird, height: float) -> Skeleton:
    third = bird.neck * height / 3
    bones: dict[str, tuple[str, tuple[float, float, float]]] = {
        "body": ("", (0.0, 0.0, 0.0)),
        "neck 1": ("body", (0.8 * bird.body[0] * height, 0.0, 0.4 * bird.body[2] * height)),
        "neck 2": ("neck 1", (0.0, 0.0, third)),
        "neck 3": ("neck 2", (0.0, 0.0, third)),
        "head": ("neck 3", (0.0, 0.0, third)),
    }
    for side, sign in SIDES.items():
        hips = (-0.05 * height, sign * 0.45 * bird.body[1] * height, -0.3 * bird.body[2] * height)
        bones[f"{side} thigh"] = ("body", hips)
        bones[f"{side} shank"] = (f"{side} thigh", (0.0, 0.0, -0.5 * bird.leg * height))
        bones[f"{side} foot"] = (f"{side} shank", (0.0, 0.0, -0.5 * bird.leg * height))
        shoulder = (
            0.35 * bird.body[0] * height,
            sign * 0.85 * bird.body[1] * height,
            0.35 * bird.body[2] * height,
        )
        bones[f"{side} wing"] = ("body", shoulder)
    return Skeleton(bones)


@dataclass(eq=False)
class Poise:
    """What a motion asks: for F frames, metres and degrees.

    Attributes:
        middle: [F,3] of the body.
        lean: [F] of the body, head down above 0.
        feet: [F,3] where each foot stands.
        curl: [F,3] pitch of the three bones of the neck, from upright, each beside the one before.
        nod, look: [F] of the head beside level and ahead.
        spread: [F] of the wings: 0 folded, 1 level and out.
        beat: [F] degrees that spread wings are raised.
    """

    middle: FloatArray
    heading: FloatArray
    lean: FloatArray
    feet: dict[str, FloatArray]
    toes: dict[str, FloatArray]
    curl: FloatArray
    nod: FloatArray
    look: FloatArray
    spread: FloatArray
    beat: FloatArray


def _pose(bird: Bird, height: float, poise: Poise) -> dict[str, FloatArray]:
    skeleton = _skeleton(bird, height)
    body = turn_z(poise.heading) @ turn_y(poise.lean)
    zero = np.zeros_like(poise.heading)
    turns = {"body": body, "neck 1": turn_y(poise.curl[:, 0] - poise.lean)}
    turns["neck 2"], turns["neck 3"] = turn_y(poise.curl[:, 1]), turn_y(poise.curl[:, 2])
    turns["head"] = turn_z(0.0 * zero) @ turn_y(-poise.curl.sum(axis=1) + poise.nod) @ turn_z(poise.look)
    half = 0.5 * bird.leg * height
    for side, sign in SIDES.items():
        joint = poise.middle + body @ np.asarray(skeleton.bones[f"{side} thigh"][1])
        # The toes stay as the heel comes up.
        ankle = poise.feet[side] + [0.0, 0.0, 0.02 * height]
        ankle[:, 2] += 0.15 * height * np.sin(np.radians(np.abs(poise.toes[side])))
        # What looks like a bird's knee is its heel, and bends back.
        first, second = reach(joint, ankle, half, half, -turn_z(poise.heading)[:, :, 0], forward=-1.0)
        turns[f"{side} thigh"] = np.swapaxes(body, 1, 2) @ first
        turns[f"{side} shank"] = np.swapaxes(first, 1, 2) @ second
        sole = turn_z(poise.heading) @ turn_y(poise.toes[side])
        turns[f"{side} foot"] = np.swapaxes(second, 1, 2) @ sole
        # A wing points back along the body when folded, and aside when spread.
        out = turn_z(-sign * 90 * (1 - poise.spread) * -1)
        turns[f"{side} wing"] = turn_x(sign * poise.beat * poise.spread) @ out
    return skeleton.pose(poise.middle, turns)


def _walking(
    rng: np.random.Generator,
    bird: Bird,
    height: float,
    stage: Stage,
    way: Way,
    cycles: FloatArray,
    stride: float,
) -> Poise:
    gone = cycles * stride
    heading = np.degrees(way.heading(gone))
    feet, toes = {}, {}
    for side, sign in SIDES.items():
        leg = Leg(0.0 if sign > 0 else 0.5, 0.05 * height, 0.4 * sign * bird.body[1] * height)
        footing = step(way, cycles, stride, leg, stage.ground, 0.6, 0.2 * bird.leg * height)
        feet[side] = footing.places
        toes[side] = keyed(footing.moments, (0.0, 0.1, 0.45, 0.62, 0.8), (-5.0, 0.0, 0.0, 40.0, 25.0), 1.0)
    spots = way.at(gone)
    up = 0.92 * bird.leg * height + 0.3 * bird.body[2] * height
    bob = 0.015 * height * np.cos(4 * np.pi * (cycles - 0.3))
    middle = np.concatenate([spots, (stage.ground(spots) + up + bob)[:, None]], axis=1)
    # The head stays behind and darts forward, twice a cycle.
    dart = np.sin(4 * np.pi * cycles) + 0.4 * np.sin(8 * np.pi * cycles)
    zero = np.zeros_like(heading)
    curl = np.stack([24 + 9 * dart, -42 - 12 * dart, 20 + 3 * dart], axis=1)
    return Poise(
        middle, heading, zero + 3 * np.sin(4 * np.pi * cycles), feet, toes, curl, zero + 8,
        drift(rng, stage.seconds, 14, 1.8), zero, zero,
    )  # fmt: skip


def _stride(rng: np.random.Generator, bird: Bird, height: float, stage: Stage) -> tuple[Poise, str]:
    speed = float(rng.uniform(*bird.speed))
    stride = 1.15 * bird.leg * height * float(rng.uniform(0.9, 1.1))
    way = draw_way(
        rng, stage.centre, max(stage.radius - 0.6 * height, 0.15), speed * stage.duration, 0.3 * height
    )
    phase = float(rng.random())
    shifted = Way(way.kind, way.distances + phase * stride, way.points, way.headings)
    cycles = phase + stage.seconds * speed / stride
    verb = "striding" if bird.leg > 0.6 else "strutting"
    return _walking(rng, bird, height, stage, shifted, cycles, stride), verb + way.words(
        speed * stage.duration
    )


def _standing(rng: np.random.Generator, bird: Bird, height: float, stage: Stage) -> Poise:
    spot = stage.spot(rng, 0.8 * height)
    way = straight_way((float(spot[0]), float(spot[1])), float(rng.uniform(-np.pi, np.pi)))
    poise = _walking(rng, bird, height, stage, way, np.full_like(stage.seconds, 0.3), 1e-4)
    for side, place in poise.feet.items():
        poise.feet[side] = stage.on_ground(place[:, :2])
        poise.toes[side] = np.zeros_like(stage.seconds)
    return poise


def _peck(rng: np.random.Generator, bird: Bird, height: float, stage: Stage) -> tuple[Poise, str]:
    poise = _standing(rng, bird, height, stage)
    period = float(rng.uniform(1.1, 1.7))
    moments = (stage.seconds / period + rng.random()) % 1.0
    keys = (0.0, 0.22, 0.32, 0.42, 0.52, 0.8)
    down = keyed(moments, keys, (0.0, 1.0, 0.82, 1.0, 0.9, 0.0), 1.0)
    lean = 38.0 if bird.leg > 0.6 else 30.0
    # Long necks reach the ground with the whole body leaning, and the beak points down.
    low = np.array([128.0, 10.0, 8.0]) if bird.leg > 0.6 else np.array([112.0, 0.0, 0.0])
    rest, nod = poise.curl, poise.nod
    level, dip = poise.middle[:, 2].copy(), (0.17 if bird.leg > 0.6 else 0.1) * height

    def bend(share: FloatArray) -> None:
        poise.lean = lean * share
        poise.curl = rest + (low - rest) * share[:, None]
        poise.nod = nod + 62 * share
        poise.middle[:, 2] = level - dip * share

    # How far down the tip of the beak meets the ground: as many shares are tried as there are frames.
    tried = np.linspace(0.5, 1.15, len(down))
    bend(tried)
    head = _pose(bird, height, poise)["head"]
    tip = head[:, :3, 3] + head[:, :3, :3] @ np.array([1.2 * bird.head + 1.1 * bird.beak, 0.0, 0.0]) * height
    above = tip[:, 2] - stage.ground(tip[:, :2])
    bend(down * float(tried[above > 0.01][-1] if (above > 0.01).any() else 0.5))
    return poise, "pecking at the ground"


def _flap(rng: np.random.Generator, bird: Bird, height: float, stage: Stage) -> tuple[Poise, str]:
    poise = _standing(rng, bird, height, stage)
    period = float(rng.uniform(0.45, 0.75))
    beat = wave(stage.seconds, period, rng.random())
    poise.spread = np.full_like(beat, 0.92) + 0.06 * beat
    poise.beat = 8 + 42 * beat
    poise.lean = poise.lean - 16 + 3 * beat
    poise.middle[:, 2] -= 0.03 * height * beat
    poise.curl = poise.curl + np.stack([6 * beat, -10 * beat, 4 * beat], axis=1)
    return poise, "flapping its wings"


_PLAYS = {"stride": _stride, "peck": _peck, "flap": _flap}


def _shapes(rng: np.random.Generator, species: str, height: float) -> tuple[str, dict[str, list[Shape]]]:
    bird = BIRDS[species]
    name, colour = bird.feathers[int(rng.integers(len(bird.feathers)))]
    colour = shade(rng, colour, 0.02)
    coat = Material(
        Texture("noise", colour, darker(colour, 0.85), 0.3, int(rng.integers(1 << 16))), roughness=0.9
    )
    tips = Material.plain(shade(rng, bird.tips, 0.02), roughness=0.8)
    bare = Material.plain(shade(rng, bird.bare, 0.03), roughness=0.6)
    black = Material.plain((0.03, 0.03, 0.03), roughness=0.2)
    long, wide, deep = (share * height for share in bird.body)
    third, head, beak = bird.neck * height / 3, bird.head * height, bird.beak * height
    thick = (0.035 if bird.leg > 0.6 else 0.11) * height
    shapes: dict[str, list[Shape]] = {
        "body": [
            Shape("ellipsoid", (long, wide, deep), coat, rotation=turn_y(-8.0)),
            Shape(
                "ellipsoid",
                (0.45 * long, 0.4 * wide, 0.25 * deep),
                tips,
                (-0.95 * long, 0, 0.2 * deep),
                turn_y(14.0),
            ),
        ]
    }
    for index, factor in ((1, 1.25), (2, 1.0), (3, 0.9)):
        shapes[f"neck {index}"] = [Shape("capsule", (factor * thick, third / 2), coat, (0, 0, third / 2))]
    shapes["head"] = [
        Shape("ellipsoid", (1.15 * head, 0.8 * head, 0.85 * head), coat, (0.3 * head, 0, 0.2 * head)),
        Shape(
            "ellipsoid",
            (0.6 * beak, 0.28 * head, 0.25 * head),
            bare,
            (1.2 * head + 0.5 * beak, 0, 0.1 * head),
        ),
    ]
    if species == "hen":
        red = Material.plain((0.8, 0.1, 0.08), roughness=0.6)
        shapes["head"].append(
            Shape("ellipsoid", (0.7 * head, 0.15 * head, 0.5 * head), red, (0.3 * head, 0, 1.1 * head))
        )
        shapes["head"].append(Shape("sphere", (0.3 * head,), red, (1.0 * head, 0, -0.7 * head)))
    for side, sign in SIDES.items():
        shapes["head"].append(
            Shape("sphere", (0.16 * head,), black, (0.75 * head, sign * 0.62 * head, 0.42 * head))
        )
        half = 0.5 * bird.leg * height
        shin = (0.018 if bird.leg > 0.6 else 0.035) * height
        shapes[f"{side} thigh"] = [Shape("capsule", (1.25 * shin, half / 2), bare, (0, 0, -half / 2))]
        shapes[f"{side} shank"] = [Shape("capsule", (shin, half / 2), bare, (0, 0, -half / 2))]
        toes = 0.016 * height
        shapes[f"{side} foot"] = [
            Shape(
                "ellipsoid",
                (0.11 * height, 0.06 * height, toes),
                bare,
                (0.04 * height, 0, toes - 0.02 * height),
            )
        ]
        # In its own frame a wing points to its side; folded it is turned back along the body.
        span = 0.5 * bird.wing * height
        shapes[f"{side} wing"] = [
            Shape(
                "ellipsoid",
                (0.3 * span + 0.04 * height, 0.62 * span, 0.03 * height),
                coat,
                (0, sign * 0.6 * span, 0),
            ),
            Shape(
                "ellipsoid",
                (0.25 * span + 0.02 * height, 0.5 * span, 0.022 * height),
                tips,
                (-0.05 * span, sign * 1.35 * span, -0.01 * height),
            ),
        ]
    return name, shapes


def bird(species: str) -> Kind:
    """Storks, flamingos or hens."""
    looks = BIRDS[species]
    tall = looks.height[1]
    rooms = {"stride": 0.6 * tall + 0.45, "peck": 1.0 * tall, "flap": 0.95 * tall}

    def draw(rng: np.random.Generator, stage: Stage, motion: str) -> Drawn:
        height = float(rng.uniform(*looks.height))
        name, shapes = _shapes(rng, species, height)
        poise, words = _PLAYS[motion](rng, looks, height, stage)
        poses = _pose(looks, height, poise)
        parts = tuple(Part(tuple(each), poses[bone]) for bone, each in shapes.items())
        return Drawn(f"a {name} {species}", words, parts, {"height": round(height, 2), "feathers": name})

    return Kind(rooms, draw, weight=0.5)
