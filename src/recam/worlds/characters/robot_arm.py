"""An industrial robot arm: a turning base, two links, a wrist and a gripper."""

from __future__ import annotations

from typing import Any

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.kinds import Drawn, Kind
from recam.worlds.characters.skeleton import Skeleton, reach, turn_x, turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import keyed, wave
from recam.worlds.colours import draw_colour, with_article
from recam.worlds.scene import Material, Part, Shape


def _pose(
    stage: Stage, spot: FloatArray, size: float, tool: FloatArray, grip: FloatArray
) -> dict[str, FloatArray]:
    """Bone-to-world of an arm at a spot whose tool hangs straight down at places [F,3].

    Args:
        grip: [F] metres between the jaws.
    """
    base = np.tile(stage.on_ground(spot[None]), (len(tool), 1))
    beside = tool - base
    yaw = np.unwrap(np.arctan2(beside[:, 1], beside[:, 0]))
    turret = turn_z(np.degrees(yaw))
    shoulder = base + [0.0, 0.0, 0.42 * size]
    wrist = tool + [0.0, 0.0, 0.24 * size]
    upper, lower = 0.6 * size, 0.55 * size
    pole = -0.3 * turret[:, :, 0] + [0.0, 0.0, 1.0]
    first, second = reach(shoulder, wrist, upper, lower, pole)
    bones: dict[str, tuple[str, tuple[float, float, float]]] = {
        "base": ("", (0.0, 0.0, 0.0)),
        "turret": ("base", (0.0, 0.0, 0.2 * size)),
        "upper": ("turret", (0.0, 0.0, 0.22 * size)),
        "lower": ("upper", (0.0, 0.0, -upper)),
        "wrist": ("lower", (0.0, 0.0, -lower)),
        "left jaw": ("wrist", (0.0, 0.0, -0.16 * size)),
        "right jaw": ("wrist", (0.0, 0.0, -0.16 * size)),
    }
    turns = {
        "turret": turret,
        "upper": np.swapaxes(turret, 1, 2) @ first,
        "lower": np.swapaxes(first, 1, 2) @ second,
        "wrist": np.swapaxes(second, 1, 2) @ turret,
    }
    poses = Skeleton(bones).pose(base, turns)
    for sign, jaw in ((1, "left jaw"), (-1, "right jaw")):
        poses[jaw][:, :3, 3] += (sign * grip / 2)[:, None] * poses["wrist"][:, :3, 1]
    return poses


def _around(centre: FloatArray, angles: FloatArray, far: FloatArray | float, up: FloatArray) -> FloatArray:
    """[F,3] places about the base from cylinder coordinates."""
    return np.stack([centre[0] + far * np.cos(angles), centre[1] + far * np.sin(angles), up], axis=-1)


def _arm(rng: np.random.Generator, stage: Stage, motion: str) -> Drawn:
    size = min(float(rng.uniform(0.8, 1.3)), stage.radius / 1.05)
    spot = stage.spot(rng, 1.05 * size)
    ground = float(stage.ground(spot[None])[0])
    seconds = stage.seconds
    name, colour = draw_colour(rng, ("orange", "yellow", "white", "blue", "red", "green"))
    first = float(rng.uniform(-np.pi, np.pi))
    extras: list[Part] = []
    facts: dict[str, Any] = {"size": round(size, 2), "colour": name}
    if motion == "pick and place":
        poses, box, words, period = _pick(rng, stage, spot, size, first)
        extras.append(box)
        facts["period"] = round(period, 2)
    else:
        period = float(rng.uniform(1.6, 2.4))
        angle = first + np.radians(float(rng.uniform(35, 60))) * wave(seconds, 1.6 * period, rng.random())
        far = size * (0.72 + 0.16 * wave(seconds, period, rng.random()))
        up = ground + size * (0.55 + 0.25 * wave(seconds, 0.8 * period, rng.random()))
        poses = _pose(
            stage, spot, size, _around(spot, angle, far, up), 0.1 * size + 0.04 * size * wave(seconds, 0.8)
        )
        words = "swinging to and fro"
        facts["period"] = round(period, 2)
    shapes = _shapes(size, colour)
    parts = [
        Part(tuple(each), poses[bone][:1] if bone == "base" else poses[bone]) for bone, each in shapes.items()
    ]
    return Drawn(f"{with_article(name)} robot arm", words, (*parts, *extras), facts)


