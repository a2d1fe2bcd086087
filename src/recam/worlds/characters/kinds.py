"""What a kind of character is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recam.worlds.characters.stage import Stage
from recam.worlds.scene import Part


@dataclass(frozen=True, eq=False)
class Drawn:
    """A character with its motion baked.

    Attributes:
        words: such as "a woman in a green coat".
        motion: such as "walking in a circle".
        attributes: plain JSON values.
    """

    words: str
    motion: str
    parts: tuple[Part, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of character.

    Attributes:
        rooms: its motions -> the least radius in metres of the circle that each takes.
        draw: draws one that does a motion on a stage.
        weight: how often it is drawn against others.
    """

    rooms: Mapping[str, float]
    draw: Callable[[np.random.Generator, Stage, str], Drawn]
    weight: float = 1.0
