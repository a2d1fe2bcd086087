"""What a scene is: things made of rigid parts, baked over time, with light, sky and words; no engine in it.

World: z up, x east, y north, metres, right handed. Every pose is body-to-world. Motion is baked: whoever
draws a scene (a walking figure, a simulated fall) leaves a pose for each frame, so that engines only place
and paint. Colours are sRGB, 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recam.camera.poses import FloatArray

Colour = tuple[float, float, float]
ShapeKind = Literal["box", "sphere", "ellipsoid", "cylinder", "capsule", "plane", "mesh", "terrain"]
ThingKind = Literal["ground", "structure", "prop", "character"]


@dataclass(frozen=True)
class Texture:
    """A procedural surface pattern (:mod:`recam.worlds.textures` paints it)."""

    pattern: str = "plain"
    """Name of the pattern: plain, checker, stripes, noise, bricks, tiles, wood, grass ..."""
    first: Colour = (0.6, 0.6, 0.6)
    second: Colour = (0.4, 0.4, 0.4)
    metres: float = 1.0
    """Side of the square that one painted tile covers on the surface; it repeats from there."""
    seed: int = 0


@dataclass(frozen=True)
class Material:
    """How a surface looks."""

    texture: Texture = Texture()
    roughness: float = 0.8
    """0 is a mirror, 1 is chalk."""
    metallic: float = 0.0
    """0 to 1."""
    emission: float = 0.0
    """Light that it gives off, as a share of its colour at full brightness: lamps, screens, windows."""

    @classmethod
    def plain(cls, colour: Colour, **looks: float) -> Material:
        """One colour all over; ``looks`` are roughness, metallic, emission."""
        return cls(Texture("plain", colour, colour), **looks)


@dataclass(frozen=True, eq=False)
class Shape:
    """One piece of geometry in the frame of its part.

    Attributes:
        kind: what it is; sizes are metres, half lengths as in MuJoCo.
            box: half lengths x, y, z; sphere: radius; ellipsoid: radii x, y, z; cylinder and capsule: radius
            and half length along z (a capsule's without its round ends); plane: half lengths x, y (z is
            up); mesh: no size, see ``vertices``; terrain: half lengths x, y, see ``heights``.
        position: [3] of its centre in the part's frame.
        rotation: [3,3] of its axes in the part's frame.
        vertices, faces: [V,3] metres and [T,3] indices of a closed mesh, counter-clockwise from outside.
        heights: [rows, columns] metres above the shape's origin: rows from -y to +y, columns from -x to +x,
            the outermost samples on the edges.
    """

    kind: ShapeKind
    size: tuple[float, ...]
    material: Material
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation: FloatArray = field(default_factory=lambda: np.eye(3))
    vertices: FloatArray | None = None
    faces: NDArray[np.int64] | None = None
    heights: FloatArray | None = None

    @cached_property
    def half_extent(self) -> FloatArray:
        """[3] half lengths of its bounding box along its own axes (about the centre of that box)."""
        if self.kind in ("box", "ellipsoid"):
            return np.asarray(self.size, dtype=np.float64)
        if self.kind == "sphere":
            return np.full(3, self.size[0])
        if self.kind in ("cylinder", "capsule"):
            radius, half = self.size[:2]
            return np.array([radius, radius, half + (radius if self.kind == "capsule" else 0.0)])
        if self.kind == "plane":
            return np.array([*self.size[:2], 0.0])
        corners = self._corners
        return (corners[1] - corners[0]) / 2

    @cached_property
    def rounding(self) -> FloatArray:
        """[3] radii along its own axes of its round part: the ellipsoid that a box is swept by, or zeros."""
        if self.kind in ("sphere", "ellipsoid"):
            return self.half_extent
        if self.kind == "capsule":
            return np.full(3, self.size[0])
        if self.kind == "cylinder":
            return np.array([self.size[0], self.size[0], 0.0])
        return np.zeros(3)

    @cached_property
    def local_centre(self) -> FloatArray:
        """[3] centre of its bounding box along its own axes, in its own frame."""
        return self._corners.mean(axis=0) if self.kind in ("mesh", "terrain") else np.zeros(3)

    @property
    def _corners(self) -> FloatArray:
        """[2,3] lowest and highest corner of a mesh or terrain in its own frame."""
        if self.heights is not None:
            x, y = self.size[:2]
            return np.array([[-x, -y, self.heights.min()], [x, y, self.heights.max()]])
        assert self.vertices is not None
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])


@dataclass(frozen=True, eq=False)
class Part:
    """Shapes that move together.

    Attributes:
        poses: [F,4,4] part-to-world for every frame, or [1,4,4] for what never moves.
    """

    shapes: tuple[Shape, ...]
    poses: FloatArray

    @property
    def is_still(self) -> bool:
        return len(self.poses) == 1

    def at(self, frame: int) -> FloatArray:
        """[4,4] part-to-world at a frame."""
        return self.poses[0 if self.is_still else frame]

    @cached_property
    def frame_boxes(self) -> FloatArray:
        """[F,S,2,3] lowest and highest corner in the world of each shape at each frame (1 frame if still)."""
        own = np.array([shape.rotation for shape in self.shapes]).reshape(-1, 3, 3)
        turn = self.poses[:, None, :3, :3] @ own
        middles = np.array(
            [shape.rotation @ shape.local_centre + shape.position for shape in self.shapes]
        ).reshape(-1, 3)
        centre = (self.poses[:, None, :3, :3] @ middles[..., None])[..., 0] + self.poses[:, None, :3, 3]
        rounding = np.array([shape.rounding for shape in self.shapes]).reshape(-1, 3)
        half = np.array([shape.half_extent for shape in self.shapes]).reshape(-1, 3) - rounding
        # A turned box reaches by the sum of its sides' shares, an ellipsoid by the root of their squares.
        reach = (np.abs(turn) @ half[..., None] + np.sqrt(turn**2 @ rounding[..., None] ** 2))[..., 0]
        return np.stack([centre - reach, centre + reach], axis=2)

    def boxes(self) -> FloatArray:
        """[S,2,3] lowest and highest corner in the world of each shape, over the whole clip."""
        return np.stack(
            [self.frame_boxes[:, :, 0].min(axis=0), self.frame_boxes[:, :, 1].max(axis=0)], axis=1
        )


@dataclass(frozen=True, eq=False)
class Thing:
    """Something with a name: one instance for masks, captions and descriptions.

    Attributes:
        name: unique in the scene, such as "walker" or "house-2".
        kind: ground, structure (walls, houses: never moves), prop or character.
        words: how a person would name it, with article: "a red-brick house", "a woman in a green coat".
        motion: what it does, as words after its name: "walking", "falling over"; "" when it is still.
        parts: its pieces.
        attributes: more facts, plain JSON values (species, colours, kind of motion ...).
        solid: whether cameras keep out of its bounding boxes; not for ground, which is a height.
        casts_shadow: whether it stops the sun or main lamp; not the shell of a room, whose main lamp may well
            be outside.
    """

    name: str
    kind: ThingKind
    words: str
    parts: tuple[Part, ...]
    motion: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    solid: bool = True
    casts_shadow: bool = True

    def boxes(self) -> FloatArray:
        """[S,2,3] boxes in the world of all its shapes over the whole clip."""
        return np.concatenate([np.zeros((0, 2, 3)), *(part.boxes() for part in self.parts)])

    def boxes_at(self, frame: int) -> FloatArray:
        """[S,2,3] boxes in the world of all its shapes at one frame."""
        found = [part.frame_boxes[0 if part.is_still else frame] for part in self.parts]
        return np.concatenate([np.zeros((0, 2, 3)), *found])


@dataclass(frozen=True)
class Lamp:
    """A light at a place, without shadows."""

    position: tuple[float, float, float]
    colour: Colour = (1.0, 0.85, 0.6)
    metres: float = 6.0
    """How far it reaches."""


@dataclass(frozen=True)
class Daylight:
    """Sun (or moon, or the main lamp of a room), sky and what light is everywhere."""

    name: str
    """Time of day as words: "morning", "noon", "dusk", "night" ..."""
    direction: tuple[float, float, float]
    """Unit vector in which the sun's light travels (downwards)."""
    colour: Colour
    strength: float
    """0 to 1: brightness of a white wall that faces the sun, apart from the ambient light."""
    ambient: Colour
    """Light on everything, 0 to 1."""
    zenith: Colour
    horizon: Colour
    haze: float = 0.0
    """0 to 1: how much the distance fades into the horizon's colour."""
    lamps: tuple[Lamp, ...] = ()


