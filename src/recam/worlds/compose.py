"""Whole scenes: a place, its light, a main character, others, props and sometimes a small accident.

``(seed, number, attempt)`` fixes a scene, and each of its parts draws from a stream of its own: a new choice
in one part leaves the others as they were.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds import boxes
from recam.worlds.characters import draw_character
from recam.worlds.daylight import draw_daylight
from recam.worlds.physics import draw_physics
from recam.worlds.places import PLACES, Place
from recam.worlds.props import draw_prop
from recam.worlds.scene import Scene, Thing
from recam.worlds.words import caption, facts

PHYSICS_SHARE = 0.35
"""Share of the scenes in which something falls, rolls, collides or swings, where there is room for it."""
OTHERS_SHARES = (0.45, 0.35, 0.2)
"""Shares of the scenes with no, one and two characters beside the main one."""
MOST_PROPS = 4
MOST_ROOM = 2.2
"""Metres about the place's centre that the main character is given at most: cameras start at 3 m."""
_TOUCH = 0.02  # metres by which boxes may overlap: things stand on and lean against each other
_TRIES = 4
_DRAWS = 8  # of a character, until one suits
_HOMES, _NOT_AT_HOME = ("room", "corridor"), ("horse", "flamingo", "stork")
_TALL = 1.2  # metres from which on every character is as likely the main one as another
_NEAR = 6.0  # metres from the main character: in view, for all that a scene without cameras can know
_SPOT_DISTANCES = (1.2, 5.0)  # metres from the centre
_SPOT_RADII = (0.5, 1.5)
# Streams of random numbers; never renumber: a scene must stay what it is.
_FAMILY, _PLACE, _DAYLIGHT, _SUBJECT, _OTHERS, _PHYSICS, _PROPS, _SPOTS = range(1, 9)


def stream(seed: int, number: int, attempt: int, stage: int) -> np.random.Generator:
    """The random numbers of one part of a scene."""
    return np.random.default_rng([seed, number, attempt, stage])


def draw_family(number: int, seed: int) -> str:
    """The family of a scene's place: of as many scenes in a row as there are families, each is one."""
    names = sorted(PLACES)
    block, position = divmod(number, len(names))
    return names[int(stream(seed, block, 0, _FAMILY).permutation(len(names))[position])]


def draw_scene(number: int, seed: int, num_frames: int, fps: float, attempt: int = 0) -> Scene:
    """Draw scene ``number`` of the world ``seed``; equal arguments always give equal scenes.

    Args:
        num_frames, fps: of the motion that is baked.
        attempt: which of the scenes of that number; the family of the place is the same in all. A scene with
            no room for its cameras is drawn anew with the next (:func:`recam.worlds.shots.draw_shot`).

    Returns:
        The scene; its caption names what stands within a few metres of the main character.
    """
    place = PLACES[draw_family(number, seed)](stream(seed, number, attempt, _PLACE))
    daylight = draw_daylight(stream(seed, number, attempt, _DAYLIGHT), place)
    subject = _draw_main(place, stream(seed, number, attempt, _SUBJECT), num_frames, fps)
    added = _Added(place, subject)
    spots = _shuffled_spots(place, stream(seed, number, attempt, _SPOTS))
    _add_physics(added, stream(seed, number, attempt, _PHYSICS), num_frames, fps)
    _add_others(added, stream(seed, number, attempt, _OTHERS), num_frames, fps)
    _add_props(added, spots, stream(seed, number, attempt, _PROPS))
    things = (*place.things, *added.things)
    scene = Scene(
        number=number,
        seed=seed,
        environment=place.environment,
        place=place.where,
        things=things,
        subject=len(place.things),
        focus=boxes.middle(subject.boxes_at(0)),
        ground=place.ground,
        daylight=daylight,
        num_frames=num_frames,
        fps=fps,
        attributes={"attempt": attempt, "indoor": place.indoor},
    )
    focus = np.array([scene.focus])
    near = [i for i, thing in enumerate(things) if boxes.distances(thing.boxes_at(0), focus).min() < _NEAR]
    return describe(scene, near)


def describe(scene: Scene, visible: list[int]) -> Scene:
    """The scene with a caption and attributes that say what of it is visible (indices of things)."""
    attributes = {**scene.attributes, **facts(scene, visible)}
    return replace(scene, caption=caption(scene, visible), attributes=attributes)


