"""Bodies of four-legged animals: proportions, bones, fur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.worlds.characters.skeleton import Skeleton, turn_y
from recam.worlds.colours import darker, shade
from recam.worlds.scene import Colour, Material, Shape, Texture

LEGS = {"left hind": (-1, 1), "right hind": (-1, -1), "left fore": (1, 1), "right fore": (1, -1)}


@dataclass(frozen=True)
class Breed:
    """Proportions, as shares of the height of the withers but for the heights themselves.

    Attributes:
        height: least and most metres of the withers.
        length: from hip to shoulder.
        belly: radius of the trunk.
        neck, neck_up: length and rise in degrees of the neck.
        head, snout, ear, tail: lengths.
        leg: radius of the upper legs.
        nose_down, tail_up: degrees at rest.
        coats: names and colours of the fur.
        pace: least and most speed of the walk in metres a second, for a height of 1 m.
    """

    height: tuple[float, float]
    length: float
    belly: float
    neck: float
    neck_up: float
    head: float
    snout: float
    ear: float
    tail: float
    leg: float
    nose_down: float
    tail_up: float
    coats: tuple[tuple[str, Colour], ...]
    pace: tuple[float, float]


_BROWN, _BLACK, _WHITE, _SAND, _GREY = (
    ("brown", (0.38, 0.24, 0.14)),
    ("black", (0.09, 0.08, 0.08)),
    ("white", (0.90, 0.88, 0.84)),
    ("golden", (0.76, 0.56, 0.30)),
    ("grey", (0.47, 0.46, 0.45)),
)
_GINGER, _CHESTNUT = ("ginger", (0.78, 0.42, 0.16)), ("chestnut", (0.45, 0.20, 0.09))

BREEDS = {
    "dog": Breed(
        (0.42, 0.72), 1.05, 0.21, 0.42, 48, 0.2, 0.17, 0.16, 0.5, 0.075, 22, -5,
        (_BROWN, _BLACK, _WHITE, _SAND, _GREY), (1.0, 1.5),
    ),
    "cat": Breed(
        (0.27, 0.34), 1.25, 0.24, 0.3, 35, 0.22, 0.07, 0.16, 0.95, 0.07, 18, 15,
        (_BLACK, _WHITE, _GINGER, _GREY), (0.9, 1.3),
    ),
    "horse": Breed(
        (1.35, 1.65), 0.85, 0.225, 0.5, 46, 0.16, 0.27, 0.1, 0.5, 0.062, 44, -62,
        (_BROWN, _BLACK, _WHITE, _CHESTNUT, _GREY), (0.9, 1.2),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """Lengths of one animal in metres."""

    breed: Breed
    height: float

    @property
    def half(self) -> float:
        return self.breed.length * self.height / 2

    @property
    def apart(self) -> float:
        return 0.13 * self.height

    @property
    def bones(self) -> tuple[float, float, float]:
        """Upper, lower and foot bone of a leg; together a little longer than the leg is high."""
        return 0.34 * self.height, 0.34 * self.height, 0.2 * self.height

    @property
    def hip(self) -> float:
        """Height of the joints of the legs, standing."""
        return 0.8 * self.height

    def skeleton(self) -> Skeleton:
        breed, height = self.breed, self.height
        upper, lower, _ = self.bones
        bones: dict[str, tuple[str, tuple[float, float, float]]] = {
            "trunk": ("", (0.0, 0.0, 0.0)),
            "neck": ("trunk", (self.half + 0.04 * height, 0.0, 0.09 * height)),
            "head": ("neck", (breed.neck * height, 0.0, 0.0)),
            "tail": ("trunk", (-self.half - 0.12 * height, 0.0, 0.09 * height)),
            "tail end": ("tail", (-breed.tail * height / 2, 0.0, 0.0)),
        }
        for name, (end, side) in LEGS.items():
            bones[f"{name} upper"] = ("trunk", (end * self.half, side * self.apart, 0.0))
            bones[f"{name} lower"] = (f"{name} upper", (0.0, 0.0, -upper))
            bones[f"{name} foot"] = (f"{name} lower", (0.0, 0.0, -lower))
        return Skeleton(bones)


def _fur(rng: np.random.Generator, breed: Breed) -> tuple[str, Material, Material]:
    name, colour = breed.coats[int(rng.integers(len(breed.coats)))]
    colour = shade(rng, colour, 0.03)
    if rng.random() < 0.3:
        second = darker(colour, 0.35) if np.mean(colour) > 0.4 else (0.85, 0.83, 0.78)
        texture, name = Texture("patches", colour, second, 0.9, int(rng.integers(1 << 16))), f"spotted {name}"
    else:
        texture = Texture("noise", colour, darker(colour, 0.75), 0.4, int(rng.integers(1 << 16)))
    return name, Material(texture, roughness=0.9), Material.plain(darker(colour, 0.7), roughness=0.9)


def fur_shapes(rng: np.random.Generator, frame: Frame, species: str) -> tuple[str, dict[str, list[Shape]]]:
    breed, height = frame.breed, frame.height
    name, fur, dark = _fur(rng, breed)
    upper, lower, foot = frame.bones
    level = turn_y(90.0)
    belly = breed.belly * height
    shapes: dict[str, list[Shape]] = {
        "trunk": [
            Shape("capsule", (0.9 * belly, frame.half), fur, (0, 0, 0.02 * height), level),
            Shape(
                "ellipsoid", (1.05 * belly, 0.95 * belly, 1.15 * belly), fur, (frame.half, 0, 0.03 * height)
            ),
        ],
        "neck": [
            Shape(
                "capsule",
                (0.5 * belly, breed.neck * height / 2),
                fur,
                (breed.neck * height * 0.45, 0, 0),
                level,
            )
        ],
        "tail": [
            Shape(
                "capsule",
                (0.16 * belly, breed.tail * height / 4),
                dark,
                (-breed.tail * height / 4, 0, 0),
                level,
            )
        ],
        "tail end": [
            Shape(
                "capsule",
                (0.13 * belly, breed.tail * height / 4),
                dark,
                (-breed.tail * height / 4, 0, 0),
                level,
            )
        ],
    }
    head, snout, ear = breed.head * height, breed.snout * height, breed.ear * height
    black = Material.plain((0.04, 0.04, 0.04), roughness=0.3)
    shapes["head"] = [
        Shape("ellipsoid", (0.62 * head, 0.48 * head, 0.52 * head), fur, (0.2 * head, 0, 0)),
        Shape("capsule", (0.27 * head, 0.5 * snout), fur, (0.55 * head + 0.4 * snout, 0, -0.1 * head), level),
        Shape("sphere", (0.12 * head,), black, (0.62 * head + snout + 0.1 * head, 0, -0.02 * head)),
    ]
    for side in (-1, 1):
        size = (0.12 * ear, 0.26 * ear, 0.6 * ear)
        place = (-0.1 * head, side * 0.32 * head, 0.5 * head + 0.2 * ear)
        shapes["head"].append(Shape("ellipsoid", size, dark, place))
        shapes["head"].append(
            Shape("sphere", (0.08 * head,), black, (0.55 * head, side * 0.33 * head, 0.2 * head))
        )
    if species == "horse":
        size = (0.3 * breed.neck * height, 0.03 * height, 0.08 * height)
        shapes["neck"].append(Shape("ellipsoid", size, dark, (0.3 * breed.neck * height, 0, 0.55 * belly)))
    for leg, (end, _) in LEGS.items():
        thick = breed.leg * height * (1.25 if end < 0 else 1.0)
        shapes[f"{leg} upper"] = [Shape("capsule", (thick, upper / 2), fur, (0, 0, -upper / 2))]
        shapes[f"{leg} lower"] = [Shape("capsule", (0.6 * thick, lower / 2), fur, (0, 0, -lower / 2))]
        thin = 0.5 * breed.leg * height
        half = foot / 2 - thin
        shapes[f"{leg} foot"] = [Shape("capsule", (thin, half), dark, (0, 0, thin + half - foot))]
    return name, shapes
