"""Human-like characters: women, men, children and robots, and all they can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from recam.worlds.characters import human_actions as actions
from recam.worlds.characters import human_dances as dances
from recam.worlds.characters import human_gestures as gestures
from recam.worlds.characters.human_body import Build, pose_body, settle
from recam.worlds.characters.human_gestures import Played
from recam.worlds.characters.human_looks import Looks, dress_person, plate_robot
from recam.worlds.characters.human_travel import travel, turn_around
from recam.worlds.characters.kinds import Drawn, Kind
from recam.worlds.characters.stage import Stage
from recam.worlds.scene import Part

HEIGHTS = {"woman": (1.55, 1.78), "man": (1.64, 1.92), "child": (1.0, 1.38), "robot": (1.3, 1.95)}
WEIGHTS = {"woman": 2.5, "man": 2.5, "child": 1.5, "robot": 1.2}
"""How often each is drawn against other kinds: together a little more than half of the time."""

Play = Callable[[np.random.Generator, Build, Stage], Played]


def _travel(style: str) -> Play:
    def play(rng: np.random.Generator, build: Build, stage: Stage) -> Played:
        return travel(rng, build, stage, style)

    return play


MOTIONS: dict[str, tuple[float, Play]] = {
    "walk": (1.2, _travel("walk")),
    "run": (1.7, _travel("run")),
    "march": (1.45, _travel("march")),
    "sneak": (1.2, _travel("sneak")),
    "skip": (1.7, _travel("skip")),
    "jog on the spot": (0.62, _travel("jog on the spot")),
    "march on the spot": (0.68, _travel("march on the spot")),
    "turn around": (0.5, turn_around),
    "wave": (0.9, gestures.wave_hand),
    "clap": (0.62, gestures.clap),
    "talk": (0.78, gestures.talk),
    "look around": (0.45, gestures.look_around),
    "stretch": (0.85, gestures.stretch),
    "conduct": (0.88, gestures.conduct),
    "point": (0.98, gestures.point),
    "jump": (0.88, actions.jump),
    "jumping jacks": (1.02, actions.jumping_jacks),
    "squat": (1.0, actions.squat),
    "sit": (0.85, actions.sit),
    "bow": (0.95, actions.bow),
    "kick": (1.08, actions.kick),
    "box": (0.82, actions.box),
    "lunge": (1.05, actions.lunge),
    "balance": (1.05, actions.balance),
    "pick up": (0.82, actions.pick_up),
    "groove": (0.75, dances.groove),
    "side steps": (1.02, dances.step_touch),
    "twist": (0.65, dances.twist),
    "pirouette": (0.85, dances.ballet),
    "toss a ball": (0.7, dances.toss),
    "bounce a ball": (0.7, dances.dribble),
}
"""Name -> metres of room that it takes about its middle for a body of 1.75 m, and what plays it."""


def draw_human(rng: np.random.Generator, stage: Stage, species: str, motion: str) -> Drawn:
    """A human-like character that does something."""
    height = float(rng.uniform(*HEIGHTS[species]))
    build = Build.draw(rng, height, child=species == "child", broad=1.08 if species == "man" else 1.0)
    looks = _looks(rng, species, build)
    acting, words, facts = MOTIONS[motion][1](rng, build, stage)
    settle(acting, stage)
    poses = pose_body(build, acting)
    parts = [Part(tuple(shapes), poses[bone]) for bone, shapes in looks.shapes.items()]
    attributes: dict[str, Any] = {"height": round(height, 2), **looks.attributes}
    attributes |= {key: value if isinstance(value, str) else float(value) for key, value in facts.items()}
    return Drawn(looks.words, words, (*parts, *acting.extras), attributes)


def _looks(rng: np.random.Generator, species: str, build: Build) -> Looks:
    if species == "robot":
        return plate_robot(rng, build)
    if species == "child":
        return dress_person(rng, str(rng.choice(["boy", "girl"])), build)
    return dress_person(rng, species, build)


def human(species: str) -> Kind:
    """The kind of one species; small bodies need less room."""
    scale = HEIGHTS[species][1] / 1.8
    rooms = {motion: room * scale for motion, (room, _) in MOTIONS.items()}

    def draw(rng: np.random.Generator, stage: Stage, motion: str) -> Drawn:
        return draw_human(rng, replace(stage, room=rooms[motion]), species, motion)

    return Kind(rooms, draw, weight=WEIGHTS[species])
