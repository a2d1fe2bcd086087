"""A human-like body: proportions, what a motion asks of it, and the poses of its bones."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.characters.skeleton import Skeleton, reach, turn, turn_x, turn_y, turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.scene import Part

SIDES = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class Build:
    """Lengths of a body in metres.

    Attributes:
        height: from sole to crown.
        hips, shoulders: half the distance between both joints.
        ankle: height of the ankle above the sole.
        foot: length of the foot; its heel is a quarter of it behind the ankle.
        neck: from the chest's joint to the neck's.
        head: radius of the head from chin to crown.
        girth: factor on the thickness of trunk and limbs.
    """

    height: float
    hips: float
    waist: float
    chest: float
    neck: float
    throat: float
    head: float
    shoulders: float
    upper_arm: float
    forearm: float
    hand: float
    thigh: float
    shin: float
    ankle: float
    foot: float
    girth: float

    @classmethod
    def draw(cls, rng: np.random.Generator, height: float, child: bool = False, broad: float = 1.0) -> Build:
        """Proportions about the usual ones (shares of the height from anthropometric tables)."""

        def about(share: float) -> float:
            return height * share * float(rng.uniform(0.97, 1.03))

        head = height * (0.083 if child else 0.066)
        thigh, shin, ankle = about(0.228 if child else 0.24), about(0.225 if child else 0.24), height * 0.042
        waist, throat = 0.045 * height, 0.03 * height
        chest = 0.09 * height
        neck = height - (thigh + shin + ankle + waist + chest + throat) - 1.9 * head
        return cls(
            height=height,
            hips=0.05 * height * float(rng.uniform(0.95, 1.08)),
            waist=waist,
            chest=chest,
            neck=neck,
            throat=throat,
            head=head,
            shoulders=0.105 * height * broad * float(rng.uniform(0.96, 1.04)),
            upper_arm=about(0.165),
            forearm=about(0.14),
            hand=about(0.095),
            thigh=thigh,
            shin=shin,
            ankle=ankle,
            foot=about(0.15),
            girth=float(rng.uniform(0.88, 1.15)) * (1.06 if child else 1.0),
        )

    @property
    def leg(self) -> float:
        return self.thigh + self.shin

    @property
    def hip_height(self) -> float:
        """Metres of the hips above the ground in an easy stand, knees all but straight."""
        return 0.985 * self.leg + self.ankle

    @property
    def arm(self) -> float:
        return self.upper_arm + self.forearm

    def skeleton(self) -> Skeleton:
        bones: dict[str, tuple[str, tuple[float, float, float]]] = {
            "pelvis": ("", (0.0, 0.0, 0.0)),
            "skirt": ("pelvis", (0.0, 0.0, 0.5 * self.waist)),
            "belly": ("pelvis", (0.0, 0.0, self.waist)),
            "chest": ("belly", (0.0, 0.0, self.chest)),
            "neck": ("chest", (0.0, 0.0, self.neck)),
            "head": ("neck", (0.0, 0.0, self.throat)),
        }
        for side, sign in SIDES.items():
            bones[f"{side} upper arm"] = ("chest", (0.0, sign * self.shoulders, 0.86 * self.neck))
            bones[f"{side} forearm"] = (f"{side} upper arm", (0.0, 0.0, -self.upper_arm))
            bones[f"{side} hand"] = (f"{side} forearm", (0.0, 0.0, -self.forearm))
            bones[f"{side} thigh"] = ("pelvis", (0.0, sign * self.hips, 0.0))
            bones[f"{side} shin"] = (f"{side} thigh", (0.0, 0.0, -self.thigh))
            bones[f"{side} foot"] = (f"{side} shin", (0.0, 0.0, -self.shin))
        return Skeleton(bones)


@dataclass(eq=False)
class Arm:
    """What an arm does, in degrees.

    Attributes:
        forward, out: [F] of the upper arm, from hanging: 90 forward is level ahead, 90 out is level aside.
        twist: [F] turns the forearm's bend inwards.
        elbow: [F] bend, 0 is straight.
        hand: [F,3] where its wrist wants to be in the world, and
        pull: [F] 0 to 1, how far it follows that instead of the angles.
    """

    forward: FloatArray
    out: FloatArray
    twist: FloatArray
    elbow: FloatArray
    hand: FloatArray | None = None
    pull: FloatArray | None = None


@dataclass(eq=False)
class Foot:
    """Where a foot is.

    Attributes:
        place: [F,3] of the sole below the ankle when the foot is level, in the world.
        heading: [F] degrees.
        pitch: [F] degrees: above 0 the heel is up and the toes stay, below 0 the toes are up.
        ground: the height that ``place`` was reckoned from, which it follows as it moves; None where it
            follows the ground already.
        firm: whether the hips go down for the foot to be where it says; else it comes as near as it can.
    """

    place: FloatArray
    heading: FloatArray
    pitch: FloatArray
    ground: float | None = None
    firm: bool = True


@dataclass(eq=False)
class Acting:
    """What a motion asks of a body, for F frames: lengths in metres, angles in degrees.

    Attributes:
        pelvis: [F,3] where the middle of the hips wants to be.
        heading: [F] of the body.
        hips: [F,3] how the pelvis leans forward, tilts to the right and turns left, beside the heading.
        waist: [F,3] the same of the chest against the pelvis.
        neck: [F,3] the same of the head against the chest.
        extras: parts that belong to it: what it sits on, what it holds.
    """

    pelvis: FloatArray
    heading: FloatArray
    hips: FloatArray
    waist: FloatArray
    neck: FloatArray
    arms: dict[str, Arm]
    feet: dict[str, Foot]
    extras: list[Part] = field(default_factory=list)


def standing(rng: np.random.Generator, build: Build, stage: Stage) -> Acting:
    """A body that stands at ease somewhere on its stage, breathes and shifts its weight a little."""
    seconds = stage.seconds
    count = len(seconds)
    heading = np.full(count, rng.uniform(-180, 180))
    spot = np.broadcast_to(stage.spot(rng, stage.room), (count, 2))
    turned = turn_z(heading[0])[:2, :2]
    width = build.hips * rng.uniform(1.0, 1.5)
    feet = {}
    for side, sign in SIDES.items():
        place = spot + turned @ np.array([0.0, sign * width])
        level = float(stage.ground(place[:1])[0])
        feet[side] = Foot(stage.on_ground(place), heading + sign * rng.uniform(3, 14), np.zeros(count), level)
    sway = np.sin(2 * np.pi * (seconds / rng.uniform(2.5, 4.0) + rng.random()))
    breath = np.sin(2 * np.pi * (seconds / rng.uniform(2.5, 3.5) + rng.random()))
    pelvis = np.concatenate([spot, np.zeros((count, 1))], axis=1)
    pelvis[:, :2] += 0.012 * sway[:, None] * turned[:, 1]
    pelvis[:, 2] = np.mean([foot.place[:, 2] for foot in feet.values()], axis=0) + build.hip_height
    pose = rng.uniform(-1, 1, 6)
    arms = {
        side: Arm(
            np.full(count, 4 * pose[0]),
            9 + 1.5 * breath + pose[1 + index],
            np.full(count, 12.0),
            np.full(count, 14 + 5 * pose[3]),
        )
        for index, side in enumerate(SIDES)
    }
    waist = np.stack([1.2 * breath, -1.5 * sway, np.zeros(count)], axis=1)
    neck = np.stack([3 * pose[4] + 0 * sway, sway, 8 * pose[5] + 4 * sway], axis=1)
    return Acting(pelvis, heading, np.zeros((count, 3)), waist, neck, arms, feet)


def settle(acting: Acting, stage: Stage) -> None:
    """Feet that moved from where they stood follow the ground's height."""
    for foot in acting.feet.values():
        if foot.ground is not None:
            rise = stage.ground(foot.place[:, :2]) - foot.ground
            foot.place = foot.place + np.stack([0 * rise, 0 * rise, rise], axis=1)


