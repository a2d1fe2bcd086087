"""Small accidents: things that fall, roll, collide and swing, simulated with MuJoCo and baked to poses."""

from __future__ import annotations

import numpy as np

from recam.errors import InputError
from recam.worlds.headless import import_mujoco
from recam.worlds.props import wood
from recam.worlds.scene import Ground, Part, Shape, Thing

PHYSICS = ("crates",)


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
    if kind is not None and kind not in PHYSICS:
        raise InputError(f"unknown kind of physics {kind!r}; kinds are {', '.join(PHYSICS)}")
    mujoco = import_mujoco()
    x, y, radius = spot
    half = 0.12 * radius
    z = float(ground(np.array([[x, y]]))[0])
    bodies = "".join(
        f'<body pos="{x + rng.uniform(-0.5, 0.5) * half} {y} {z + half * (2.2 * i + 1)}"><freejoint/>'
        f'<geom type="box" size="{half} {half} {half}"/></body>'
        for i in range(4)
    )
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><option timestep="0.004"/><worldbody><geom type="plane" size="9 9 1" pos="0 0 {z}"/>{bodies}'
        "</worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    poses = np.tile(np.eye(4), (4, num_frames, 1, 1))
    for frame in range(num_frames):
        while data.time < frame / fps:
            mujoco.mj_step(model, data)
        poses[:, frame, :3, :3] = data.xmat[1:].reshape(-1, 3, 3)
        poses[:, frame, :3, 3] = data.xpos[1:]
    parts = tuple(Part((Shape("box", (half, half, half), wood(rng)),), pose) for pose in poses)
    return [
        Thing(names_prefix, "prop", "a tower of wooden crates", parts, "falling over", {"species": "crates"})
    ]
