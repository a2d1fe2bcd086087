"""Four-legged animals: dogs, cats and horses that walk, trot, gallop, sit, graze and wag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.gait import Leg, step
from recam.worlds.characters.kinds import Drawn, Kind
from recam.worlds.characters.paths import Way, draw_way, straight_way
from recam.worlds.characters.quadruped_body import BREEDS, LEGS, Frame, fur_shapes
from recam.worlds.characters.skeleton import reach, turn, turn_y, turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import drift, ease, keyed, wave
from recam.worlds.colours import draw_colour
from recam.worlds.scene import Material, Part, Shape


@dataclass(frozen=True)
class Gait:
    """A gait.

    Attributes:
        phases: of the legs, in the order of ``LEGS``.
        stance: share of a cycle that a foot is down.
        faster: speed against the walk's.
        stride: heights gone in a cycle.
        bob, rock: rise of the body in heights, and its rocking in degrees.
    """

    phases: tuple[float, float, float, float]
    stance: float
    faster: float
    stride: float
    lift: float
    bob: float
    rock: float


GAITS = {
    "walk": Gait((0.0, 0.5, 0.75, 0.25), 0.64, 1.0, 1.15, 0.1, 0.01, 1.5),
    "trot": Gait((0.0, 0.5, 0.5, 0.0), 0.46, 1.9, 1.6, 0.16, 0.03, 1.0),
    "gallop": Gait((0.0, 0.12, 0.5, 0.62), 0.34, 2.8, 2.2, 0.22, 0.05, 7.0),
}


@dataclass(eq=False)
class Bearing:
    """What a motion asks: metres and degrees for F frames.

    Attributes:
        middle: [F,3] between the four joints of the legs.
        heading, lean: [F] of the trunk; a lean above 0 has the head down.
        soles: where each foot stands, [F,3].
        rolls: [F] pitch of each foot bone beside its rest.
        neck, nod, look: [F] the neck's and head's pitch (down above 0) beside the rest, and their yaw.
        tail, wag: [F] pitch (up above 0) and yaw of the tail.
    """

    middle: FloatArray
    heading: FloatArray
    lean: FloatArray
    soles: dict[str, FloatArray]
    rolls: dict[str, FloatArray]
    neck: FloatArray
    nod: FloatArray
    look: FloatArray
    tail: FloatArray
    wag: FloatArray


def pose_animal(frame: Frame, bearing: Bearing) -> dict[str, FloatArray]:
    """Bone-to-world [F,4,4] of every bone."""
    upper, lower, foot = frame.bones
    zero = np.zeros_like(bearing.heading)
    trunk = turn_z(bearing.heading) @ turn_y(bearing.lean)
    turns: dict[str, FloatArray] = {
        "trunk": trunk,
        "neck": turn(bearing.neck - frame.breed.neck_up, zero, 0.5 * bearing.look),
        "head": turn_y(-bearing.neck + frame.breed.neck_up + bearing.nod + frame.breed.nose_down)
        @ turn_z(0.7 * bearing.look),
        "tail": turn(bearing.tail, zero, bearing.wag),
        "tail end": turn(0.5 * bearing.tail, zero, bearing.wag),
    }
    forward = turn_z(bearing.heading)[:, :, 0]
    for name, (end, side) in LEGS.items():
        joint = bearing.middle + trunk @ np.array([end * frame.half, side * frame.apart, 0.0])
        # Hind heels stand back, fore wrists are nearly straight above the foot.
        rest = 16.0 if end < 0 else -4.0
        sole = turn_z(bearing.heading) @ turn_y(rest + bearing.rolls[name])
        ankle = bearing.soles[name] + sole @ np.array([0.0, 0.0, foot])
        # Knees of hind legs point forward, elbows of fore legs back.
        pole = -end * forward
        first, second = reach(joint, ankle, upper, lower, pole, forward=-end)
        turns[f"{name} upper"] = np.swapaxes(trunk, 1, 2) @ first
        turns[f"{name} lower"] = np.swapaxes(first, 1, 2) @ second
        turns[f"{name} foot"] = np.swapaxes(second, 1, 2) @ sole
    return frame.skeleton().pose(bearing.middle, turns)


def _along(
    rng: np.random.Generator,
    frame: Frame,
    stage: Stage,
    way: Way,
    gait: Gait,
    cycles: FloatArray,
    stride: float,
) -> Bearing:
    """Going along a way; ``way`` is at distance ``cycles * stride``."""
    height = frame.height
    gone = cycles * stride
    heading = np.degrees(way.heading(gone))
    soles, rolls = {}, {}
    for (name, (end, side)), phase in zip(LEGS.items(), gait.phases, strict=True):
        leg = Leg(phase, end * frame.half + 0.02 * height, 0.85 * side * frame.apart)
        footing = step(way, cycles, stride, leg, stage.ground, gait.stance, gait.lift * height)
        soles[name] = footing.places
        stance = gait.stance
        keys = (0.0, 0.5 * stance, stance, stance + 0.45 * (1 - stance))
        rolls[name] = keyed(footing.moments, keys, (-12.0, 0.0, 28.0, 42.0 if end > 0 else 30.0), 1.0)
    spots = way.at(gone)
    ahead = np.stack([np.cos(np.radians(heading)), np.sin(np.radians(heading))], axis=1)
    fore = stage.ground(spots + frame.half * ahead)
    hind = stage.ground(spots - frame.half * ahead)
    slope = np.degrees(np.arctan2(fore - hind, 2 * frame.half))
    beats = 1 if gait.rock > 5 else 2
    bob = np.cos(2 * np.pi * beats * (cycles - gait.stance / 2))
    middle = np.concatenate(
        [spots, ((fore + hind) / 2 + frame.hip + gait.bob * height * bob)[:, None]], axis=1
    )
    rock = gait.rock * np.sin(2 * np.pi * beats * cycles + 0.4)
    seconds = stage.seconds
    return Bearing(
        middle,
        heading,
        -slope + rock,
        soles,
        rolls,
        neck=-0.8 * rock + 4 * np.cos(4 * np.pi * cycles) + drift(rng, seconds, 3, 2.0),
        nod=drift(rng, seconds, 4, 1.8),
        look=drift(rng, seconds, 12, 2.2),
        tail=drift(rng, seconds, 6, 1.2) + frame.breed.tail_up + float(rng.uniform(-15, 15)),
        wag=14 * wave(seconds, float(rng.uniform(0.5, 1.0))),
    )


def _go(
    rng: np.random.Generator, frame: Frame, stage: Stage, name: str
) -> tuple[Bearing, str, dict[str, float]]:
    gait = GAITS[name]
    size = np.sqrt(frame.height)
    speed = float(rng.uniform(*frame.breed.pace)) * size * gait.faster
    body = frame.half + (0.3 + frame.breed.neck * 0.6) * frame.height
    radius = max(stage.radius - body, 0.15)
    speed = min(speed, 1.2 + 1.6 * radius)
    stride = gait.stride * frame.height * float(rng.uniform(0.93, 1.07))
    way = draw_way(rng, stage.centre, radius, speed * stage.duration, max(0.8 * frame.half, 0.3 * speed))
    phase = float(rng.random())
    shifted = Way(way.kind, way.distances + phase * stride, way.points, way.headings)
    cycles = phase + stage.seconds * speed / stride
    words = {"walk": "walking", "trot": "trotting", "gallop": "galloping"}[name]
    facts = {"speed": round(speed, 2)}
    return (
        _along(rng, frame, stage, shifted, gait, cycles, stride),
        words + way.words(speed * stage.duration),
        facts,
    )


def _standing(rng: np.random.Generator, frame: Frame, stage: Stage) -> Bearing:
    spot = stage.spot(rng, frame.half + 0.6 * frame.height)
    way = straight_way((float(spot[0]), float(spot[1])), float(rng.uniform(-np.pi, np.pi)))
    still = np.full_like(stage.seconds, 0.25)
    bearing = _along(rng, frame, stage, way, GAITS["walk"], still, 1e-4)
    for name, sole in bearing.soles.items():
        bearing.soles[name] = stage.on_ground(sole[:, :2])
        bearing.rolls[name] = np.zeros_like(still)
    return bearing


def _wag(rng: np.random.Generator, frame: Frame, stage: Stage) -> tuple[Bearing, str, dict[str, float]]:
    bearing = _standing(rng, frame, stage)
    period = float(rng.uniform(0.3, 0.5))
    beat = wave(stage.seconds, period, rng.random())
    bearing.wag = 48 * beat
    bearing.tail = np.full_like(beat, 38.0)
    bearing.heading = bearing.heading + 3.5 * beat
    bearing.look = drift(rng, stage.seconds, 45, 1.1)
    bearing.neck = drift(rng, stage.seconds, 14, 0.9)
    return bearing, "standing and wagging its tail", {"period": round(period, 2)}


def _sit(rng: np.random.Generator, frame: Frame, stage: Stage) -> tuple[Bearing, str, dict[str, float]]:
    bearing = _standing(rng, frame, stage)
    down = ease((stage.seconds - rng.uniform(0.0, 0.3)) / rng.uniform(0.9, 1.2))
    # The rump comes down to the ground, the shoulders stay nearly where they are.
    rump = 1.0 * frame.breed.belly * frame.height
    rise = float(np.clip((1.02 * frame.hip - rump) / (2 * frame.half), 0.1, 0.62))
    lean = float(np.degrees(np.arcsin(rise)))
    ahead = turn_z(bearing.heading)[:, :, 0]
    bearing.middle[:, 2] -= (frame.hip - rump - frame.half * rise) * down
    bearing.middle += (0.12 * frame.half * down)[:, None] * ahead
    bearing.lean = bearing.lean - lean * down
    for name in ("left hind", "right hind"):
        bearing.rolls[name] = bearing.rolls[name] + 50 * down
        bearing.soles[name] = bearing.soles[name] + (0.3 * frame.height * down)[:, None] * ahead
    bearing.neck = bearing.neck - 4 * down
    bearing.nod = bearing.nod - (lean * down) * -0.9
    bearing.look = drift(rng, stage.seconds, 38, 1.3)
    bearing.tail = bearing.tail * (1 - down) - 40 * down * -0.6
    bearing.wag = 42 * wave(stage.seconds, float(rng.uniform(0.35, 0.7)))
    return bearing, "sitting down", {}


def _graze(rng: np.random.Generator, frame: Frame, stage: Stage) -> tuple[Bearing, str, dict[str, float]]:
    bearing = _standing(rng, frame, stage)
    period = float(rng.uniform(3.0, 4.0))
    moments = stage.seconds + rng.uniform(0, 0.2) * period
    down = keyed(moments, np.array((0.0, 0.35, 0.7, 0.95)) * period, (0.0, 1.0, 1.0, 0.0), period)
    chew = wave(stage.seconds, 0.5) * down
    reach_down = frame.breed.neck_up + 62
    bearing.neck = bearing.neck + reach_down * down + 3 * chew
    bearing.nod = bearing.nod + 30 * down + 6 * chew
    bearing.lean = bearing.lean + 5 * down
    bearing.look = bearing.look + drift(rng, stage.seconds, 14, 1.0) * down
    bearing.wag = 25 * wave(stage.seconds, float(rng.uniform(0.8, 1.4)))
    words = "grazing" if frame.height > 1 else "sniffing the ground"
    return bearing, words, {"period": round(period, 2)}


_PLAYS = {"wag": _wag, "sit down": _sit, "graze": _graze}


def animal(species: str) -> Kind:
    """Dogs, cats or horses."""
    breed = BREEDS[species]
    # From the middle to the nose of the largest.
    body = breed.height[1] * (breed.length / 2 + 0.3 + 0.6 * breed.neck)

    def draw(rng: np.random.Generator, stage: Stage, motion: str) -> Drawn:
        frame = Frame(breed, float(rng.uniform(*breed.height)))
        name, shapes = fur_shapes(rng, frame, species)
        play = _PLAYS.get(motion)
        bearing, words, facts = play(rng, frame, stage) if play else _go(rng, frame, stage, motion)
        poses = pose_animal(frame, bearing)
        collar: dict[str, str] = {}
        if species == "dog" and rng.random() < 0.5:
            collar_name, colour = draw_colour(rng)
            place = (0.6 * breed.neck * frame.height, 0.0, 0.0)
            size = (0.54 * breed.belly * frame.height, 0.02 * frame.height)
            shapes["neck"].append(Shape("cylinder", size, Material.plain(colour), place, turn_y(90.0)))
            collar = {"collar": collar_name}
        parts = tuple(Part(tuple(each), poses[bone]) for bone, each in shapes.items())
        attributes = {"height": round(frame.height, 2), "fur": name, **collar, **facts}
        return Drawn(f"a {name} {species}", words, parts, attributes)

    rooms = {
        "walk": body + 0.4,
        "trot": body + 0.7,
        "gallop": body + 1.0,
        "graze": body + (0.3 if species == "horse" else 0.15),
    }
    if species != "horse":
        rooms |= {"wag": body + 0.1, "sit down": body + 0.1}
    return Kind(rooms, draw, weight=0.7)
