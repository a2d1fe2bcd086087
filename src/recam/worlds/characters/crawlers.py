"""What crawls: spiders, beetles, walking machines on many legs, and snakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.gait import Leg, step
from recam.worlds.characters.kinds import Drawn, Kind
from recam.worlds.characters.paths import Way, draw_way, straight_way
from recam.worlds.characters.skeleton import Skeleton, reach, turn, turn_y, turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import drift, wave
from recam.worlds.colours import darker, draw_colour, with_article
from recam.worlds.scene import Material, Part, Shape, Texture


@dataclass(frozen=True)
class Crawler:
    """A body on many legs; lengths are shares of its size, which is half the span of its legs.

    Attributes:
        size: least and most metres.
        pairs: of legs.
        up: height of the body.
        body: radii of the trunk.
        thick: radius of the legs.
    """

    size: tuple[float, float]
    pairs: int
    up: float
    body: tuple[float, float, float]
    thick: float
    boxy: bool = False


CRAWLERS = {
    "spider": Crawler((0.45, 0.7), 4, 0.26, (0.24, 0.2, 0.14), 0.03),
    "beetle": Crawler((0.4, 0.6), 3, 0.3, (0.5, 0.36, 0.24), 0.05),
    "hexapod robot": Crawler((0.5, 0.75), 3, 0.32, (0.4, 0.24, 0.09), 0.04, boxy=True),
}


def _roots(crawler: Crawler, size: float) -> dict[str, tuple[float, float, float]]:
    """Leg -> where it is joined x, y to the trunk, and the direction in degrees it points."""
    roots = {}
    for pair in range(crawler.pairs):
        share = 1 - 2 * pair / (crawler.pairs - 1)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            x, y = 0.75 * share * crawler.body[0] * size, 0.8 * crawler.body[1] * size
            roots[f"{side} {pair + 1}"] = (x, sign * y, sign * (90 - 48 * share))
    return roots


def _crawl(
    rng: np.random.Generator, crawler: Crawler, size: float, stage: Stage, moving: bool
) -> tuple[dict[str, FloatArray], str]:
    roots = _roots(crawler, size)
    seconds = stage.seconds
    radius = max(stage.radius - 1.1 * size, 0.15)
    tightest = min(0.6 * size, 0.45 * radius)
    # Short steps in tight turns, or feet would land under the body.
    stride = min(0.75 * size * float(rng.uniform(0.85, 1.15)), 0.9 * tightest)
    cadence = float(rng.uniform(1.0, 1.7))
    phase = float(rng.random())
    if moving:
        length = cadence * stride * stage.duration
        way = draw_way(rng, stage.centre, radius, length, tightest)
        way = Way(way.kind, way.distances + phase * stride, way.points, way.headings)
        words = "crawling" + Way(way.kind, way.distances - phase * stride, way.points, way.headings).words(
            length
        )
    else:
        spot = stage.spot(rng, 1.2 * size)
        way, stride = straight_way((float(spot[0]), float(spot[1])), float(rng.uniform(-np.pi, np.pi))), 1e-4
        words = "rearing up and waving its front legs"
    cycles = phase + seconds * cadence
    gone = cycles * stride
    spots, heading = way.at(gone), np.degrees(way.heading(gone))
    up = crawler.up * size
    bob = (
        0.02 * size * np.sin(4 * np.pi * cycles)
        if moving
        else size * (0.07 + 0.03 * wave(seconds, 1.1, phase))
    )
    middle = np.concatenate([spots, (stage.ground(spots) + up + bob)[:, None]], axis=1)
    lean = np.zeros_like(seconds) if moving else -9 + drift(rng, seconds, 3, 1.0)
    trunk = turn_z(heading) @ turn(lean, drift(rng, seconds, 2.5, 0.8), drift(rng, seconds, 4, 1.0))
    bones: dict[str, tuple[str, tuple[float, float, float]]] = {"trunk": ("", (0.0, 0.0, 0.0))}
    turns = {"trunk": trunk}
    upper, lower = 0.52 * size, 0.72 * size
    for index, (name, (x, y, way_out)) in enumerate(roots.items()):
        bones[f"{name} upper"] = ("trunk", (x, y, 0.0))
        bones[f"{name} lower"] = (f"{name} upper", (0.0, 0.0, -upper))
        out = np.array([np.cos(np.radians(way_out)), np.sin(np.radians(way_out))])
        pair = index // 2
        waving = not moving and pair == 0
        late = 0.5 * ((pair + index) % 2)
        foot = np.array([x, y]) + 0.72 * size * out
        leg = Leg(late, float(foot[0]), float(foot[1]))
        place = step(way, cycles, stride, leg, stage.ground, 0.55, 0.16 * size if moving else 0.0).places
        if waving:
            period = float(rng.uniform(0.7, 1.1))
            reach_out = np.array([0.75 * size, 0.35 * np.sign(y) * size, 0.45 * size])
            wander = np.stack(
                [wave(seconds, period, 0.1), wave(seconds, 1.3 * period, 0.3), wave(seconds, period, late)],
                axis=1,
            )
            place = middle + np.einsum("fij,fj->fi", turn_z(heading), reach_out + 0.2 * size * wander)
        joint = middle + trunk @ np.array([x, y, 0.0])
        pole = turn_z(heading) @ (np.array([0.0, 0.0, 1.0]) if waving else np.array([*out, 0.7]))
        first, second = reach(joint, place + [0, 0, crawler.thick * 0.6 * size], upper, lower, pole)
        turns[f"{name} upper"] = np.swapaxes(trunk, 1, 2) @ first
        turns[f"{name} lower"] = np.swapaxes(first, 1, 2) @ second
    return Skeleton(bones).pose(middle, turns), words


def _crawler_shapes(
    rng: np.random.Generator, species: str, size: float
) -> tuple[str, dict[str, list[Shape]]]:
    crawler = CRAWLERS[species]
    name, colour = draw_colour(rng)
    second = darker(colour, 0.45) if np.mean(colour) > 0.3 else (0.7, 0.5, 0.2)
    pattern = "plain" if crawler.boxy else str(rng.choice(["noise", "stripes", "patches"]))
    metallic = 0.5 if crawler.boxy or species == "beetle" else 0.0
    shell = Material(
        Texture(pattern, colour, second, 0.5 * size, int(rng.integers(1 << 16))),
        roughness=0.4,
        metallic=metallic,
    )
    dark = Material.plain(darker(colour, 0.55), roughness=0.5)
    black = Material.plain((0.03, 0.03, 0.03), roughness=0.2)
    glow = Material.plain((1.0, 0.5, 0.15), emission=0.8)
    long, wide, deep = (share * size for share in crawler.body)
    kind = "box" if crawler.boxy else "ellipsoid"
    trunk = [Shape(kind, (long, wide, deep), shell)]
    if species == "spider":
        trunk.append(
            Shape("ellipsoid", (0.36 * size, 0.29 * size, 0.26 * size), shell, (-0.5 * size, 0, 0.08 * size))
        )
    head = 0.13 * size
    trunk.append(
        Shape(
            "box" if crawler.boxy else "sphere", (head,) * (3 if crawler.boxy else 1), dark, (long, 0, 0.02)
        )
    )
    for side in (-1, 1):
        place = (long + 0.85 * head, side * 0.5 * head, 0.02 + 0.45 * head)
        trunk.append(Shape("sphere", (0.3 * head,), glow if crawler.boxy else black, place))
    shapes = {"trunk": trunk}
    upper, lower, thick = 0.52 * size, 0.72 * size, crawler.thick * size
    for root in _roots(crawler, size):
        shapes[f"{root} upper"] = [Shape("capsule", (thick, upper / 2), dark, (0, 0, -upper / 2))]
        shapes[f"{root} lower"] = [Shape("capsule", (0.6 * thick, lower / 2), dark, (0, 0, -lower / 2))]
    return name, shapes


def crawler(species: str) -> Kind:
    """Giant spiders and beetles, robots on six legs."""
    looks = CRAWLERS[species]
    largest = looks.size[1]

    def draw(rng: np.random.Generator, stage: Stage, motion: str) -> Drawn:
        size = float(rng.uniform(*looks.size))
        name, shapes = _crawler_shapes(rng, species, size)
        poses, words = _crawl(rng, looks, size, stage, motion == "crawl")
        parts = tuple(Part(tuple(each), poses[bone]) for bone, each in shapes.items())
        size_word = "giant " if species in ("spider", "beetle") else ""
        return Drawn(
            with_article(f"{size_word}{name} {species}"),
            words,
            parts,
            {"size": round(size, 2), "colour": name},
        )

    return Kind({"crawl": 1.1 * largest + 0.5, "rear up": 1.25 * largest}, draw, weight=0.5)


SEGMENTS = 16


def _snake(rng: np.random.Generator, stage: Stage, motion: str) -> Drawn:
    """A body whose every segment goes where the one before went: a wave along a way."""
    length = min(float(rng.uniform(1.5, 2.4)), 1.1 * stage.radius)
    radius = 0.024 * length
    speed = float(rng.uniform(0.5, 0.9)) * length / 2
    way = draw_way(
        rng, stage.centre, max(stage.radius - 0.55 * length, 0.15), speed * stage.duration, 0.3 * length
    )
    swing, waves = float(rng.uniform(0.05, 0.08)) * length, float(rng.uniform(1.4, 2.0))
    raised = motion == "rear up"
    if raised:
        way = straight_way(tuple(stage.spot(rng, 0.7 * length)), float(rng.uniform(-np.pi, np.pi)))
        swing *= 1.5
    behind = np.linspace(0.5, -0.5, SEGMENTS + 1) * length  # from head to tail about the way's point
    seconds = stage.seconds
    gone = (0.0 if raised else speed) * seconds[:, None] + behind
    heading = way.heading(gone)
    aside = np.stack([-np.sin(heading), np.cos(heading)], axis=-1)
    fade = np.interp(behind, [0.3 * length, 0.5 * length], [1.0, 0.35])
    # The wave stands in the world while the body glides through it; a resting snake breathes and sways.
    phase = 2 * np.pi * (waves * gone / length + rng.random())
    joints = way.at(gone) + (fade * swing * np.sin(phase))[..., None] * aside
    height = stage.ground(joints.reshape(-1, 2)).reshape(joints.shape[:2]) + radius
    if raised:
        up = np.clip((behind / length - 0.22) / 0.28, 0, 1) ** 1.4
        sway = wave(seconds, float(rng.uniform(0.9, 1.5)), rng.random())[:, None]
        height = height + 0.2 * length * up * (1 + 0.12 * wave(seconds, 1.7, rng.random())[:, None])
        joints = joints + (0.09 * length * sway * up)[..., None] * aside
        ahead = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
        joints = joints - (0.16 * length * up)[..., None] * ahead
    places = np.concatenate([joints, height[..., None]], axis=-1)
    name, colour = draw_colour(rng, ("green", "olive", "yellow", "orange", "brown", "red", "black", "teal"))
    pattern = str(rng.choice(["stripes", "checker", "patches", "noise"]))
    second = darker(colour, 0.35) if np.mean(colour) > 0.25 else (0.85, 0.7, 0.25)
    skin = Material(
        Texture(pattern, colour, second, 0.25 * length, int(rng.integers(1 << 16))), roughness=0.4
    )
    parts = []
    for index in range(SEGMENTS):
        start, end = places[:, index], places[:, index + 1]
        along = end - start
        half = float(np.linalg.norm(along, axis=1).mean()) / 2
        x = -along / np.linalg.norm(along, axis=1, keepdims=True)
        y = np.cross([0.0, 0.0, 1.0], x)
        y /= np.linalg.norm(y, axis=1, keepdims=True)
        pose = np.tile(np.eye(4), (len(seconds), 1, 1))
        pose[:, :3, :3] = np.stack([x, y, np.cross(x, y)], axis=-1)
        pose[:, :3, 3] = (start + end) / 2
        thick = radius * float(np.interp(index, [0, 2, 9, SEGMENTS - 1], [0.8, 0.95, 1.0, 0.3]))
        shapes = [Shape("capsule", (thick, half), skin, (0, 0, thick - radius), turn_y(90.0))]
        if index == 0:
            eye = Material.plain((0.03, 0.03, 0.03), roughness=0.2)
            shapes.append(
                Shape("ellipsoid", (2.0 * radius, 1.35 * radius, 0.95 * radius), skin, (half, 0, 0))
            )
            for side in (-1, 1):
                place = (half + radius, side * 0.95 * radius, 0.55 * radius)
                shapes.append(Shape("sphere", (0.25 * radius,), eye, place))
        parts.append(Part(tuple(shapes), pose))
    words = "rearing up and swaying" if raised else "slithering" + way.words(speed * stage.duration)
    return Drawn(
        with_article(f"{name} snake"), words, tuple(parts), {"length": round(length, 2), "colour": name}
    )


SNAKE = Kind({"slither": 1.2, "rear up": 1.0}, _snake, weight=0.35)
