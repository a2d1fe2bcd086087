"""Small accidents: things that fall, roll, collide and swing, simulated with MuJoCo and baked to poses.

A kind of event fills a :class:`Setup` (bodies about the spot's middle, floor at z = 0); it is compiled to a
MuJoCo model, simulated in steps of a few milliseconds and sampled at the clip's rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recam.camera.poses import FloatArray
from recam.errors import InputError
from recam.worlds import physics_floor as floor
from recam.worlds import physics_hung as hung
from recam.worlds.characters.skeleton import turn_z
from recam.worlds.physics_setup import Setup, simulate
from recam.worlds.scene import Ground, Material, Part, Shape, Texture, Thing

EVENTS: dict[str, Callable[[np.random.Generator, float], Setup]] = {
    "falling tower": floor.tower,
    "rolling down a ramp": floor.ramp,
    "bowling": floor.bowling,
    "colliding balls": floor.colliding,
    "bouncing balls": floor.bouncing,
    "pendulums": hung.pendulums,
    "Newton's cradle": hung.cradle,
    "dominoes": floor.dominoes,
    "wrecking ball": hung.wrecking_ball,
    "swinging chain": hung.chain,
    "swinging banner": hung.banner,
    "dropping into a heap": floor.heap,
    "seesaw": floor.seesaw,
    "windmill": hung.windmill,
}
"""Kind -> what draws its setup from random numbers and the spot's radius."""

PHYSICS: tuple[str, ...] = tuple(EVENTS)
"""Kinds of events."""

LEAST_RADIUS = 0.35
"""Metres of the smallest spot that anything is simulated in."""
_EVEN = 0.03  # metres that the ground may rise or fall over a spot without needing a platform
_SUNK = 0.01  # metres that a body may sink into another before its event is drawn anew
_TRIES = 6


def draw_physics(
    rng: np.random.Generator,
    *,
    names_prefix: str,
    spot: tuple[float, float, float],
    ground: Ground,
    num_frames: int,
    fps: float,
    kind: str | None = None,
) -> list[Thing]:
    """Things that move by themselves within a spot, and what they stand on.

    An event whose bodies leave the spot's circle or sink into the floor, or that cannot be simulated, is
    drawn anew; after a few tries the one that leaves it least is taken. Where the ground is uneven they stand
    on a flat platform.

    Args:
        names_prefix: their names begin with it, or are it when there is only one.
        spot: x, y and radius in metres.
        kind: one of ``PHYSICS``; drawn when None.

    Raises:
        InputError: there is no such kind, the spot is too small or the clip has no frames.
    """
    x, y, radius = (float(value) for value in spot)
    if kind is not None and kind not in PHYSICS:
        raise InputError(f"unknown kind of physics {kind!r}; kinds are {', '.join(PHYSICS)}")
    if radius < LEAST_RADIUS:
        raise InputError(
            f"a spot of radius {radius:g} m is too small for physics: {LEAST_RADIUS:g} m at least"
        )
    if num_frames < 1 or not fps > 0:
        raise InputError(f"a clip needs at least one frame and a rate above 0, not {num_frames} at {fps:g}")
    kind = kind or PHYSICS[int(rng.integers(len(PHYSICS)))]
    # Events are made for spots of 0.6 to 1.6 m; a smaller one holds a smaller event, as toys would be.
    size = min(radius, 1.6)
    best: tuple[float, Setup, FloatArray] | None = None
    for _ in range(_TRIES):
        setup = EVENTS[kind](rng, size)
        poses, stable = simulate(setup, num_frames, fps)
        strays = _strays(setup, poses, radius) if stable else np.inf
        if best is None or strays < best[0]:
            best = strays, setup, poses
        if strays <= 0:
            break
    assert best is not None
    _, setup, poses = best
    height, platform = _floor(rng, ground, x, y, radius)
    world = np.eye(4)
    world[:3, :3] = turn_z(float(rng.uniform(-180, 180)))
    world[:3, 3] = x, y, height
    things = _things(setup, world @ poses, world, names_prefix, kind)
    if platform is not None:
        pose = np.eye(4)
        pose[:3, 3] = x, y, height
        words = "a low round platform"
        things.append(Thing(f"{names_prefix}-platform", "prop", words, (Part((platform,), pose[None]),)))
    return things


def _strays(setup: Setup, poses: FloatArray, radius: float) -> float:
    """Metres that anything leaves the circle or sinks into the floor by, whichever is worse; 0 if nothing."""
    out = 0.0
    for body, track in zip(setup.bodies, poses, strict=True):
        boxes = Part(body.shapes, track).frame_boxes
        reach = np.linalg.norm(np.abs(boxes[..., :2]).max(axis=2), axis=-1)
        out = max(out, float(reach.max()) - radius, -float(boxes[:, :, 0, 2].min()) - _SUNK)
    return out


def _floor(
    rng: np.random.Generator, ground: Ground, x: float, y: float, radius: float
) -> tuple[float, Shape | None]:
    """Height of the floor at a spot, and the platform that makes it even where the ground is not."""
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    rings = [share * radius * np.stack([np.cos(angles), np.sin(angles)], axis=1) for share in (0.0, 0.5, 1.0)]
    heights = ground(np.array([x, y]) + np.concatenate(rings))
    low, high = float(heights.min()), float(heights.max())
    if high - low <= _EVEN:
        return high, None
    thick = (high - low) / 2 + 0.05
    texture = Texture("concrete", (0.62, 0.61, 0.58), (0.5, 0.49, 0.47), 1.0, int(rng.integers(1 << 16)))
    platform = Shape("cylinder", (1.02 * radius, thick), Material(texture), (0.0, 0.0, -thick))
    return high + 0.02, platform


def _things(setup: Setup, poses: FloatArray, world: FloatArray, prefix: str, kind: str) -> list[Thing]:
    """One thing for each group of bodies, in the order in which groups come; a group is still or moves."""
    things: list[Thing] = []
    groups = list(dict.fromkeys(body.group for body in setup.bodies))
    for group in groups:
        parts = []
        for body, track in zip(setup.bodies, poses, strict=True):
            if body.group == group:
                still = world @ body.start if body.fixed else None
                parts.append(Part(body.shapes, track if still is None else still[None]))
        words, motion = setup.words[group]
        name = prefix if len(groups) == 1 else f"{prefix}-{group}"
        things.append(Thing(name, "prop", words, tuple(parts), motion, {"species": group, "event": kind}))
    return [replace(thing, name=thing.name.replace(" ", "-")) for thing in things]
