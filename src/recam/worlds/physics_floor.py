"""Events on the floor: towers that fall, balls that roll and bounce, dominoes, heaps.

Each draws a :class:`Setup` for a spot of a radius in metres, about the origin on a floor at z = 0.
"""

from __future__ import annotations

import numpy as np

from recam.worlds.characters.skeleton import turn, turn_y, turn_z
from recam.worlds.colours import COLOURS, darker, draw_colour, with_article
from recam.worlds.physics_setup import LONG_STEP, Body, Setup, at, posed
from recam.worlds.props import wood
from recam.worlds.scene import Colour, Material, Shape, ShapeKind, Texture

HEAPED: tuple[ShapeKind, ...] = ("box", "cylinder", "sphere", "capsule")


def _ball_look(rng: np.random.Generator, colour: Colour, radius: float) -> Material:
    pattern = str(rng.choice(["stripes", "patches", "checker"]))
    light = np.mean(colour) > 0.55
    second = darker(colour, 0.4) if light else COLOURS["white"]
    return Material(Texture(pattern, colour, second, 3 * radius, int(rng.integers(1 << 16))), roughness=0.4)


def tower(rng: np.random.Generator, radius: float) -> Setup:
    """Crates, one on the other, pushed over by a ball or by their own lean."""
    count = int(rng.integers(3, 6))
    half = {3: 0.13, 4: 0.11, 5: 0.095}[count] * radius * float(rng.uniform(0.85, 1.05))
    if rng.random() < 0.6:
        materials, words = [wood(rng, "planks", 0.6) for _ in range(count)], "a tower of wooden crates"
    else:
        materials = [Material.plain(draw_colour(rng)[1], roughness=0.7) for _ in range(count)]
        words = "a tower of coloured blocks"
    setup = Setup(step=LONG_STEP, words={"tower": (words, "falling over")})
    lean = float(rng.uniform(0.15, 0.3))
    for index, material in enumerate(materials):
        shift = 2 * half * lean * index * (1 + 0.25 * index) - 0.3 * radius
        size = half * float(rng.uniform(0.92, 1.0))
        start = at(shift, float(rng.uniform(-0.1, 0.1)) * half, half * (2 * index + 1) + 0.002 * index)
        start[:3, :3] = turn_z(float(rng.uniform(-8, 8)))
        body = Body((Shape("box", (size, size, half), material),), start, "tower", density=120, friction=0.5)
        setup.bodies.append(body)
    push = float(rng.uniform(0.6, 1.1)) * np.sqrt(radius)
    top = setup.bodies[-1]
    setup.bodies[-1] = Body(top.shapes, top.start, "tower", velocity=(push, 0, 0), density=120, friction=0.5)
    return setup


def ramp(rng: np.random.Generator, radius: float) -> Setup:
    """Balls roll down a ramp."""
    slope = float(rng.uniform(18, 28))
    long, wide, thick = 0.48 * radius, 0.24 * radius, 0.02 * radius
    tilted = turn_y(slope)
    middle = np.array([-0.4 * radius, 0.0, long * np.sin(np.radians(slope)) + thick])
    board = wood(rng, "planks", 0.5)
    rails = [
        Shape("box", (long, 0.02 * radius, 0.045 * radius), board, (0, side * wide, 0.02 * radius))
        for side in (-1, 1)
    ]
    setup = Setup(words={"ramp": ("a wooden ramp", "")})
    ramp_shapes = (Shape("box", (long, wide, thick), board), *rails)
    setup.bodies.append(Body(ramp_shapes, posed(middle, tilted), "ramp", fixed=True))
    count = int(rng.integers(2, 5))
    place = -0.85 * long
    for index in range(count):
        size = float(rng.uniform(0.055, 0.085)) * radius
        name, colour = draw_colour(rng)
        place += size
        local = np.array([place, float(rng.uniform(-0.6, 0.6)) * (wide - 1.5 * size), thick + size + 0.002])
        start = posed(
            middle + tilted @ local, turn(float(rng.uniform(-90, 90)), float(rng.uniform(-90, 90)), 0.0)
        )
        group = f"ball {index + 1}"
        look = _ball_look(rng, colour, size)
        # Rolling friction of the floor brings them to a halt within the spot for most draws.
        body = Body((Shape("sphere", (size,), look),), start, group, density=300, friction=0.9, bounce=0.2)
        setup.bodies.append(body)
        setup.words[group] = (
            with_article(f"{name} ball"),
            "rolling down a ramp",
        )
        place += 1.4 * size
    return _tray(setup, rng, 0.68 * radius, 0.05 * radius, open_=True)


