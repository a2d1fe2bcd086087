"""Streets between two rows of houses."""

from __future__ import annotations

import numpy as np

from recam.worlds.colours import with_article
from recam.worlds.places import outdoor
from recam.worlds.places.buildings import HouseLooks, town_house
from recam.worlds.places.kit import Builder, block
from recam.worlds.places.materials import GROUNDS, STONE, Material, pick
from recam.worlds.places.place import Place
from recam.worlds.scene import Shape

_LENGTH = 34.0  # metres each way


def street(rng: np.random.Generator) -> Place:
    """A street along x: road or lane, pavements, houses, parked cars, lamps, trees."""
    builder = Builder("street", clear=2.2)
    is_lane = bool(rng.random() < 0.3)  # no cars
    road_half = float(rng.uniform(3.2, 4.0)) if is_lane else float(rng.uniform(4.3, 5.2))
    pavement = float(rng.uniform(1.6, 3.0))
    surfaces = ("cobbles", "grey paving", "sandstone paving", "red paving")
    road_name, road = pick(rng, GROUNDS, surfaces if is_lane else ("asphalt", "asphalt", "cobbles"))
    builder.add(
        "road",
        "ground",
        _road_words(road_name),
        [Shape("plane", (_LENGTH + 8, 24.0), road)],
        surface=road_name,
    )
    _, slabs = pick(rng, GROUNDS, ("grey paving", "sandstone paving", "red paving"))
    edge = road_half + pavement
    walks = [
        block(slabs, (2 * _LENGTH, pavement, 0.015), y=side * (road_half + pavement / 2)) for side in (-1, 1)
    ]
    builder.add("pavement", "ground", "the pavement", walks, solid=False)
    kerbs = [block(STONE, (2 * _LENGTH, 0.16, 0.1), y=side * road_half) for side in (-1, 1)]
    builder.add("kerb", "structure", "the kerb", kerbs)
    if road_name == "asphalt":
        _markings(builder, rng, road_half)
    looks = HouseLooks.draw(rng)
    first = _houses(builder, rng, looks, edge)
    _ends(builder, rng, looks)
    if not is_lane:
        _cars(builder, rng, road_half)
    _pavements(builder, rng, road_half, pavement)
    lined = "narrow cobbled lane" if is_lane and road_name == "cobbles" else "lane" if is_lane else "street"
    wheres = (
        f"in {with_article(lined)} between two rows of houses",
        f"in {with_article(lined)} lined with town houses",
        f"in {with_article(lined)} in front of {first}",
    )
    where = wheres[int(rng.integers(3))]
    return builder.place(rng, where, (-20, -edge + 0.2), (20, edge - 0.2), indoor=False)


def _road_words(name: str) -> str:
    return "an asphalt road" if name == "asphalt" else f"a road of {name}"


def _markings(builder: Builder, rng: np.random.Generator, half: float) -> None:
    white = Material.plain((0.82, 0.82, 0.78), roughness=0.9)
    marks = [block(white, (1.6, 0.12, 0.008), float(x)) for x in np.arange(-_LENGTH + 2, _LENGTH, 4.0)]
    if rng.random() < 0.5:
        at = float(rng.uniform(-7, 7))
        marks += [
            block(white, (3.0, 0.5, 0.01), at, float(y)) for y in np.arange(-half + 0.6, half - 0.4, 1.0)
        ]
    builder.add("markings", "ground", "road markings", marks, solid=False)


def _houses(builder: Builder, rng: np.random.Generator, looks: HouseLooks, edge: float) -> str:
    """Both rows; words of a house near the middle."""
    nearest, words = np.inf, ""
    for side in (-1, 1):
        x = -_LENGTH
        while x < _LENGTH:
            bays = 2 * int(rng.integers(1, 4))
            middle = x + bays * looks.pitch / 2
            house = town_house(rng, looks, bays, near=abs(middle) < 14)
            back = float(rng.uniform(0, 0.25))
            # Their fronts face the road: towards +y on the side of -y.
            yaw = 0.0 if side < 0 else 180.0
            where = middle, side * (edge + back)
            builder.add(house.name, "structure", house.words, house.shapes, where, yaw)
            if abs(middle) < nearest:
                nearest, words = abs(middle), house.words
            x += house.width + (float(rng.uniform(0.8, 1.5)) if rng.random() < 0.12 else 0.02)
    return words


def _ends(builder: Builder, rng: np.random.Generator, looks: HouseLooks) -> None:
    """Houses across both ends, so that the view is closed."""
    for side in (-1, 1):
        house = town_house(rng, looks, 8, shop=0.0, near=False)
        yaw = 90.0 if side > 0 else -90.0
        builder.add(house.name, "structure", house.words, house.shapes, (side * (_LENGTH + 6), 0.0), yaw)


def _cars(builder: Builder, rng: np.random.Generator, road_half: float) -> None:
    for side in (-1, 1):
        for x in np.arange(-16.0, 17.0, 6.0):
            if rng.random() < 0.45:
                piece = outdoor.car(rng)
                where = float(x + rng.uniform(-0.4, 0.4)), side * (road_half - 1.1)
                if builder.free(*where, 1.0) and abs(where[0]) > 2.4:
                    yaw = 0.0 if side < 0 else 180.0
                    builder.add(piece.name, "prop", piece.words, piece.shapes, where, yaw)


def _pavements(builder: Builder, rng: np.random.Generator, road_half: float, pavement: float) -> None:
    leaves, trunk = outdoor.leaf_material(rng), outdoor.bark(rng)
    style, trees = int(rng.integers(3)), bool(rng.random() < 0.55 and pavement > 2.0)
    for side in (-1, 1):
        yaw = 0.0 if side < 0 else 180.0
        shift = float(rng.uniform(0, 4))
        for index, x in enumerate(np.arange(-20 + shift, 21, 5.5)):
            at = float(x), side * (road_half + 0.4)
            if index % 2 == 0:
                outdoor.stand_lamp(builder, rng, style, at, yaw)
            elif trees:
                piece = outdoor.tree(rng, leaves, trunk, 0.8)
                builder.add(piece.name, "prop", piece.words, piece.shapes, at)
        for x in rng.uniform(-14, 14, 3):
            piece = (outdoor.litter_bin, outdoor.park_bench, outdoor.litter_bin)[int(rng.integers(3))](rng)
            at = float(x), side * (road_half + pavement - 0.5)
            if builder.free(*at, 0.3):
                builder.add(piece.name, "prop", piece.words, piece.shapes, at, yaw)
