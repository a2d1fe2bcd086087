"""What an event is made of, and its simulation with MuJoCo: headless, no renderer, always the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.poses import FloatArray
from recam.worlds.headless import import_mujoco
from recam.worlds.scene import Shape

LONG_STEP = 0.005
"""Seconds of a step where nothing bounces: a bouncing contact would gain speed from it."""
STEP = 0.004
"""Seconds of a step of the simulation, unless an event says otherwise."""
_SPRING = 260.0  # radians a second of the spring in a bouncing contact: it lasts 12 ms


def at(x: float, y: float, z: float, rotation: FloatArray | None = None) -> FloatArray:
    """[4,4] a pose from three numbers."""
    return posed(np.array([x, y, z]), np.eye(3) if rotation is None else rotation)


def posed(place: FloatArray, rotation: FloatArray) -> FloatArray:
    """[4,4] a pose from [3] and [3,3]."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, place
    return pose


@dataclass(frozen=True, eq=False)
class Body:
    """Something rigid.

    Attributes:
        shapes: its geometry; only boxes, spheres, ellipsoids, cylinders and capsules.
        start: [4,4] its pose at the start, in the event's frame.
        group: the thing that it is part of.
        fixed: whether it never moves.
        velocity: metres a second at the start, and
        spin: radians a second about its own axes.
        density: kilograms a cubic metre.
        friction: sliding friction.
        bounce: 0 to 1, about how much of its speed it keeps when it hits something.
        hang: a ball joint in its own frame that holds it to the world, or
        hinge: (place, axis) of a hinge to the world, or
        parent: index of the body that it hangs on by a ball joint at its own place ``hang``.
        damping: of its joint.
    """

    shapes: tuple[Shape, ...]
    start: FloatArray
    group: str
    fixed: bool = False
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    density: float = 400.0
    friction: float = 0.7
    bounce: float = 0.0
    hang: tuple[float, float, float] | None = None
    hinge: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    parent: int | None = None
    damping: float = 0.0


@dataclass(eq=False)
class Setup:
    """An event.

    Attributes:
        bodies: parents before their children.
        words: group -> the thing's words and motion.
        ignores: pairs of indices of bodies that pass through each other.
        step: seconds of a step of the simulation.
    """

    bodies: list[Body] = field(default_factory=list)
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    ignores: list[tuple[int, int]] = field(default_factory=list)
    step: float = STEP


def simulate(setup: Setup, num_frames: int, fps: float) -> tuple[FloatArray, bool]:
    """Body-to-event [B,F,4,4] of every body at the frames, and whether the simulation stayed stable.

    MuJoCo sets a simulation that runs away back to its start, in the middle of the clip.
    """
    mujoco = import_mujoco()
    model = mujoco.MjModel.from_xml_string(model_xml(setup))
    data = mujoco.MjData(model)
    joint = {int(model.jnt_bodyid[index]): index for index in range(model.njnt)}
    bodies = [model.body(f"b{index}").id for index in range(len(setup.bodies))]
    for body, index in zip(setup.bodies, bodies, strict=True):
        if index in joint:
            speeds = data.qvel[model.jnt_dofadr[joint[index]] :]
            kind = model.jnt_type[joint[index]]
            if kind == mujoco.mjtJoint.mjJNT_FREE:
                speeds[:6] = (*body.velocity, *body.spin)
            elif kind == mujoco.mjtJoint.mjJNT_HINGE:
                speeds[0] = body.spin[0]
    poses = np.tile(np.eye(4), (len(setup.bodies), num_frames, 1, 1))
    # Poses must be at the frames' moments: whole steps of a length near the event's between them.
    steps = max(int(np.ceil(1 / (fps * setup.step))), 1)
    model.opt.timestep = 1 / (fps * steps)
    for frame in range(num_frames):
        if frame:
            mujoco.mj_step(model, data, nstep=steps)
        mujoco.mj_kinematics(model, data)
        poses[:, frame, :3, :3] = data.xmat[bodies].reshape(-1, 3, 3)
        poses[:, frame, :3, 3] = data.xpos[bodies]
    kinds = mujoco.mjtWarning
    ran_away = (kinds.mjWARN_BADQPOS, kinds.mjWARN_BADQVEL, kinds.mjWARN_BADQACC)
    return poses, not any(data.warning[int(kind)].number for kind in ran_away)


