"""Events of what hangs and turns: pendulums, chains, cloth, a wrecking ball, a windmill.

Each draws a :class:`Setup` for a spot of a radius in metres, about the origin on a floor at z = 0.
"""

from __future__ import annotations

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.skeleton import turn_x, turn_y, turn_z
from recam.worlds.colours import COLOURS, darker, draw_colour, shade, with_article
from recam.worlds.physics_setup import LONG_STEP, Body, Setup, at, posed
from recam.worlds.props import rod, wood
from recam.worlds.scene import Material, Shape, Texture

STEEL = Material.plain((0.42, 0.43, 0.46), roughness=0.3, metallic=0.8)


def _gallows(rng: np.random.Generator, wide: float, high: float, thick: float) -> tuple[Body, str]:
    """Two posts and a bar along y at a height."""
    wooden = rng.random() < 0.5
    material = wood(rng) if wooden else STEEL
    shapes = [Shape("box", (thick, wide + thick, thick), material, (0.0, 0.0, high))]
    for side in (-1, 1):
        shapes.append(Shape("box", (thick, thick, high / 2), material, (0.0, side * wide, high / 2)))
        shapes.append(
            Shape("box", (0.24 * high, 1.2 * thick, 0.5 * thick), material, (0.0, side * wide, 0.5 * thick))
        )
    return Body(tuple(shapes), np.eye(4), "frame", fixed=True), f"a {'wooden' if wooden else 'steel'} frame"


def _bob(rng: np.random.Generator, size: float, length: float, material: Material) -> tuple[Shape, ...]:
    string = Material.plain((0.2, 0.18, 0.16), roughness=0.9)
    return (
        Shape("sphere", (size,), material),
        Shape("capsule", (0.006 + 0.02 * size, (length - size) / 2), string, (0, 0, (length + size) / 2)),
    )


def _no_touch(setup: Setup) -> None:
    """The frame lets everything that hangs on it pass."""
    setup.ignores += [(0, index) for index in range(1, len(setup.bodies))]


def _pass_through(setup: Setup) -> None:
    """Nothing in this event touches anything."""
    count = len(setup.bodies)
    setup.ignores += [(first, second) for first in range(count) for second in range(first + 1, count)]


def pendulums(rng: np.random.Generator, radius: float) -> Setup:
    """One to five pendulums on a frame, of one length or each longer than the one before."""
    count = int(rng.choice([1, 2, 3, 5]))
    high = float(rng.uniform(0.95, 1.3)) * radius
    wide = 0.5 * radius if count > 1 else 0.3 * radius
    frame, frame_words = _gallows(rng, wide, high, 0.022 * radius)
    setup = Setup([frame], {"frame": (frame_words, "")})
    name, colour = draw_colour(rng)
    start = float(rng.uniform(24, 38))
    material = Material.plain(colour, roughness=0.3, metallic=0.3)
    size = min(0.1 * radius, 0.75 * wide / count)
    for index in range(count):
        y = 0.0 if count == 1 else (2 * index / (count - 1) - 1) * (wide - 2 * size)
        length = high * (0.78 - (0.1 * index if count > 2 else 0.0) * float(count > 2))
        swung = turn_y(start if count > 2 else start * float(rng.choice([-1, 1])))
        place = np.array([0.0, y, high]) + swung @ np.array([0.0, 0.0, -length])
        body = Body(
            _bob(rng, size, length, material),
            posed(place, swung),
            "pendulums",
            hinge=((0.0, 0.0, length), (0.0, 1.0, 0.0)),
            density=1500,
            damping=0.0,
        )
        setup.bodies.append(body)
    words = with_article(f"{name} pendulum") if count == 1 else f"a row of {name} pendulums"
    setup.words["pendulums"] = (words, "swinging")
    _no_touch(setup)
    return setup