def pose_body(build: Build, acting: Acting) -> dict[str, FloatArray]:
    """Bone-to-world [F,4,4] of every bone; the hips come down where a firm foot would be out of reach."""
    skeleton = build.skeleton()
    root = turn_z(acting.heading) @ turn(*acting.hips.T)
    bend = turn(*(acting.waist / 2).T)
    nod = turn(*(acting.neck / 2).T)
    turns: dict[str, FloatArray] = {"pelvis": root, "belly": bend, "chest": bend, "neck": nod, "head": nod}
    ankles, soles = {}, {}
    for side, foot in acting.feet.items():
        soles[side] = turn_z(foot.heading) @ turn_y(foot.pitch)
        ankles[side] = foot.place + _ankle(build, foot)
    sockets = {side: root @ np.array([0.0, sign * build.hips, 0.0]) for side, sign in SIDES.items()}
    position = acting.pelvis.copy()
    for side, foot in acting.feet.items():
        if foot.firm:
            beside = (position + sockets[side] - ankles[side])[:, :2]
            room = np.maximum((0.998 * build.leg) ** 2 - np.sum(beside**2, axis=1), 0.01)
            highest = ankles[side][:, 2] + np.sqrt(room) - sockets[side][:, 2]
            position[:, 2] = _soft_minimum(position[:, 2], highest)
    for side in SIDES:
        # Knees point where feet and hips do.
        pole = root[:, :, 0] + turn_z(acting.feet[side].heading)[:, :, 0]
        thigh, shin = reach(position + sockets[side], ankles[side], build.thigh, build.shin, pole)
        turns[f"{side} thigh"] = _inside(root, thigh)
        turns[f"{side} shin"] = _inside(thigh, shin)
        turns[f"{side} foot"] = _inside(shin, soles[side])
    turns["skirt"] = _skirt(turns["left thigh"], turns["right thigh"])
    _turn_arms(build, acting, skeleton, position, turns)
    return skeleton.pose(position, turns)


