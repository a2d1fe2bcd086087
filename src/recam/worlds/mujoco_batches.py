"""A scene as few meshes: all that stands still and looks alike is one, and so is what moves together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recam.errors import InputError
from recam.worlds.mujoco_meshes import Cut, Triangles, triangles_of
from recam.worlds.scene import Lamp, Material, Part, Scene, Shape, Texture

SKY, PALETTE = 0, 1  # texture slots; those of patterns follow
_LAMP_CELL = 1.0  # metres between corners of flat faces where lamps shine
_LAST = ("character", "prop", "structure", "ground")


@dataclass(frozen=True)
class Finish:
    """What a mesh has besides its texture: Phong highlights, its own light, how bright its colours are."""

    specular: float = 0.0
    shininess: float = 0.0
    emission: float = 0.0
    brightness: float = 1.0


@dataclass(frozen=True, eq=False)
class Batch:
    """A mesh to draw.

    Attributes:
        triangles: in the frame of ``part``, or in the world.
        part: what it moves with; None if it stands still.
        texture: slot of its texture; -1 for a label.
        finish: of its surface.
        label: index into the scene's things for what is drawn into masks and depth; -1 for pictures.
        casts_shadow: whether it stops the sun.
    """

    triangles: Triangles
    part: Part | None
    texture: int
    finish: Finish
    label: int
    casts_shadow: bool


@dataclass(frozen=True, eq=False)
class Batches:
    """Everything to upload for a scene.

    Attributes:
        pictures, labels: meshes for pictures, and those for masks and depth.
        textures: of the slots after the palette, in order.
        palette: uint8 [1,n,3], one texel for each plain colour.
    """

    pictures: list[Batch]
    labels: list[Batch]
    textures: list[Texture]
    palette: NDArray[np.uint8]


def batches_of(scene: Scene, lamps: Sequence[Lamp], detail: float, *, labels: bool) -> Batches:
    """Sort the shapes of a scene into meshes.

    Args:
        lamps: that shine; faces that they reach are cut finer.
        detail: of what is round, see :class:`recam.worlds.mujoco_meshes.Cut`.
        labels: whether masks or depth are wanted.

    Raises:
        InputError: a shape that cannot be shown, named by its thing.
    """
    textures: dict[Texture, int] = {}
    colours: dict[tuple[float, ...], int] = {}
    pictures: dict[tuple[Part | None, int, Finish, bool], list[Triangles]] = defaultdict(list)
    labelled: dict[tuple[Part | None, int], list[Triangles]] = defaultdict(list)
    # What is large comes last: most of it is hidden by then, and what is hidden is not painted.
    for number, thing in sorted(enumerate(scene.things), key=lambda item: _LAST.index(item[1].kind)):
        for part in thing.parts:
            group = None if part.is_still else part
            for shape in part.shapes:
                try:
                    triangles = triangles_of(shape, Cut(_cell(shape, part, lamps), detail))
                except InputError as error:
                    raise InputError(f"{thing.name}: {error}") from None
                turn, shift = shape.rotation, np.asarray(shape.position)
                if part.is_still:
                    pose = part.poses[0]
                    turn, shift = pose[:3, :3] @ turn, pose[:3, :3] @ shift + pose[:3, 3]
                triangles = triangles.moved(turn, shift)
                if labels:
                    labelled[group, number].append(triangles)
                slot, triangles = _textured(triangles, shape.material.texture, textures, colours)
                # A shadow map is too coarse for the ground's own hills: it would be speckled.
                casts_shadow = thing.casts_shadow and thing.kind != "ground"
                key = (group, slot, _finish(shape.material), casts_shadow)
                pictures[key].append(triangles)
    found = [Batch(Triangles.together(pieces), *key[:3], -1, key[3]) for key, pieces in pictures.items()]
    return Batches(
        [_with_colours(batch, len(colours)) for batch in found],
        [
            Batch(Triangles.together(pieces), part, -1, Finish(), number, False)
            for (part, number), pieces in labelled.items()
        ],
        list(textures),
        _palette(colours),
    )


def _cell(shape: Shape, part: Part, lamps: Sequence[Lamp]) -> float:
    """Metres between corners of its flat faces."""
    if shape.kind not in ("box", "plane"):
        return math.inf
    reach = float(np.linalg.norm(shape.size))
    middle = part.poses[0, :3, :3] @ np.asarray(shape.position) + part.poses[0, :3, 3]
    near = (np.linalg.norm(middle - lamp.position) < lamp.metres + reach for lamp in lamps)
    return _LAMP_CELL if any(near) else math.inf


def _textured(
    triangles: Triangles,
    texture: Texture,
    textures: dict[Texture, int],
    colours: dict[tuple[float, ...], int],
) -> tuple[int, Triangles]:
    """The texture slot for triangles, and they themselves: plain ones with the number of their colour."""
    if texture.pattern == "plain":
        place = colours.setdefault(tuple(texture.first), len(colours))
        tiles = np.full_like(triangles.tiles, (place, 0))
        return PALETTE, Triangles(triangles.points, triangles.normals, tiles)
    # How large a tile is does not change what is painted on it.
    key = Texture(texture.pattern, texture.first, texture.second, 1.0, texture.seed)
    return textures.setdefault(key, len(textures) + PALETTE + 1), triangles


def _with_colours(batch: Batch, num_colours: int) -> Batch:
    """Texture coordinates at the middles of the palette's texels, now that their number is known."""
    if batch.texture != PALETTE:
        return batch
    old = batch.triangles
    triangles = Triangles(old.points, old.normals, (old.tiles + 0.5) / [num_colours, 1])
    return Batch(triangles, batch.part, batch.texture, batch.finish, batch.label, batch.casts_shadow)


def _palette(colours: dict[tuple[float, ...], int]) -> NDArray[np.uint8]:
    wanted = np.array(list(colours) or [(0.0, 0.0, 0.0)])
    return np.round(255 * np.clip(wanted, 0, 1)).astype(np.uint8)[None]


def _finish(material: Material) -> Finish:
    """In steps, so that surfaces which hardly differ are drawn together."""
    smooth = round(4 * (1 - min(max(material.roughness, 0), 1))) / 4
    metal = round(2 * min(max(material.metallic, 0), 1)) / 2
    return Finish(
        specular=round(0.7 * smooth**1.5 * (0.4 + 0.6 * metal) + 0.2 * metal, 3),
        shininess=round(0.05 + 0.75 * smooth**2, 3),
        emission=round(20 * material.emission) / 20,
        brightness=1 - 0.25 * metal,
    )