def cradle(rng: np.random.Generator, radius: float) -> Setup:
    """Newton's cradle: balls that hang in touch; one or two come down on the others."""
    count = int(rng.integers(4, 6))
    high = float(rng.uniform(0.8, 1.0)) * radius
    size = 0.105 * radius
    frame, frame_words = _gallows(rng, 0.3 * radius, high, 0.02 * radius)
    # The balls stand in a row across the bar: the bar is turned to run along x.
    across = turn_z(90.0)
    frame = Body(frame.shapes, at(0, 0, 0, across), "frame", fixed=True)
    setup = Setup([frame], {"frame": (frame_words, "")})
    length = 0.72 * high
    lifted = int(rng.integers(1, 3))
    angle = float(rng.uniform(28, 42))
    # The bar is as long as the row.
    wide = count * size + 0.1 * radius
    material = setup.bodies[0].shapes[0].material
    bars = [Shape("box", (wide, 0.02 * radius, 0.02 * radius), material, (0.0, 0.0, high))]
    for x in (-wide, wide):
        bars.append(Shape("box", (0.02 * radius, 0.02 * radius, high / 2), material, (x, 0.0, high / 2)))
        bars.append(
            Shape("box", (0.03 * radius, 0.22 * radius, 0.012 * radius), material, (x, 0.0, 0.012 * radius))
        )
    setup.bodies[0] = Body(tuple(bars), np.eye(4), "frame", fixed=True)
    for index in range(count):
        x = (index - (count - 1) / 2) * 2.01 * size
        swung = turn_y(angle if index < lifted else 0.0)
        place = np.array([x, 0.0, high]) + swung @ np.array([0.0, 0.0, -length])
        body = Body(
            _bob(rng, size, length, STEEL),
            posed(place, swung),
            "cradle",
            hinge=((0.0, 0.0, length), (0.0, 1.0, 0.0)),
            density=2000,
            friction=0.0,
            bounce=0.95,
        )
        setup.bodies.append(body)
    setup.step = 0.001
    setup.words["cradle"] = ("a Newton's cradle", "swinging")
    _no_touch(setup)
    return setup


def wrecking_ball(rng: np.random.Generator, radius: float) -> Setup:
    """A heavy ball on a rope swings into a wall of blocks."""
    high = 1.0 * radius
    frame, frame_words = _gallows(rng, 0.5 * radius, high, 0.025 * radius)
    setup = Setup([frame], {"frame": (frame_words, "")}, step=LONG_STEP)
    size, length = 0.09 * radius, 0.86 * high
    swung = turn_y(float(rng.uniform(36, 46)))
    place = np.array([0.0, 0.0, high]) + swung @ np.array([0.0, 0.0, -length])
    iron = Material.plain((0.14, 0.14, 0.16), roughness=0.4, metallic=0.6)
    ball = Body(
        _bob(rng, size, length, iron),
        posed(place, swung),
        "wrecking ball",
        hinge=((0.0, 0.0, length), (0.0, 1.0, 0.0)),
        density=1500,
    )
    setup.bodies.append(ball)
    _no_touch(setup)
    half = np.array([0.055, 0.09, 0.06]) * radius
    tone = shade(rng, [(0.62, 0.28, 0.2), (0.7, 0.66, 0.58), (0.55, 0.4, 0.25)][int(rng.integers(3))])
    for row in range(4):
        for column in range(3):
            y = (column - 1 + (0.0 if row % 2 else 0.08)) * 2.04 * half[1]
            material = Material.plain(shade(rng, tone, 0.05), roughness=0.9)
            size_box = (float(half[0]), float(half[1]), float(half[2]))
            start = at(0.16 * radius, float(y), float(half[2]) * (2 * row + 1))
            setup.bodies.append(
                Body((Shape("box", size_box, material),), start, "wall", density=150, friction=0.8)
            )
    setup.words["wrecking ball"] = ("a wrecking ball", "swinging into a wall of blocks")
    setup.words["wall"] = ("a wall of blocks", "being knocked down")
    return setup


def chain(rng: np.random.Generator, radius: float) -> Setup:
    """Links or a rope that swing from a frame, with a weight at the end."""
    high = float(rng.uniform(1.0, 1.3)) * radius
    frame, frame_words = _gallows(rng, 0.35 * radius, high, 0.022 * radius)
    setup = Setup([frame], {"frame": (frame_words, "")})
    count = 8
    half = 0.8 * high / count / 2
    rope = rng.random() < 0.5
    material = Material.plain((0.6, 0.5, 0.33), roughness=0.9) if rope else STEEL
    start = turn_y(float(rng.uniform(25, 42)) * float(rng.choice([-1, 1]))) @ turn_x(
        float(rng.uniform(-8, 8))
    )
    top = np.array([0.0, 0.0, high])
    for index in range(count):
        place = top + start @ np.array([0.0, 0.0, -half * (2 * index + 1)])
        if rope:
            shape = Shape("capsule", (0.018 * radius, half), material)
        else:
            wide = (0.035, 0.012) if index % 2 else (0.012, 0.035)
            shape = Shape("box", (wide[0] * radius, wide[1] * radius, 1.08 * half), material)
        shapes = (shape,)
        if index == count - 1:
            _, colour = draw_colour(rng)
            end = Material.plain(colour, roughness=0.4)
            shapes = (shape, Shape("sphere", (0.09 * radius,), end, (0, 0, -half - 0.07 * radius)))
        body = Body(
            shapes,
            posed(place, start),
            "chain",
            hang=(0.0, 0.0, half),
            parent=index if index else None,
            density=800,
            damping=0.0004 * radius**4,
        )
        setup.bodies.append(body)
    setup.words["chain"] = (
        "a rope with a weight" if rope else "a chain with a weight",
        "swinging from a frame",
    )
    _pass_through(setup)
    return setup


