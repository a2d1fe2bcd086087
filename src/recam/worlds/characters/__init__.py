"""Articulated characters and their procedural motions, baked to poses.

A character is a tree of joints. A motion is a smooth function of seconds with drawn speed, size and phase; it
plans where hips, feet and hands are, and limbs follow (forward kinematics, two-bone reach), so that feet stay
where they stand. Front is +x, z is up.
"""

from __future__ import annotations

import numpy as np

from recam.errors import InputError
from recam.worlds.characters.birds import BIRDS, bird
from recam.worlds.characters.crawlers import CRAWLERS, SNAKE, crawler
from recam.worlds.characters.humans import HEIGHTS, human
from recam.worlds.characters.kinds import Kind
from recam.worlds.characters.quadruped import BREEDS, animal
from recam.worlds.characters.robot_arm import ROBOT_ARM
from recam.worlds.characters.stage import Stage
from recam.worlds.scene import Ground, Thing

CHARACTERS: dict[str, Kind] = {
    **{species: human(species) for species in HEIGHTS},
    **{species: animal(species) for species in BREEDS},
    **{species: bird(species) for species in BIRDS},
    **{species: crawler(species) for species in CRAWLERS},
    "snake": SNAKE,
    "robot arm": ROBOT_ARM,
}
"""Kinds of character; ``CHARACTERS[kind].rooms`` lists the motions of each."""

MOTIONS: tuple[str, ...] = tuple(dict.fromkeys(m for kind in CHARACTERS.values() for m in kind.rooms))
"""All motions; not every kind has each."""


def draw_character(
    rng: np.random.Generator,
    *,
    name: str,
    centre: tuple[float, float],
    radius: float,
    ground: Ground,
    num_frames: int,
    fps: float,
    kind: str | None = None,
    motion: str | None = None,
) -> Thing:
    """A character with a baked motion.

    Args:
        name: unique in the scene.
        centre, radius: the circle x, y in metres that it stays in.
        ground: what its feet stand on.
        num_frames, fps: of the clip.
        kind: one of ``CHARACTERS``; drawn from those that have room when None.
        motion: one of the kind's motions; drawn from those that have room when None.

    Returns:
        The thing, with ``attributes`` "species" and "motion" (names of kind and motion), and facts of both.

    Raises:
        InputError: there is no such kind or motion, the kind does not do it, the circle is too small, or the
            clip has no frames.
    """
    if num_frames < 1 or not fps > 0:
        raise InputError(f"a clip needs at least one frame and a rate above 0, not {num_frames} at {fps:g}")
    if kind is not None and kind not in CHARACTERS:
        raise InputError(f"unknown character {kind!r}; characters are {', '.join(CHARACTERS)}")
    if motion is not None and motion not in MOTIONS:
        raise InputError(f"unknown motion {motion!r}; motions are {', '.join(MOTIONS)}")
    kind, motion = _choose(rng, radius, kind, motion)
    stage = Stage((float(centre[0]), float(centre[1])), float(radius), ground, np.arange(num_frames) / fps)
    drawn = CHARACTERS[kind].draw(rng, stage, motion)
    attributes = {"species": kind, "motion": motion, **drawn.attributes}
    return Thing(name, "character", drawn.words, drawn.parts, drawn.motion, attributes)


def _choose(rng: np.random.Generator, radius: float, kind: str | None, motion: str | None) -> tuple[str, str]:
    """A kind and a motion of it that have room, as asked where asked."""
    known = {
        each: {m: room for m, room in CHARACTERS[each].rooms.items() if motion in (None, m)}
        for each in ([kind] if kind else CHARACTERS)
    }
    if not any(known.values()):
        raise InputError(
            f"a {kind} cannot {motion}; its motions are {', '.join(CHARACTERS[kind or ''].rooms)}"
        )
    fitting = {
        each: [m for m, room in rooms.items() if room <= radius + 1e-9] for each, rooms in known.items()
    }
    fitting = {each: motions for each, motions in fitting.items() if motions}
    if not fitting:
        least = min(room for rooms in known.values() for room in rooms.values())
        raise InputError(
            f"a circle of radius {radius:g} m is too small for {kind or 'a character'}"
            f"{' to ' + motion if motion else ''}: {least:.2g} m at least"
        )
    weights = np.array([CHARACTERS[each].weight for each in fitting])
    chosen = list(fitting)[int(rng.choice(len(fitting), p=weights / weights.sum()))]
    return chosen, fitting[chosen][int(rng.integers(len(fitting[chosen])))]