def _tray(setup: Setup, rng: np.random.Generator, half: float, high: float, open_: bool = False) -> Setup:
    """Low boards about the middle that keep what rolls on its spot; ``open_`` leaves out the one at -x."""
    board = wood(rng)
    thick = 0.02 * half
    shapes = []
    for turned in (0, 90, 270) if open_ else (0, 90, 180, 270):
        place = turn_z(float(turned)) @ np.array([half, 0.0, high])
        shape = Shape(
            "box",
            (thick, half + thick, high),
            board,
            (float(place[0]), float(place[1]), float(place[2])),
            turn_z(float(turned)),
        )
        shapes.append(shape)
    setup.bodies.append(Body(tuple(shapes), np.eye(4), "tray", fixed=True, friction=0.4))
    setup.words["tray"] = ("low wooden boards" if open_ else "a low wooden pen", "")
    return setup


def bowling(rng: np.random.Generator, radius: float) -> Setup:
    """A ball rolls into pins."""
    size = 0.1 * radius
    name, colour = draw_colour(rng)
    pin_name, pin_colour = draw_colour(rng, ("white", "red", "yellow", "light blue", "beige"))
    setup = Setup(
        words={
            "ball": (
                with_article(f"{name} bowling ball"),
                "rolling into the pins",
            )
        }
    )
    speed = float(rng.uniform(1.0, 1.5)) * np.sqrt(radius)
    ball = Body(
        (Shape("sphere", (size,), _ball_look(rng, colour, size)),),
        at(-0.75 * radius, float(rng.uniform(-0.05, 0.05)) * radius, size),
        "ball",
        velocity=(speed, 0.0, 0.0),
        spin=(0.0, speed / size, 0.0),
        density=500,
        bounce=0.2,
    )
    setup.bodies.append(ball)
    body, neck = Material.plain(pin_colour, roughness=0.3), Material.plain((0.75, 0.12, 0.1), roughness=0.4)
    high, wide = 0.14 * radius, 0.038 * radius
    for row in range(3):
        for column in range(row + 1):
            x, y = 0.05 * radius + row * 0.16 * radius, (column - row / 2) * 0.19 * radius
            shapes = (
                Shape("cylinder", (wide, 0.6 * high), body, (0, 0, -0.4 * high)),
                Shape("cylinder", (0.55 * wide, 0.25 * high), neck, (0, 0, 0.45 * high)),
                Shape("sphere", (0.75 * wide,), body, (0, 0, 0.8 * high)),
            )
            setup.bodies.append(Body(shapes, at(x, y, high), "pins", density=250, bounce=0.2))
    setup.words["pins"] = (f"{pin_name} bowling pins", "being knocked down")
    return _tray(setup, rng, 0.69 * radius, 0.06 * radius, open_=True)


