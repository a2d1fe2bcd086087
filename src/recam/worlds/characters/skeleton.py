"""Trees of joints: forward kinematics over all frames at once, and limbs of two bones that reach for a place.

Body frame: x forward, y left, z up. A bone's frame has its origin at its joint. In the rest pose all frames
are turned alike; arms and legs hang down, so that a limb's bone runs along its own -z. Rotations are
bone-to-parent or bone-to-world matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from recam.camera.poses import FloatArray


@dataclass(frozen=True)
class Skeleton:
    """Joints and where they sit on their parents.

    Attributes:
        bones: name -> (parent's name, socket [3] metres in the parent's frame), parents before children. The
            root's parent is "", its socket is not used.
    """

    bones: Mapping[str, tuple[str, tuple[float, float, float]]]

    def pose(self, position: FloatArray, turns: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Bone-to-world [F,4,4] of every bone.

        Args:
            position: [F,3] of the root's joint in the world.
            turns: [F,3,3] or [3,3] bone-to-parent (the root's: to the world); a bone not named is not turned.
        """
        posed: dict[str, FloatArray] = {}
        for name, (parent, socket) in self.bones.items():
            pose = np.zeros((len(position), 4, 4))
            pose[:, 3, 3] = 1.0
            turn = turns.get(name)
            if not parent:
                pose[:, :3, :3] = np.eye(3) if turn is None else turn
                pose[:, :3, 3] = position
            else:
                above = posed[parent]
                pose[:, :3, :3] = above[:, :3, :3] if turn is None else above[:, :3, :3] @ turn
                pose[:, :3, 3] = above[:, :3, 3] + above[:, :3, :3] @ np.asarray(socket)
            posed[name] = pose
        return posed


def turn_x(degrees: FloatArray | float) -> FloatArray:
    """[F,3,3] (or [3,3]) about x: the left side rises."""
    return Rotation.from_euler(
        "x", np.asarray(degrees, dtype=np.float64)[..., None], degrees=True
    ).as_matrix()


def turn_y(degrees: FloatArray | float) -> FloatArray:
    """[F,3,3] (or [3,3]) about y: leaning forward."""
    return Rotation.from_euler(
        "y", np.asarray(degrees, dtype=np.float64)[..., None], degrees=True
    ).as_matrix()


def turn_z(degrees: FloatArray | float) -> FloatArray:
    """[F,3,3] (or [3,3]) about z: turning left."""
    return Rotation.from_euler(
        "z", np.asarray(degrees, dtype=np.float64)[..., None], degrees=True
    ).as_matrix()


def turn(lean: FloatArray | float, tilt: FloatArray | float, yaw: FloatArray | float) -> FloatArray:
    """[F,3,3] degrees: leans forward, then tilts to the right, then turns left, about fixed axes."""
    angles = np.stack(np.broadcast_arrays(lean, tilt, yaw), axis=-1).astype(np.float64)
    return Rotation.from_euler("yxz", angles, degrees=True).as_matrix()


def _about(axis: str, degrees: FloatArray | float) -> FloatArray:
    angles = np.asarray(degrees, dtype=np.float64)[..., None]
    return Rotation.from_euler(axis, angles, degrees=True).as_matrix()


def reach(
    joint: FloatArray, target: FloatArray, upper: float, lower: float, pole: FloatArray, forward: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Two bones of a limb that end at a place (law of cosines), or as near as they come.

    Args:
        joint: [F,3] of the limb's first joint.
        target: [F,3] of its end.
        upper, lower: metres of both bones.
        pole: [F,3] the way the middle joint points.
        forward: -1 when the middle joint points to the back of the limb, as elbows do: then the bones' x axes
            point away from the pole.

    Returns:
        [F,3,3] bone-to-world of the upper and of the lower bone, which run along their -z.
    """
    way = target - joint
    far = np.linalg.norm(way, axis=-1, keepdims=True)
    way = way / np.maximum(far, 1e-9)
    distance = np.clip(far, abs(upper - lower) + 1e-3, 0.9995 * (upper + lower))
    side = pole - way * np.sum(way * pole, axis=-1, keepdims=True)
    side = side / np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-9)
    along = (distance**2 + upper**2 - lower**2) / (2 * distance)
    out = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    first = (along * way + out * side) / upper
    second = (distance * way - along * way - out * side) / lower
    hinge = np.cross(-way, forward * side)
    return _bone(first, hinge), _bone(second, hinge)


def _bone(along: FloatArray, hinge: FloatArray) -> FloatArray:
    """[F,3,3] of a bone along its -z, with the hinge of its limb as its y axis."""
    up = -along
    return np.stack([np.cross(hinge, up), hinge, up], axis=-1)