def _pick(
    rng: np.random.Generator, stage: Stage, spot: FloatArray, size: float, first: float
) -> tuple[dict[str, FloatArray], Part, str, float]:
    period = float(rng.uniform(2.4, 3.2))
    moments = (stage.seconds + rng.uniform(0.0, 0.5) * period) % (2 * period)
    swing = np.radians(float(rng.uniform(70, 130))) * float(rng.choice([-1, 1]))
    half = 0.07 * size
    # There, grip, lift, over, down, let go; the second half brings it back.
    keys = np.array((0.0, 0.18, 0.26, 0.46, 0.74, 0.92))
    keys = np.concatenate([keys, 1 + keys]) * period
    low, high = 0.0, 0.42 * size
    up = keyed(
        moments, keys, (high, low, low, high, high, low) + (low, low, low, high, high, low), 2 * period
    )
    over = keyed(moments, keys, (0, 0, 0, 0, 1, 1) + (1, 1, 1, 1, 0, 0), 2 * period)
    open_ = keyed(moments, keys, (1, 1, 0, 0, 0, 0) + (1, 1, 0, 0, 0, 0), 2 * period)
    far = float(rng.uniform(0.68, 0.85)) * size
    ends = _around(spot, first + swing * np.array([0.0, 1.0]), far, np.zeros(2))[:, :2]
    ground, there_ground = (float(value) for value in stage.ground(ends))
    level = ground + (there_ground - ground) * over
    tool = _around(spot, first + swing * over, far, level + half + up)
    poses = _pose(stage, spot, size, tool, 2.1 * half + 0.08 * size * open_)
    carried = (moments > keys[2]) & (moments <= keys[5]) | (moments > keys[8]) & (moments <= keys[11])
    there = over > 0.5
    rest = _around(spot, first + swing * there, far, np.where(there, there_ground, ground) + half)
    pose = np.tile(np.eye(4), (len(moments), 1, 1))
    pose[:, :3, 3] = np.where(carried[:, None], tool, rest)
    pose[:, :3, :3] = turn_z(np.degrees(first + swing * np.where(carried, over, there)))
    box_name, box = draw_colour(rng)
    part = Part((Shape("box", (half, half, half), Material.plain(box, roughness=0.6)),), pose)
    return poses, part, f"moving {with_article(box_name)} block", period


def _shapes(size: float, colour: tuple[float, float, float]) -> dict[str, list[Shape]]:
    paint = Material.plain(colour, roughness=0.35, metallic=0.2)
    steel = Material.plain((0.28, 0.29, 0.31), roughness=0.4, metallic=0.7)
    upper, lower = 0.6 * size, 0.55 * size
    across = turn_x(90.0)
    return {
        "base": [
            Shape("cylinder", (0.2 * size, 0.03 * size), steel, (0, 0, 0.03 * size)),
            Shape("cylinder", (0.15 * size, 0.09 * size), paint, (0, 0, 0.13 * size)),
        ],
        "turret": [
            Shape("cylinder", (0.14 * size, 0.04 * size), steel, (0, 0, 0.03 * size)),
            Shape("box", (0.1 * size, 0.1 * size, 0.1 * size), paint, (0, 0, 0.13 * size)),
        ],
        "upper": [
            Shape("cylinder", (0.095 * size, 0.12 * size), steel, (0, 0, 0), across),
            Shape("box", (0.06 * size, 0.06 * size, upper / 2), paint, (0, 0, -upper / 2)),
        ],
        "lower": [
            Shape("cylinder", (0.075 * size, 0.1 * size), steel, (0, 0, 0), across),
            Shape("capsule", (0.05 * size, lower / 2), paint, (0, 0, -lower / 2)),
        ],
        "wrist": [
            Shape("cylinder", (0.05 * size, 0.07 * size), steel, (0, 0, 0), across),
            Shape("cylinder", (0.04 * size, 0.06 * size), paint, (0, 0, -0.07 * size)),
            Shape("box", (0.05 * size, 0.15 * size, 0.02 * size), steel, (0, 0, -0.14 * size)),
        ],
        "left jaw": [
            Shape("box", (0.03 * size, 0.012 * size, 0.06 * size), steel, (0, 0.012 * size, -0.05 * size))
        ],
        "right jaw": [
            Shape("box", (0.03 * size, 0.012 * size, 0.06 * size), steel, (0, -0.012 * size, -0.05 * size))
        ],
    }


ROBOT_ARM = Kind({"pick and place": 0.9, "swing": 0.9}, _arm, weight=0.7)