def banner(rng: np.random.Generator, radius: float) -> Setup:
    """A strip of cloth on a bar: slats that hinge on each other, swinging as in a gust."""
    high = float(rng.uniform(1.0, 1.3)) * radius
    wide = float(rng.uniform(0.2, 0.34)) * radius
    frame, frame_words = _gallows(rng, wide + 0.07 * radius, high, 0.02 * radius)
    setup = Setup([frame], {"frame": (frame_words, "")})
    count = 12
    half = 0.78 * high / count / 2
    name, colour = draw_colour(rng)
    second = draw_colour(rng)[1]
    striped = rng.random() < 0.6
    angle = float(rng.uniform(25, 50)) * float(rng.choice([-1, 1]))
    place = np.array([0.0, 0.0, high])
    for index in range(count):
        # More and more upright towards the end: the shape of a strip in the wind.
        turned = turn_y(angle * (1 + 0.5 * np.sin(2.2 * index / count)) * (1 - 0.5 * index / count))
        middle = place + turned @ np.array([0.0, 0.0, -half])
        place = place + turned @ np.array([0.0, 0.0, -2 * half])
        tone = second if striped and index % 4 < 2 else colour
        material = Material(Texture("fabric", tone, darker(tone, 0.9), 0.3))
        thick = 0.006 * radius + 0.002
        shape = Shape("box", (thick, wide, 1.06 * half), material)
        body = Body(
            (shape,),
            posed(middle, turned),
            "banner",
            hinge=((0.0, 0.0, half), (0.0, 1.0, 0.0)),
            parent=index if index else None,
            density=300,
            damping=0.003 * radius**4,
        )
        setup.bodies.append(body)
    words = f"a striped {name} banner" if striped else with_article(f"{name} banner")
    setup.words["banner"] = (words, "swinging in the air")
    _pass_through(setup)
    return setup


def windmill(rng: np.random.Generator, radius: float) -> Setup:
    """A rotor on a mast that spins down."""
    high, blade = 0.8 * radius, 0.42 * radius
    mast = Material.plain(shade(rng, COLOURS["white"]), roughness=0.5)
    name, colour = draw_colour(rng)
    sail = Material.plain(colour, roughness=0.6)
    post = (
        rod(np.array([0.0, 0.0, 0.03 * radius]), np.array([0.0, 0.0, high]), 0.025 * radius, mast),
        Shape("cylinder", (0.16 * radius, 0.012 * radius), mast, (0, 0, 0.012 * radius)),
    )
    setup = Setup([Body(post, np.eye(4), "windmill", fixed=True)])
    shapes = [Shape("sphere", (0.05 * radius,), mast)]
    count = int(rng.integers(3, 6))
    for index in range(count):
        turned: FloatArray = turn_x(360.0 * index / count)
        place = turned @ np.array([0.0, 0.0, 0.55 * blade])
        size = (0.008 * radius, 0.07 * radius, 0.45 * blade)
        twisted = turned @ turn_z(25.0)
        shapes.append(Shape("box", size, sail, (float(place[0]), float(place[1]), float(place[2])), twisted))
    rotor = Body(
        tuple(shapes),
        at(0.07 * radius, 0.0, high),
        "windmill",
        hinge=((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
        spin=(float(rng.uniform(2.5, 6.0)) * float(rng.choice([-1, 1])), 0.0, 0.0),
        density=100,
    )
    setup.bodies.append(rotor)
    setup.words["windmill"] = (f"a small windmill with {name} blades", "spinning")
    _no_touch(setup)
    return setup
