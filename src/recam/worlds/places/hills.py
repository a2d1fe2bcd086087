"""Hilly land, a height field."""

from __future__ import annotations

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.colours import with_article
from recam.worlds.places import outdoor
from recam.worlds.places.buildings import cottage
from recam.worlds.places.furniture import Piece
from recam.worlds.places.kit import Builder, blob, cone, gable
from recam.worlds.places.materials import GROUNDS, WOODS, paint, pick, surface
from recam.worlds.places.place import Place
from recam.worlds.scene import Ground, Shape

_FAR = 42.0


def hills(rng: np.random.Generator) -> Place:
    """Hilly land: meadow, moor, desert or snow, with rocks, trees and perhaps a cottage or a tent."""
    kind = tuple(_LANDS)[int(rng.integers(len(_LANDS)))]
    cover, words, wooded = _LANDS[kind]
    ground = Ground(_heights(rng), (_FAR, _FAR))
    x, y = (float(value) for value in rng.uniform(-3, 3, 2))
    builder = Builder("hills", ground, (x, y), clear=2.4)
    _, look = pick(rng, GROUNDS, cover)
    terrain = Shape("terrain", (_FAR, _FAR), look, heights=ground.heights)
    builder.add("land", "ground", words, [terrain], (0.0, 0.0, 0.0))
    _mountains(builder, rng, kind)
    extra = _dwelling(builder, rng, kind)
    leaves, trunk = outdoor.leaf_material(rng), outdoor.bark(rng)
    needles = surface(rng, "leaves", (0.06, 0.18, 0.09), (0.15, 0.30, 0.15), 1.0, roughness=1.0)
    stone = surface(rng, "noise", (0.56, 0.53, 0.48), (0.38, 0.36, 0.33), 1.0, roughness=1.0)
    if kind == "desert":
        stone = surface(rng, "noise", (0.70, 0.48, 0.32), (0.56, 0.36, 0.24), 1.0, roughness=1.0)
    for at in builder.scatter(rng, int(rng.integers(4, 14)), 0.9, (-20, -20), (20, 20), nearest=2.6):
        piece = outdoor.rock(rng, stone, float(rng.uniform(0.5, 1.6)))
        builder.add(piece.name, "prop", piece.words, piece.shapes, at, float(rng.uniform(0, 360)))
    firs = float(rng.choice([0.0, 0.5, 1.0]))
    for at in builder.scatter(rng, int(rng.integers(2, 16) * wooded), 1.1, (-26, -26), (26, 26), nearest=4.0):
        size = float(rng.uniform(0.8, 1.3))
        if kind == "snowy" or rng.random() < firs:
            piece = outdoor.conifer(rng, needles, trunk, size)
        else:
            piece = outdoor.tree(rng, leaves, trunk, size)
        builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    for at in builder.scatter(rng, int(rng.integers(0, 10) * wooded), 0.9, (-18, -18), (18, 18), nearest=2.6):
        piece = outdoor.bush(rng, leaves[1], float(rng.uniform(0.5, 1.0)))
        builder.add(piece.name, "prop", piece.words, piece.shapes, at)
    where = f"in {words}" if not extra or rng.random() < 0.5 else f"in {words} near {extra}"
    return builder.place(rng, where, (x - 8, y - 8), (x + 8, y + 8), indoor=False)


# Cover of the ground, words, how many of the usual trees there are.
_LANDS = {
    "green": (("grass",), "green hills", 1.0),
    "dry": (("dry grass",), "dry, grassy hills", 0.6),
    "moor": (("heather",), "a hilly moor", 0.4),
    "desert": (("sand", "bare earth"), "a hilly desert", 0.0),
    "snowy": (("snow",), "snow-covered hills", 0.8),
}


def _heights(rng: np.random.Generator, samples: int = 65) -> FloatArray:
    """[samples, samples] metres: smooth hills, gentle about the middle, higher towards the edges."""
    places = np.linspace(-_FAR, _FAR, samples)
    x, y = np.meshgrid(places, places)
    heights = np.zeros_like(x)
    tall = float(rng.uniform(0.5, 1.3))
    for length, height in ((36.0, 1.5), (19.0, 0.75), (9.0, 0.22), (9.0, 0.18), (5.0, 0.06)):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        along = (np.cos(angle) * x + np.sin(angle) * y) * 2 * np.pi / (length * rng.uniform(0.8, 1.2))
        bend = 0.8 * np.sin((np.cos(angle) * y - np.sin(angle) * x) * 2 * np.pi / (1.7 * length) + phase)
        heights += tall * height * np.sin(along + bend + phase)
    away = np.hypot(x, y)
    heights *= 0.45 + 0.55 * np.clip((away - 4) / 12, 0, 1)
    return heights + 0.0045 * np.clip(away - 14, 0, None) ** 2


def _mountains(builder: Builder, rng: np.random.Generator, kind: str) -> None:
    """Peaks behind the land, pale with distance."""
    hues = {
        "desert": (0.66, 0.50, 0.42), "snowy": (0.78, 0.82, 0.90), "moor": (0.42, 0.46, 0.50),
        "dry": (0.56, 0.54, 0.48), "green": (0.44, 0.54, 0.56),
    }  # fmt: skip
    red, green, blue = hues[kind]
    look = surface(
        rng, "noise", (red, green, blue), (0.85 * red, 0.85 * green, 0.88 * blue), 20.0, roughness=1.0
    )
    shapes = []
    for _ in range(int(rng.integers(3, 10))):
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(58, 80)
        height, radius = float(rng.uniform(9, 24)), float(rng.uniform(16, 30))
        at = (away * float(np.cos(angle)), away * float(np.sin(angle)), -4.0)
        shapes.append(
            cone(look, radius, height, at)
            if kind in ("snowy", "desert")
            else blob(look, (radius, radius, height), at)
        )
    builder.add("mountains", "structure", "mountains in the distance", shapes, (0.0, 0.0, 0.0))


def _dwelling(builder: Builder, rng: np.random.Generator, kind: str) -> str:
    """Sometimes a cottage, a tent or a fence; what there is."""
    draw = rng.random()
    if draw < 0.35:
        house = cottage(rng)
        for at in builder.scatter(rng, 1, 5.0, (-16, -16), (16, 16), nearest=3.0):
            builder.add(
                house.name, "structure", house.words, house.shapes, at, float(rng.choice([0, 90, 180, 270]))
            )
            return house.words
    elif draw < 0.6:
        tent = _tent(rng)
        for at in builder.scatter(rng, 1, 1.6, (-9, -9), (9, 9), nearest=2.4):
            builder.add(tent.name, "structure", tent.words, tent.shapes, at, float(rng.uniform(0, 360)))
            return tent.words
    elif draw < 0.8:
        _, wood = pick(rng, WOODS)
        y = float(rng.choice([-1, 1]) * rng.uniform(4.5, 8))
        shapes = outdoor.fence(rng, 3.9, wood)
        for x in np.arange(-20, 21, 4.0):
            builder.add("fence", "structure", "a wooden fence", shapes, (float(x), y))
        return "a wooden fence"
    return ""


def _tent(rng: np.random.Generator) -> Piece:

    colour, cloth = paint(rng, ("orange", "red", "blue", "green", "yellow", "beige", "olive"), roughness=0.9)
    shapes = (gable(cloth, (2.6, 2.2, 1.6), (0, 0, -0.05)),)
    return Piece("tent", with_article(f"{colour} tent"), shapes, 2.6, 2.2)