def _draw_main(place: Place, rng: np.random.Generator, num_frames: int, fps: float) -> Thing:
    """The main character; of small ones, which cameras at 3 to 10 m hardly see, only a share is kept."""
    radius = min(place.open_radius, MOST_ROOM)
    for _ in range(_DRAWS):
        thing = _draw_actor(place, rng, "main", place.centre, radius, num_frames, fps)
        around = thing.boxes_at(0)
        height = around[:, 1, 2].max() - around[:, 0, 2].min()
        if rng.random() < height / _TALL:
            break
    return thing


def _draw_actor(
    place: Place,
    rng: np.random.Generator,
    name: str,
    centre: tuple[float, float],
    radius: float,
    num_frames: int,
    fps: float,
) -> Thing:
    """A character; no horse in a kitchen."""
    for _ in range(_DRAWS):
        thing = draw_character(
            rng, name=name, centre=centre, radius=radius, ground=place.ground, num_frames=num_frames, fps=fps
        )
        if place.environment not in _HOMES or thing.attributes.get("species") not in _NOT_AT_HOME:
            break
    return thing


class _Added:
    """What is put into a place, and the boxes in which there is no more room."""

    def __init__(self, place: Place, subject: Thing) -> None:
        self.place, self.things = place, [subject]
        solid = [thing.boxes() for thing in place.things if thing.kind != "ground"]
        self.structure = np.concatenate([np.zeros((0, 2, 3)), *solid])
        self.boxes = np.concatenate([self.structure, subject.boxes()])

    def add(self, things: list[Thing]) -> bool:
        """Add things that belong together unless they meet others on their ways; whether they were added."""
        needed = np.concatenate([thing.boxes() for thing in things])
        if boxes.overlap(needed, self.boxes, _TOUCH):
            return False
        self.things += things
        self.boxes = np.concatenate([self.boxes, needed])
        return True


def _shuffled_spots(place: Place, rng: np.random.Generator) -> list[FloatArray]:
    return list(np.asarray(place.prop_spots, dtype=np.float64)[rng.permutation(len(place.prop_spots))])


def _add_physics(added: _Added, rng: np.random.Generator, num_frames: int, fps: float) -> None:
    """An accident in free space near the main character, which it need not know of."""
    if rng.random() >= PHYSICS_SHARE:
        return
    for spot in _free_spots(added, rng):
        things = draw_physics(
            rng, names_prefix="event", spot=spot, ground=added.place.ground, num_frames=num_frames, fps=fps
        )
        if added.add(things):
            return


def _free_spots(added: _Added, rng: np.random.Generator, count: int = 3) -> list[tuple[float, float, float]]:
    """The largest of many free circles in sight of the place's centre: x, y and radius in metres."""
    centre = np.asarray(added.place.centre)
    angles, distances = rng.uniform(0, 2 * np.pi, 96), rng.uniform(*_SPOT_DISTANCES, 96)
    places = centre + distances[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    heights = added.place.ground(places)
    low, high = added.boxes[:, 0, 2], added.boxes[:, 1, 2]
    in_reach = (low < heights[:, None] + 2.0) & (high > heights[:, None] + 0.05)
    free = np.where(in_reach, boxes.distances(added.boxes, places), np.inf).min(axis=1)
    radii = np.minimum(free - 0.1, _SPOT_RADII[1])
    eye = np.append(centre, added.place.ground(centre[None]) + 1.2)[None]
    seen = ~boxes.stand_between(added.structure, eye, np.column_stack([places, heights + 1.2]))[0]
    order = [
        index for index in np.argsort(-radii, kind="stable") if seen[index] and radii[index] >= _SPOT_RADII[0]
    ]
    return [
        (float(places[index, 0]), float(places[index, 1]), float(radii[index])) for index in order[:count]
    ]


def _add_others(added: _Added, rng: np.random.Generator, num_frames: int, fps: float) -> None:
    for index in range(int(rng.choice(len(OTHERS_SHARES), p=OTHERS_SHARES))):
        for x, y, radius in _free_spots(added, rng):
            thing = _draw_actor(added.place, rng, f"other-{index + 1}", (x, y), radius, num_frames, fps)
            if added.add([thing]):
                break


def _add_props(added: _Added, spots: list[FloatArray], rng: np.random.Generator) -> None:
    """Each at the first spot where it fits, which it takes."""
    for index in range(int(rng.integers(1, MOST_PROPS + 1))):
        for place, (x, y, radius) in enumerate(spots[:_TRIES]):
            spot = float(x), float(y), float(radius)
            prop = draw_prop(rng, name=f"prop-{index + 1}", spot=spot, ground=added.place.ground)
            if added.add([prop]):
                del spots[place]
                break
