"""Things that stand about and do not move: crates, chairs, cones, plants ..."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recam.camera.poses import FloatArray
from recam.errors import InputError
from recam.worlds.characters.skeleton import turn, turn_x, turn_z
from recam.worlds.colours import COLOURS, darker, draw_colour, shade, with_article
from recam.worlds.scene import Ground, Material, Part, Shape, Texture, Thing

Drawn = tuple[list[Shape], str]
"""Shapes about the spot with the ground at z = 0, and words without article."""

_STEEL = Material.plain((0.45, 0.46, 0.48), roughness=0.35, metallic=0.8)


def wood(rng: np.random.Generator, pattern: str = "wood", metres: float = 0.5) -> Material:
    """Wood or boards in a drawn tone."""
    tone = shade(rng, [(0.62, 0.44, 0.26), (0.45, 0.29, 0.17), (0.74, 0.58, 0.38)][rng.integers(3)], 0.05)
    texture = Texture(pattern, tone, darker(tone, 0.65), metres, int(rng.integers(1 << 16)))
    return Material(texture, roughness=float(rng.uniform(0.6, 0.9)))


def _crate(rng: np.random.Generator, room: float) -> Drawn:
    half = min(float(rng.uniform(0.2, 0.42)), 0.65 * room)
    material, trim = wood(rng, "planks", 0.6), wood(rng, "wood", 0.5)
    shapes = [Shape("box", (0.96 * half, 0.96 * half, 0.96 * half), material, (0, 0, half))]
    for up in (0.1 * half, 1.9 * half):
        shapes.append(Shape("box", (half, half, 0.1 * half), trim, (0, 0, up)))
    return shapes, "wooden crate"


def _boxes(rng: np.random.Generator, room: float) -> Drawn:
    tone = shade(rng, (0.70, 0.53, 0.34), 0.04)
    shapes, height = [], 0.0
    wide = min(float(rng.uniform(0.24, 0.34)), 0.6 * room)
    for _ in range(int(rng.integers(2, 5))):
        size = (wide * rng.uniform(0.75, 1), wide * rng.uniform(0.7, 1), rng.uniform(0.1, 0.2))
        material = Material.plain(shade(rng, tone, 0.02), roughness=0.9)
        shapes.append(
            Shape("box", size, material, (0, 0, height + size[2]), turn_z(float(rng.uniform(-20, 20))))
        )
        height += 2 * size[2]
        wide *= 0.88
    return shapes, "stack of cardboard boxes"


def _barrel(rng: np.random.Generator, room: float) -> Drawn:
    radius = min(float(rng.uniform(0.24, 0.34)), 0.85 * room)
    height = radius * rng.uniform(2.4, 3.0)
    if rng.random() < 0.5:
        material, hoop, words = wood(rng, "palings", 0.5), _STEEL, "wooden barrel"
    else:
        name, colour = draw_colour(rng, ("red", "blue", "yellow", "green", "teal", "grey", "orange"))
        material, hoop = (
            Material.plain(colour, roughness=0.4, metallic=0.4),
            Material.plain(darker(colour, 0.7)),
        )
        words = f"{name} barrel"
    shapes = [Shape("cylinder", (0.95 * radius, height / 2), material, (0, 0, height / 2))]
    for up in (0.03, 0.35, 0.65, 0.97):
        shapes.append(
            Shape("cylinder", (radius, 0.02 * height), hoop, (0, 0, up * height * 0.98 + 0.01 * height))
        )
    return shapes, words


def _ball(rng: np.random.Generator, room: float) -> Drawn:
    name, colour = draw_colour(rng)
    if rng.random() < 0.3:
        radius, words = float(rng.uniform(0.3, 0.4)), f"big {name} gym ball"
    else:
        radius, words = float(rng.uniform(0.11, 0.18)), f"{name} ball"
    radius = min(radius, 0.9 * room)
    pattern = str(rng.choice(["plain", "stripes", "patches"]))
    texture = Texture(pattern, colour, shade(rng, COLOURS["white"]), radius * 2, int(rng.integers(1 << 16)))
    tilted = turn(float(rng.uniform(-90, 90)), float(rng.uniform(-90, 90)), 0.0)
    return [Shape("sphere", (radius,), Material(texture, roughness=0.4), (0, 0, radius), tilted)], words


def _legs(width: float, depth: float, height: float, thick: float, material: Material) -> list[Shape]:
    """Four upright legs, their outer faces ``width`` and ``depth`` from the middle."""
    return [
        Shape(
            "box",
            (thick, thick, height / 2),
            material,
            (sign_x * (width - thick), sign_y * (depth - thick), height / 2),
        )
        for sign_x in (-1, 1)
        for sign_y in (-1, 1)
    ]


def _seat_look(rng: np.random.Generator) -> tuple[Material, str]:
    if rng.random() < 0.6:
        return wood(rng), "wooden"
    name, colour = draw_colour(rng)
    return Material.plain(colour, roughness=0.5), name


def _chair(rng: np.random.Generator, room: float) -> Drawn:
    half, seat = min(float(rng.uniform(0.19, 0.23)), 0.6 * room), float(rng.uniform(0.42, 0.48))
    material, look = _seat_look(rng)
    back = float(rng.uniform(0.2, 0.26))
    shapes = _legs(half, half, seat, 0.018, material)
    shapes.append(Shape("box", (half, half, 0.02), material, (0, 0, seat)))
    for sign in (-1, 1):
        place = (-half + 0.018, sign * (half - 0.018), seat + back)
        shapes.append(Shape("box", (0.018, 0.018, back), material, place))
    for up in (0.6, 1.05, 1.6):
        shapes.append(
            Shape("box", (0.012, half - 0.02, 0.05), material, (-half + 0.018, 0, seat + up * back + 0.02))
        )
    return shapes, f"{look} chair"


def _stool(rng: np.random.Generator, room: float) -> Drawn:
    radius, height = min(float(rng.uniform(0.15, 0.19)), 0.8 * room), float(rng.uniform(0.45, 0.7))
    material, look = _seat_look(rng)
    shapes = _legs(0.75 * radius, 0.75 * radius, height, 0.016, _STEEL if rng.random() < 0.5 else material)
    shapes.append(Shape("cylinder", (radius, 0.02), material, (0, 0, height)))
    return shapes, f"{look} stool"


def _table(rng: np.random.Generator, room: float) -> Drawn:
    height = float(rng.uniform(0.68, 0.78))
    material, look = _seat_look(rng)
    if rng.random() < 0.4:
        radius = min(float(rng.uniform(0.35, 0.55)), 0.95 * room)
        shapes = [
            Shape("cylinder", (radius, 0.02), material, (0, 0, height)),
            Shape("cylinder", (0.035, height / 2), _STEEL, (0, 0, height / 2)),
            Shape("cylinder", (0.55 * radius, 0.015), _STEEL, (0, 0, 0.015)),
        ]
        return shapes, f"round {look} table"
    width = min(float(rng.uniform(0.45, 0.8)), 0.8 * room)
    depth = min(float(rng.uniform(0.32, 0.42)), 0.55 * room)
    shapes = _legs(width, depth, height, 0.025, material)
    shapes.append(Shape("box", (width, depth, 0.02), material, (0, 0, height + 0.02)))
    return shapes, f"{look} table"


def _bench(rng: np.random.Generator, room: float) -> Drawn:
    width = min(float(rng.uniform(0.6, 0.85)), 0.85 * room)
    material = wood(rng)
    name = "wooden"
    metal = Material.plain((0.12, 0.13, 0.14), roughness=0.5, metallic=0.5)
    shapes = []
    for sign in (-1, 1):
        shapes.append(Shape("box", (0.2, 0.025, 0.22), metal, (0, sign * 0.8 * width, 0.22)))
        shapes.append(Shape("box", (0.025, 0.025, 0.24), metal, (-0.2, sign * 0.8 * width, 0.62)))
    for slat in (-0.13, 0.0, 0.13):
        shapes.append(Shape("box", (0.055, width, 0.015), material, (slat, 0, 0.455)))
    for up in (0.62, 0.78):
        shapes.append(Shape("box", (0.015, width, 0.055), material, (-0.165, 0, up)))
    return shapes, f"{name} bench"


def _bin(rng: np.random.Generator, room: float) -> Drawn:
    name, colour = draw_colour(rng, ("green", "grey", "blue", "black", "orange", "dark green"))
    material = Material.plain(colour, roughness=0.5)
    dark = Material.plain(darker(colour, 0.6), roughness=0.5)
    radius = min(float(rng.uniform(0.2, 0.26)), 0.85 * room)
    height = float(rng.uniform(0.6, 0.85))
    if rng.random() < 0.5:
        shapes = [
            Shape("cylinder", (radius, height / 2), material, (0, 0, height / 2)),
            Shape("cylinder", (1.06 * radius, 0.025), dark, (0, 0, height)),
            Shape("ellipsoid", (radius, radius, 0.35 * radius), dark, (0, 0, height)),
        ]
        return shapes, f"{name} bin"
    wheel = Material.plain((0.06, 0.06, 0.06), roughness=0.8)
    radius = min(radius, 0.7 * room)
    shapes = [
        Shape("box", (0.95 * radius, 0.9 * radius, height / 2 - 0.02), material, (0, 0, height / 2 + 0.04)),
        Shape("box", (1.05 * radius, radius, 0.03), dark, (0, 0, height + 0.05), turn(4.0, 0.0, 0.0)),
    ]
    for sign in (-1, 1):
        place = (-0.8 * radius, sign * 0.9 * radius, 0.07)
        shapes.append(Shape("cylinder", (0.07, 0.025), wheel, place, turn_x(90.0)))
    return shapes, f"{name} wheelie bin"


def _cone(rng: np.random.Generator, room: float) -> Drawn:
    height, base = float(rng.uniform(0.45, 0.75)), min(float(rng.uniform(0.16, 0.2)), 0.65 * room)
    orange = Material.plain(shade(rng, (0.93, 0.36, 0.08)), roughness=0.5)
    white = Material.plain((0.92, 0.92, 0.9), roughness=0.4)
    shapes = [Shape("box", (base, base, 0.02), orange, (0, 0, 0.02))]
    rings = 7
    for ring in range(rings):
        low = 0.04 + (height - 0.04) * ring / rings
        radius = 0.8 * base * (1 - 0.82 * (ring + 0.5) / rings)
        half = (height - 0.04) / rings / 2
        material = white if ring in (2, 4) else orange
        shapes.append(Shape("cylinder", (radius, half), material, (0, 0, low + half)))
    return shapes, "traffic cone"


def _plant(rng: np.random.Generator, room: float) -> Drawn:
    radius = min(float(rng.uniform(0.16, 0.28)), 0.6 * room)
    name, colour = draw_colour(rng, ("brown", "white", "grey", "blue", "dark grey", "orange"))
    tall = radius * rng.uniform(1.3, 1.9)
    pot = Material.plain(colour, roughness=0.7)
    green = shade(rng, (0.18, 0.42, 0.15), 0.05)
    leaves = Material(Texture("leaves", green, darker(green, 0.5), 0.4, int(rng.integers(1 << 16))))
    shapes = [
        Shape("cylinder", (0.88 * radius, tall / 2), pot, (0, 0, tall / 2)),
        Shape("cylinder", (radius, 0.08 * tall), pot, (0, 0, 0.96 * tall)),
    ]
    if rng.random() < 0.5:
        trunk = float(rng.uniform(0.4, 0.9))
        shapes.append(Shape("cylinder", (0.02, trunk / 2), wood(rng), (0, 0, tall + trunk / 2)))
        crown = min(1.5 * radius, 0.95 * room)
        shapes.append(
            Shape("ellipsoid", (crown, crown, 1.2 * crown), leaves, (0, 0, tall + trunk + 0.7 * crown))
        )
        return shapes, "small tree in a pot"
    for index in range(9):
        angle, out = 2.4 * index, 12 + 38 * (index % 3) / 2
        long = float(rng.uniform(0.25, 0.45)) * (1.2 - 0.2 * (index % 3))
        # A blade rooted in the pot, turned outwards by ``out``.
        turned = turn_z(float(np.degrees(angle))) @ turn(float(out), 0.0, 0.0)
        middle = np.array([0.0, 0.0, tall]) + turned @ np.array([0.0, 0.0, 0.9 * long])
        reach = np.linalg.norm((middle - [0, 0, tall])[:2]) * 2
        long *= min(1.0, 0.95 * room / max(float(reach), 1e-6))
        middle = np.array([0.0, 0.0, tall]) + turned @ np.array([0.0, 0.0, 0.9 * long])
        shapes.append(Shape("ellipsoid", (0.025, 0.07, long), leaves, _triple(middle), turned))
    return shapes, f"plant in {with_article(name)} pot"


def _lamp(rng: np.random.Generator, room: float) -> Drawn:
    height, radius = float(rng.uniform(1.3, 1.7)), min(float(rng.uniform(0.17, 0.24)), 0.9 * room)
    name, colour = draw_colour(rng, ("white", "beige", "red", "yellow", "light blue", "orange"))
    shapes = [
        Shape("cylinder", (0.75 * radius, 0.015), _STEEL, (0, 0, 0.015)),
        Shape("cylinder", (0.014, height / 2), _STEEL, (0, 0, height / 2)),
        Shape("cylinder", (radius, 0.14), Material.plain(colour, emission=0.6), (0, 0, height)),
    ]
    return shapes, f"floor lamp with {with_article(name)} shade"


def _suitcase(rng: np.random.Generator, room: float) -> Drawn:
    name, colour = draw_colour(rng)
    half = min(float(rng.uniform(0.2, 0.27)), 0.7 * room)
    thick, tall = 0.5 * half, 1.35 * half
    shell = Material(Texture("corrugated", colour, darker(colour, 0.75), 0.12), roughness=0.4)
    wheel = Material.plain((0.07, 0.07, 0.07))
    shapes = [Shape("box", (thick, half, tall), shell, (0, 0, tall + 0.05))]
    for sign_x in (-1, 1):
        for sign_y in (-1, 1):
            place = (sign_x * 0.7 * thick, sign_y * 0.8 * half, 0.03)
            shapes.append(Shape("sphere", (0.03,), wheel, place))
    for sign in (-1, 1):
        place = (-0.8 * thick, sign * 0.45 * half, 2 * tall + 0.05 + 0.14)
        shapes.append(Shape("cylinder", (0.01, 0.15), _STEEL, place))
    top = (-0.8 * thick, 0, 2 * tall + 0.34)
    shapes.append(Shape("capsule", (0.016, 0.45 * half), wheel, top, turn_x(90.0)))
    return shapes, f"{name} suitcase"


def _bicycle(rng: np.random.Generator, room: float) -> Drawn:
    scale = min(1.0, room / 0.95)
    name, colour = draw_colour(rng)
    frame = Material.plain(colour, roughness=0.3, metallic=0.3)
    tyre = Material.plain((0.07, 0.07, 0.07), roughness=0.9)
    wheel = 0.33 * scale
    back, front = (-0.52 * scale, 0.0, wheel), (0.52 * scale, 0.0, wheel)
    crank, seat = (-0.1 * scale, 0.0, 0.3 * scale), (-0.22 * scale, 0.0, 0.86 * scale)
    head, bars = (0.36 * scale, 0.0, 0.78 * scale), (0.33 * scale, 0.0, 1.0 * scale)
    shapes = []
    for hub in (back, front):
        # A tyre is a ring of rods: no primitive has a hole.
        for spoke in range(8):
            first, second = (
                np.asarray(hub) + 0.95 * wheel * np.array([np.cos(angle), 0.0, np.sin(angle)])
                for angle in (2 * np.pi * (spoke + np.array([0, 1])) / 8)
            )
            shapes.append(rod(first, second, 0.05 * wheel, tyre))
        shapes.append(Shape("cylinder", (0.04 * scale, 0.04 * scale), _STEEL, hub, turn_x(90.0)))
    for first, second in (
        (back, crank),
        (crank, seat),
        (seat, head),
        (crank, head),
        (back, seat),
        (head, front),
    ):
        shapes.append(rod(np.asarray(first), np.asarray(second), 0.02 * scale, frame))
    shapes.append(rod(np.asarray(head), np.asarray(bars), 0.016 * scale, _STEEL))
    shapes.append(Shape("capsule", (0.016 * scale, 0.24 * scale), tyre, bars, turn_x(90.0)))
    place = (seat[0] - 0.02, 0.0, seat[2] + 0.03 * scale)
    shapes.append(Shape("ellipsoid", (0.13 * scale, 0.07 * scale, 0.035 * scale), tyre, place))
    return shapes, f"{name} bicycle"


def rod(start: FloatArray, end: FloatArray, radius: float, material: Material) -> Shape:
    """A capsule from one place to another."""
    along = end - start
    length = float(np.linalg.norm(along))
    z = along / length
    x = np.cross([0.0, 1.0, 0.0] if abs(z[1]) < 0.9 else [1.0, 0.0, 0.0], z)
    x /= np.linalg.norm(x)
    turned = np.stack([x, np.cross(z, x), z], axis=1)
    return Shape("capsule", (radius, length / 2), material, _triple((start + end) / 2), turned)


def _triple(place: FloatArray) -> tuple[float, float, float]:
    x, y, z = place
    return float(x), float(y), float(z)


PROPS: dict[str, tuple[float, Callable[[np.random.Generator, float], Drawn]]] = {
    "crate": (0.25, _crate),
    "box stack": (0.25, _boxes),
    "barrel": (0.2, _barrel),
    "ball": (0.12, _ball),
    "chair": (0.3, _chair),
    "stool": (0.15, _stool),
    "table": (0.4, _table),
    "bench": (0.6, _bench),
    "bin": (0.25, _bin),
    "traffic cone": (0.22, _cone),
    "plant": (0.3, _plant),
    "lamp": (0.15, _lamp),
    "suitcase": (0.25, _suitcase),
    "bicycle": (0.6, _bicycle),
}
"""Kind -> least radius of its spot in metres, and what draws it."""


def draw_prop(
    rng: np.random.Generator,
    *,
    name: str,
    spot: tuple[float, float, float],
    ground: Ground,
    kind: str | None = None,
) -> Thing:
    """A still thing that fits into a spot.

    Args:
        name: unique in the scene.
        spot: x, y and radius in metres of the free circle it may take.
        kind: one of ``PROPS``; drawn from those that fit when None.

    Raises:
        InputError: there is no such kind, or the spot is too small for it (or for all).
    """
    x, y, radius = spot
    fitting = [known for known, (least, _) in PROPS.items() if least <= radius]
    if kind is not None and kind not in PROPS:
        raise InputError(f"unknown prop {kind!r}; props are {', '.join(PROPS)}")
    if not fitting or (kind is not None and kind not in fitting):
        least = PROPS[kind][0] if kind else min(known for known, _ in PROPS.values())
        raise InputError(
            f"a spot of radius {radius:g} m is too small for {kind or 'any prop'}: {least:g} m at least"
        )
    kind = kind or fitting[int(rng.integers(len(fitting)))]
    shapes, words = PROPS[kind][1](rng, radius)
    pose = np.eye(4)
    pose[:3, :3] = turn_z(float(rng.uniform(-180, 180)))
    # On a slope it stands on its lowest side, a little sunk in on the others.
    angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    reach = 0.5 * min(radius, 0.4)
    around = np.array([x, y]) + reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    pose[:3, 3] = x, y, float(ground(around).min())
    return Thing(name, "prop", with_article(words), (Part(tuple(shapes), pose[None]),), "", {"species": kind})
