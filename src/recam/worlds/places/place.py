"""What a place is: everything of a scene that stands still, and where there is room for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.scene import Ground, Lamp, Thing


@dataclass(frozen=True, eq=False)
class Place:
    """A drawn environment, with room for a main character, and for cameras 3 m from it at least.

    Attributes:
        environment: its family, a key of :data:`recam.worlds.places.PLACES`.
        where: as words with a preposition: "in a brick-lined street".
        things: ground (first), structures and props; all are still, names are unique.
        ground: height of the ground.
        indoor: whether there is a ceiling.
        centre: x, y in metres where the main character goes.
        open_radius: metres about the centre without any thing but ground, up to a height of 2.5 m.
        prop_spots: [K,3] x, y, radius in metres of free circles, apart from each other and 1.2 m from the
            centre or farther: for movable props and other characters.
        lamps: lights that are on after dark (outdoors) or always (indoors), nearest to the centre first.
    """

    environment: str
    where: str
    things: tuple[Thing, ...]
    ground: Ground
    indoor: bool
    centre: tuple[float, float]
    open_radius: float
    prop_spots: FloatArray
    lamps: tuple[Lamp, ...] = ()

    def solid_boxes(self) -> FloatArray:
        """[B,2,3] lowest and highest corners of what cameras keep out of."""
        boxes = [thing.boxes() for thing in self.things if thing.solid and thing.kind != "ground"]
        return np.concatenate([np.zeros((0, 2, 3)), *boxes])
