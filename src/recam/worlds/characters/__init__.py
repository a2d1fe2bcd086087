"""Articulated characters and their procedural motions, baked to poses."""

from __future__ import annotations

import numpy as np

from recam.errors import InputError
from recam.worlds.characters.human_body import Build, pose_body
from recam.worlds.characters.human_looks import dress_person, plate_robot
from recam.worlds.characters.human_motions import wave_hand
from recam.worlds.characters.human_travel import STYLES, travel
from recam.worlds.characters.stage import Stage
from recam.worlds.scene import Ground, Part, Thing

CHARACTERS = ("woman", "man", "child", "robot")
MOTIONS = (*STYLES, "wave")


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
    if kind is not None and kind not in CHARACTERS:
        raise InputError(f"unknown character {kind!r}; characters are {', '.join(CHARACTERS)}")
    kind = kind or str(rng.choice(CHARACTERS))
    stage = Stage(centre, radius, ground, np.arange(num_frames) / fps)
    motion = motion or (str(rng.choice(MOTIONS)) if radius > 1 else "wave")
    build = Build.draw(rng, rng.uniform(1.6, 1.8))
    looks = plate_robot(rng, build) if kind == "robot" else dress_person(rng, kind, build)
    facts = {}
    if motion in STYLES:
        acting, _, facts = travel(rng, build, stage, motion)
        words = {"walk": "walking", "run": "running", "march": "marching", "sneak": "sneaking", "skip": "skipping"}[motion]
    else:
        acting, words = wave_hand(rng, build, stage)
    poses = pose_body(build, acting)
    parts = [Part(tuple(shapes), poses[bone]) for bone, shapes in looks.shapes.items()]
    return Thing(name, "character", looks.words, tuple(parts), words, {**looks.attributes, **facts})