def colliding(rng: np.random.Generator, radius: float) -> Setup:
    """Balls roll to the middle from all sides and bounce off each other."""
    count = int(rng.integers(3, 7))
    setup = Setup()
    offset = float(rng.uniform(0, 360))
    for index in range(count):
        size = float(rng.uniform(0.08, 0.13)) * radius
        _, colour = draw_colour(rng)
        angle = np.radians(offset + 360 * index / count)
        out = 0.5 * radius * np.array([np.cos(angle), np.sin(angle)])
        speed = float(rng.uniform(0.7, 1.0)) * np.sqrt(radius)
        aim = np.array([np.cos(angle + 0.15), np.sin(angle + 0.15)])
        velocity = -speed * aim
        ball = Body(
            (Shape("sphere", (size,), _ball_look(rng, colour, size)),),
            at(out[0], out[1], size),
            "balls",
            velocity=(float(velocity[0]), float(velocity[1]), 0.0),
            spin=(float(-velocity[1] / size), float(velocity[0] / size), 0.0),
            density=300,
            bounce=0.75,
        )
        setup.bodies.append(ball)
    number = {3: "three", 4: "four", 5: "five", 6: "six"}[count]
    setup.step = 0.002
    setup.words["balls"] = (f"{number} coloured balls", "rolling into each other")
    return _tray(setup, rng, 0.69 * radius, 0.05 * radius)


def bouncing(rng: np.random.Generator, radius: float) -> Setup:
    """Balls fall from a height and bounce."""
    count = int(rng.integers(1, 5))
    setup = Setup()
    names = []
    for index in range(count):
        size = float(rng.uniform(0.09, 0.16)) * radius
        name, colour = draw_colour(rng)
        names.append(name)
        angle = 2 * np.pi * (index + float(rng.uniform(-0.2, 0.2))) / count
        out = 0.4 * radius if count > 1 else 0.0
        drift = rng.uniform(-0.12, 0.12, 2) * np.sqrt(radius)
        place = at(
            out * np.cos(angle),
            out * np.sin(angle),
            float(rng.uniform(0.5, 1.1)) * radius + size,
            turn(float(rng.uniform(-90, 90)), float(rng.uniform(-90, 90)), 0.0),
        )
        spin = tuple(float(value) for value in rng.uniform(-4, 4, 3))
        ball = Body(
            (Shape("sphere", (size,), _ball_look(rng, colour, size)),),
            place,
            "balls",
            velocity=(float(drift[0]), float(drift[1]), 0.0),
            spin=(spin[0], spin[1], spin[2]),
            density=200,
            friction=0.4,
            bounce=float(rng.uniform(0.7, 0.9)),
        )
        setup.bodies.append(ball)
    if count == 1:
        words = with_article(f"{names[0]} ball")
    else:
        words = {2: "two", 3: "three", 4: "four"}[count] + " coloured balls"
    setup.step = 0.002
    setup.words["balls"] = (words, "bouncing")
    return setup


def dominoes(rng: np.random.Generator, radius: float) -> Setup:
    """A row of dominoes on a line or an arc; the first falls."""
    count = int(rng.integers(9, 15))
    high = 0.12 * radius * float(rng.uniform(0.85, 1.1))
    thick, wide = 0.13 * high, 0.42 * high
    gap = 1.02 * high * float(rng.uniform(0.8, 1.0))
    bend = float(rng.uniform(-14, 14))
    places, heading, place = [], -bend * (count - 1) / 2, np.zeros(2)
    for _ in range(count):
        places.append((place.copy(), heading))
        step = np.radians(heading + bend / 2)
        place += gap * np.array([np.cos(step), np.sin(step)])
        heading += bend
    middle = np.mean([each for each, _ in places], axis=0)
    name, colour = draw_colour(rng)
    second = draw_colour(rng)[1] if rng.random() < 0.5 else colour
    setup = Setup(step=LONG_STEP)
    for index, (spot, turned) in enumerate(places):
        x, y = spot - middle
        material = Material.plain(colour if index % 2 == 0 else second, roughness=0.4)
        start = at(float(x), float(y), high, turn_z(turned))
        if index == 0:
            # Tipped about its lower edge, past the balance.
            tipped = 15.0
            edge = np.array([thick, 0.0, -high])
            leaned = turn_y(tipped)
            start[:3, :3] = turn_z(turned) @ leaned
            start[:3, 3] += turn_z(turned) @ (edge - leaned @ edge)
        body = Body(
            (Shape("box", (thick, wide, high), material),),
            start,
            "dominoes",
            spin=(0.0, 2.0 if index == 0 else 0.0, 0.0),
            density=500,
            friction=0.35,
        )
        setup.bodies.append(body)
    setup.words["dominoes"] = (
        f"a row of {name} dominoes" if second == colour else "a row of dominoes",
        "toppling one by one",
    )
    return setup


