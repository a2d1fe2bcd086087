"""Families of environment: each draws places of its kind, no two alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recam.worlds.places.beach import beach
from recam.worlds.places.corridor import corridor
from recam.worlds.places.halls import gym, warehouse
from recam.worlds.places.hills import hills
from recam.worlds.places.park import park
from recam.worlds.places.place import Place
from recam.worlds.places.plaza import courtyard, plaza
from recam.worlds.places.rooms import room
from recam.worlds.places.stage import stage
from recam.worlds.places.street import street

PLACES: dict[str, Callable[[np.random.Generator], Place]] = {
    "beach": beach,
    "corridor": corridor,
    "courtyard": courtyard,
    "gym": gym,
    "hills": hills,
    "park": park,
    "plaza": plaza,
    "room": room,
    "stage": stage,
    "street": street,
    "warehouse": warehouse,
}
"""Families by name; each draws a place from random numbers: the same numbers, the same place."""

__all__ = ["PLACES", "Place"]