def model_xml(setup: Setup) -> str:
    """The event as MuJoCo's XML; the floor is a plane at z = 0."""
    children: dict[int | None, list[int]] = {}
    for index, body in enumerate(setup.bodies):
        children.setdefault(body.parent, []).append(index)
    world = "".join(_body(setup, index, children, np.eye(4)) for index in children.get(None, []))
    ignores = "".join(f'<exclude body1="b{first}" body2="b{second}"/>' for first, second in setup.ignores)
    return (
        '<mujoco><option integrator="implicitfast" iterations="15" ls_iterations="8" tolerance="1e-6"/>'
        '<compiler angle="radian"/>'
        '<size memory="8M"/><worldbody>'
        f'<geom type="plane" size="9 9 1" friction="0.3 0.002 0.0001" {_contact(0.0)}/>'
        f"{world}</worldbody><contact>{ignores}</contact></mujoco>"
    )


def _body(setup: Setup, index: int, children: dict[int | None, list[int]], parent: FloatArray) -> str:
    body = setup.bodies[index]
    local = np.linalg.inv(parent) @ body.start
    if body.fixed:
        joint = ""
    elif body.hang is not None:
        joint = f'<joint type="ball" pos="{_text(body.hang)}" damping="{body.damping:g}"/>'
    elif body.hinge is not None:
        place, axis = body.hinge
        joint = f'<joint type="hinge" pos="{_text(place)}" axis="{_text(axis)}" damping="{body.damping:g}"/>'
    else:
        joint = "<freejoint/>"
    geoms = "".join(
        f'<geom type="{shape.kind}" size="{_text(shape.size)}" density="{body.density:g}" '
        f"{_friction(body, shape)} {_contact(body.bounce)} {_placed(shape.position, shape.rotation)}/>"
        for shape in body.shapes
    )
    inner = "".join(_body(setup, child, children, body.start) for child in children.get(index, []))
    placed = _placed(local[:3, 3], local[:3, :3])
    return f'<body name="b{index}" {placed}>{joint}{geoms}{inner}</body>'


def _friction(body: Body, shape: Shape) -> str:
    """Sliding friction; spheres also have some against rolling, or they would never stop."""
    if body.friction <= 0:
        return 'condim="1"'
    if shape.kind == "sphere":
        return f'condim="6" friction="{body.friction:g} 0.004 {0.012 * shape.size[0]:.6f}"'
    return f'friction="{body.friction:g} 0.004 0.0004"'


def _contact(bounce: float) -> str:
    """How stiff a contact is: a damped spring of a stiffness that the step can follow."""
    if bounce <= 0:
        return 'solref="0.01 1" solimp="0.95 0.99 0.001"'
    # A mass on a damped spring keeps exp(-pi z / sqrt(1 - z^2)) of its speed.
    log = np.log(np.clip(bounce, 0.05, 0.98))
    ratio = -log / np.sqrt(np.pi**2 + log**2)
    return f'solref="{-(_SPRING**2):.0f} {-2 * ratio * _SPRING:.3f}" solimp="0.95 0.95 0.001" solmix="1000"'


def _placed(position: FloatArray | tuple[float, float, float], rotation: FloatArray) -> str:
    x, y, z, w = Rotation.from_matrix(rotation).as_quat()
    return f'pos="{_text(position)}" quat="{w:.9f} {x:.9f} {y:.9f} {z:.9f}"'


def _text(values: FloatArray | tuple[float, ...]) -> str:
    return " ".join(f"{value:.9f}" for value in values)