@dataclass(frozen=True, eq=False)
class Ground:
    """Height of the ground: flat at 0, or a terrain's samples.

    Attributes:
        heights: [rows, columns] metres as in :class:`Shape`; None is flat at z = 0.
        half_size: half lengths x, y of the terrain in metres.
    """

    heights: FloatArray | None = None
    half_size: tuple[float, float] = (40.0, 40.0)

    def __call__(self, places: FloatArray) -> FloatArray:
        """[N] metres at places x, y [N,2], linear between samples; beyond the edge as at the edge."""
        if self.heights is None:
            return np.zeros(len(places))
        rows, columns = self.heights.shape
        half = np.asarray(self.half_size)
        where = (np.clip(places, -half, half) + half) / (2 * half) * [columns - 1, rows - 1]
        low = np.minimum(where.astype(np.int64), [columns - 2, rows - 2])
        x, y = (where - low).T
        column, row = low.T
        near = self.heights[row, column] * (1 - x) + self.heights[row, column + 1] * x
        far = self.heights[row + 1, column] * (1 - x) + self.heights[row + 1, column + 1] * x
        return near * (1 - y) + far * y


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything that an engine needs to film a scene, and the words that describe it.

    Attributes:
        number, seed: what it was drawn from.
        environment: family of the place, such as "street".
        place: the place as words with a preposition: "in a brick-lined street".
        things: all instances; the main character is ``things[subject]``.
        subject: index into ``things``.
        focus: [3] the point that cameras look at when they start: the middle of the main character at the
            start.
        ground: height of the ground for cameras and feet.
        num_frames, fps: of the baked motion.
        caption: a sentence that a person would write.
        attributes: more facts, plain JSON values.
    """

    number: int
    seed: int
    environment: str
    place: str
    things: tuple[Thing, ...]
    subject: int
    focus: tuple[float, float, float]
    ground: Ground
    daylight: Daylight
    num_frames: int
    fps: float
    caption: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    def solid_boxes(self) -> FloatArray:
        """[B,2,3] lowest and highest corners of what cameras keep out of, over the whole clip.

        The main character is left out (cameras keep half a metre from it and look at it), and the ground.
        """
        return np.concatenate(
            [np.zeros((0, 2, 3))]
            + [
                thing.boxes()
                for index, thing in enumerate(self.things)
                if thing.solid and thing.kind != "ground" and index != self.subject
            ]
        )