def _turn_arms(
    build: Build, acting: Acting, skeleton: Skeleton, position: FloatArray, turns: dict[str, FloatArray]
) -> None:
    for side, sign in SIDES.items():
        arm = acting.arms[side]
        shoulder = turn_y(-arm.forward) @ turn_x(sign * arm.out) @ turn_z(-sign * arm.twist)
        turns[f"{side} upper arm"], turns[f"{side} forearm"] = shoulder, turn_y(-arm.elbow)
    if all(arm.hand is None for arm in acting.arms.values()):
        return
    posed = skeleton.pose(position, turns)
    chest = posed["chest"][:, :3, :3]
    for side, sign in SIDES.items():
        arm = acting.arms[side]
        if arm.hand is not None and arm.pull is not None:
            wrist = posed[f"{side} hand"][:, :3, 3]
            target = wrist + arm.pull[:, None] * (arm.hand - wrist)
            pole = chest @ np.array([-0.7, 0.55 * sign, -0.6])
            joint = posed[f"{side} upper arm"][:, :3, 3]
            upper, lower = reach(joint, target, build.upper_arm, build.forearm, pole, forward=-1.0)
            turns[f"{side} upper arm"] = _inside(chest, upper)
            turns[f"{side} forearm"] = _inside(upper, lower)


def _skirt(left: FloatArray, right: FloatArray) -> FloatArray:
    """[F,3,3] to the pelvis: cloth hangs along the mean of both thighs [F,3,3]."""
    along = -(left[:, :, 2] + right[:, :, 2]) / 2
    forward = np.degrees(np.arctan2(along[:, 0], np.maximum(-along[:, 2], 0.05)))
    return turn_y(-0.9 * forward)


def _ankle(build: Build, foot: Foot) -> FloatArray:
    """[F,3] from the foot's place to its ankle: a foot rolls over its toes or over its heel."""
    up = np.where(foot.pitch >= 0, 0.72, -0.26) * build.foot
    pivot = np.stack([up, np.zeros_like(up), np.zeros_like(up)], axis=-1)
    level = np.array([0.0, 0.0, build.ankle]) - pivot
    rolled = pivot + np.einsum("fij,fj->fi", turn_y(foot.pitch), level)
    return np.einsum("fij,fj->fi", turn_z(foot.heading), rolled)


def _inside(outer: FloatArray, inner: FloatArray) -> FloatArray:
    """A world rotation as one in the frame of another: bone-to-parent."""
    return np.swapaxes(outer, -1, -2) @ inner


def _soft_minimum(wanted: FloatArray, highest: FloatArray, soft: float = 0.008) -> FloatArray:
    """The lower of both, rounded where they meet so that hips do not jerk; never above either."""
    return highest - soft * np.logaddexp(0.0, (highest - wanted) / soft)
