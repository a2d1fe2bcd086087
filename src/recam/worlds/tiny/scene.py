"""What a scene of the bundled model's world holds, drawn from a seed.

World axes: x east, y north, z up, metres, right handed. The floor is z = 0 and the main subject
moves about the origin.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_OBJECTS = 7

PALETTE: dict[str, tuple[float, float, float]] = {
    "red": (0.80, 0.12, 0.10),
    "orange": (0.90, 0.47, 0.10),
    "yellow": (0.92, 0.80, 0.15),
    "green": (0.15, 0.58, 0.20),
    "teal": (0.10, 0.58, 0.56),
    "blue": (0.13, 0.28, 0.80),
    "purple": (0.47, 0.18, 0.62),
    "pink": (0.92, 0.45, 0.62),
    "brown": (0.42, 0.26, 0.13),
    "white": (0.92, 0.92, 0.90),
    "grey": (0.50, 0.50, 0.52),
    "black": (0.10, 0.10, 0.11),
}
SHAPES = ("sphere", "box", "cylinder", "capsule", "figure")
MOTIONS = ("still", "sliding", "circling", "bouncing", "turning")
PATTERNS = ("plain", "checker", "stripes", "patches")
ENVIRONMENTS = ("walled room", "open field", "courtyard")


@dataclass(frozen=True)
class Surface:
    """A painted surface: two colours laid out in a pattern whose cells are ``cell`` metres wide."""

    pattern: str
    first: tuple[float, float, float]
    second: tuple[float, float, float]
    cell: float
    seed: int


@dataclass(frozen=True)
class Thing:
    """One object: a primitive or a figure (capsule body, round head), standing on the floor at ``position``.

    Lengths in metres, angles in radians, times in seconds; ``travel`` is how far it moves from its position,
    ``period`` how long a full round takes and ``phase`` (0..1) where in it the clip begins.
    """

    shape: str
    colour: str
    rgb: tuple[float, float, float]
    accent: tuple[float, float, float]
    half_width: float
    half_height: float
    position: tuple[float, float]
    heading: float
    motion: str
    travel: float
    period: float
    phase: float

    @property
    def words(self) -> str:
        """The object as a person would name it, e.g. "a tall green box"."""
        ratio = self.half_height / self.half_width
        size = "tall " if ratio > 1.5 and self.shape in ("box", "cylinder") else ""
        if ratio < 0.75 and self.shape in ("box", "cylinder"):
            size = "low "
        colour = self.colour
        article = "an" if (size or colour)[0] in "aeiou" else "a"
        return f"{article} {size}{colour} {self.shape}"

    def pose_at(self, seconds: float) -> tuple[NDArray[np.float64], float]:
        """Centre [3] in metres and heading in radians at a moment of the scene."""
        x, y = self.position
        z = self.half_height
        angle = 2 * np.pi * (seconds / self.period + self.phase)
        heading = self.heading
        if self.motion == "sliding":
            offset = self.travel * np.sin(angle)
            x += offset * np.cos(self.heading)
            y += offset * np.sin(self.heading)
        elif self.motion == "circling":
            x += self.travel * np.cos(angle)
            y += self.travel * np.sin(angle)
            heading = angle
        elif self.motion == "bouncing":
            z += self.travel * abs(np.sin(angle))
        elif self.motion == "turning":
            heading = self.heading + angle
        return np.array([x, y, z]), float(heading)


@dataclass(frozen=True)
class Scene:
    """Everything an engine needs to draw one scene, and the words that describe it."""

    number: int
    environment: str
    # Metres from the middle to the walls; an open field has none.
    half_size: float
    wall_height: float
    floor: Surface
    wall: Surface
    # At the zenith and at the nadir; the horizon is halfway between.
    sky: tuple[tuple[float, float, float], tuple[float, float, float]]
    light_direction: tuple[float, float, float]
    light_strength: float
    things: tuple[Thing, ...]

    @property
    def has_walls(self) -> bool:
        return self.environment != "open field"

    @property
    def caption(self) -> str:
        """A sentence such as "a red sphere sliding and a tall green box in a walled room"."""
        subject = self.things[0].words + (
            "" if self.things[0].motion == "still" else f" {self.things[0].motion}"
        )
        others = [thing.words for thing in self.things[1:3]]
        place = ("an " if self.environment[0] in "aeiou" else "a ") + self.environment
        listed = ", ".join([subject, *others[:-1]]) + (f" and {others[-1]}" if others else "")
        return f"{listed} in {place}"

    def attributes(self) -> dict[str, Any]:
        """The scene as plain JSON values."""
        return {"caption": self.caption, **asdict(self)}


def draw_scene(number: int, seed: int = 0) -> Scene:
    """Draw scene ``number`` of the world ``seed``: the same numbers always give the same scene."""
    rng = np.random.default_rng([seed, number, 1])
    environment = str(rng.choice(ENVIRONMENTS, p=(0.5, 0.25, 0.25)))
    elevation = np.radians(rng.uniform(35, 75))
    azimuth = rng.uniform(0, 2 * np.pi)
    light = (
        float(-np.cos(elevation) * np.cos(azimuth)),
        float(-np.cos(elevation) * np.sin(azimuth)),
        float(-np.sin(elevation)),
    )
    zenith = _jitter(rng, (0.25, 0.45, 0.80), 0.15)
    nadir = _jitter(rng, (0.85, 0.88, 0.92), 0.10)
    return Scene(
        number=number,
        environment=environment,
        half_size=float(rng.uniform(6.5, 9.0)),
        wall_height=float(rng.uniform(2.6, 4.5) if environment == "walled room" else rng.uniform(0.8, 1.6)),
        floor=_draw_surface(rng, (0.8, 2.2)),
        wall=_draw_surface(rng, (1.0, 3.0)),
        sky=(zenith, nadir),
        light_direction=light,
        light_strength=float(rng.uniform(0.55, 0.9)),
        things=_draw_things(rng),
    )


def _draw_things(rng: np.random.Generator) -> tuple[Thing, ...]:
    things = [_draw_thing(rng, (0.0, 0.0), subject=True)]
    wanted = int(rng.integers(2, MAX_OBJECTS))
    for _ in range(60):
        if len(things) > wanted:
            break
        distance, angle = rng.uniform(1.3, 5.0), rng.uniform(0, 2 * np.pi)
        candidate = _draw_thing(
            rng, (float(distance * np.cos(angle)), float(distance * np.sin(angle))), subject=False
        )
        if all(_gap(candidate, thing) > 0.15 for thing in things):
            things.append(candidate)
    return tuple(things)


def _draw_thing(rng: np.random.Generator, position: tuple[float, float], subject: bool) -> Thing:
    shape = str(rng.choice(SHAPES, p=(0.2, 0.2, 0.15, 0.1, 0.35) if subject else (0.2, 0.35, 0.25, 0.1, 0.1)))
    colour = str(rng.choice(list(PALETTE)))
    half_width = float(rng.uniform(0.28, 0.6))
    half_height = half_width if shape == "sphere" else float(rng.uniform(0.35, 1.1))
    if shape in ("capsule", "figure"):
        half_width = float(rng.uniform(0.25, 0.4))
        half_height = float(rng.uniform(0.7, 1.0))
    weights = (0.1, 0.3, 0.3, 0.15, 0.15) if subject else (0.7, 0.1, 0.05, 0.05, 0.1)
    motion = str(rng.choice(MOTIONS, p=weights))
    return Thing(
        shape=shape,
        colour=colour,
        rgb=_jitter(rng, PALETTE[colour], 0.06),
        accent=_jitter(rng, PALETTE[str(rng.choice(list(PALETTE)))], 0.06),
        half_width=half_width,
        half_height=half_height,
        position=position,
        heading=float(rng.uniform(0, 2 * np.pi)),
        motion=motion,
        travel=float(rng.uniform(0.3, 0.8)) * (1.0 if subject else 0.6),
        period=float(rng.uniform(1.5, 4.0)),
        phase=float(rng.uniform(0, 1)),
    )


def _draw_surface(rng: np.random.Generator, cells: tuple[float, float]) -> Surface:
    names = list(PALETTE)
    pattern = str(rng.choice(PATTERNS, p=(0.15, 0.35, 0.2, 0.3)))
    first, second = (PALETTE[str(name)] for name in rng.choice(names, size=2, replace=False))
    grey = float(rng.uniform(0.35, 0.75))
    first, second = _dull(first, grey), _dull(second, grey)
    return Surface(pattern, first, second, float(rng.uniform(*cells)), int(rng.integers(2**31)))


def _dull(rgb: tuple[float, float, float], grey: float) -> tuple[float, float, float]:
    """Painted surfaces are duller than objects, so that objects stand out against them."""
    red, green, blue = (0.55 * value + 0.45 * grey for value in rgb)
    return red, green, blue


def _jitter(
    rng: np.random.Generator, rgb: tuple[float, float, float], amount: float
) -> tuple[float, float, float]:
    moved = np.clip(np.asarray(rgb) + rng.uniform(-amount, amount, 3), 0.02, 1.0)
    return (float(moved[0]), float(moved[1]), float(moved[2]))


def _gap(one: Thing, other: Thing) -> float:
    """Free space in metres between two objects, allowing for how far each may move."""
    apart = float(np.hypot(one.position[0] - other.position[0], one.position[1] - other.position[1]))
    reach = [
        thing.half_width + (thing.travel if thing.motion in ("sliding", "circling") else 0)
        for thing in (one, other)
    ]
    return apart - sum(reach)