def heap(rng: np.random.Generator, radius: float) -> Setup:
    """Many things drop into a heap."""
    count = int(rng.integers(7, 13))
    radius = min(radius, 1.2)  # falls from higher would scatter it
    setup = Setup(step=LONG_STEP)
    for index in range(count):
        size = float(rng.uniform(0.06, 0.1)) * radius
        _, colour = draw_colour(rng)
        material = Material.plain(colour, roughness=0.5)
        kind = HEAPED[int(rng.integers(len(HEAPED)))]
        sizes = {
            "box": (size, 0.8 * size, 0.7 * size),
            "cylinder": (0.8 * size, size),
            "sphere": (size,),
            "capsule": (0.6 * size, size),
        }[kind]
        start = at(
            float(rng.uniform(-0.2, 0.2)) * radius,
            float(rng.uniform(-0.2, 0.2)) * radius,
            (0.25 + 0.17 * index) * radius,
            turn(float(rng.uniform(-180, 180)), float(rng.uniform(-60, 60)), 0.0),
        )
        shape = Shape(kind, sizes, material)
        body = Body((shape,), start, "blocks", velocity=(0, 0, -1.0), density=300, friction=0.8)
        setup.bodies.append(body)
    setup.words["blocks"] = ("toy blocks and balls", "dropping into a heap")
    return _tray(setup, rng, 0.66 * radius, 0.09 * radius)


def seesaw(rng: np.random.Generator, radius: float) -> Setup:
    """A plank on a trestle; a weight drops on one end and throws up what lies on the other."""
    radius = min(radius, 1.2)
    long, wide, thick = 0.62 * radius, 0.1 * radius, 0.014 * radius
    high = 0.13 * radius
    board = wood(rng, "planks", 0.5)
    _, colour = draw_colour(rng)
    trestle = Material.plain(colour, roughness=0.6)
    legs = (
        Shape("box", (0.03 * radius, 1.2 * wide, high / 2), trestle, (0, 0, high / 2)),
        Shape("box", (0.08 * radius, 1.3 * wide, 0.008 * radius), trestle, (0, 0, 0.008 * radius)),
    )
    setup = Setup([Body(legs, np.eye(4), "seesaw", fixed=True)], {"seesaw": ("a wooden seesaw", "tipping")})
    tipped = np.degrees(np.arcsin((high - thick) / long)) * 0.9
    turned = turn_y(-tipped)
    plank = Body(
        (Shape("box", (long, wide, thick), board),),
        at(0, 0, high + 1.5 * thick, turned),
        "seesaw",
        hinge=((0.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        density=300,
        friction=0.9,
        damping=0.02 * radius**4,
    )
    setup.bodies.append(plank)
    setup.ignores.append((0, 1))
    light, heavy = 0.06 * radius, 0.1 * radius
    ball_name, ball_colour = draw_colour(rng)
    end = np.array([0, 0, high + 1.5 * thick]) + turned @ np.array([-0.88 * long, 0.0, thick + light + 0.002])
    look = Material.plain(ball_colour, roughness=0.5)
    setup.bodies.append(
        Body((Shape("box", (light,) * 3, look),), posed(end, turned), "block", density=150, friction=0.9)
    )
    setup.words["block"] = (
        with_article(f"{ball_name} block"),
        "thrown into the air",
    )
    crate = wood(rng, "planks", 0.5)
    drop = at(0.8 * long, 0.0, high + float(rng.uniform(0.75, 1.1)) * radius)
    setup.bodies.append(Body((Shape("box", (heavy,) * 3, crate),), drop, "crate", density=400, friction=0.9))
    setup.words["crate"] = ("a wooden crate", "dropping onto a seesaw")
    return setup
