"""What solving a clip gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recam.camera.intrinsics import Intrinsics
from recam.camera.path import CameraPath
from recam.camera.poses import Poses

Kind = Literal["static", "rotation", "full"]


@dataclass(frozen=True)
class Solution:
    """The camera of a clip, and the figures that say how far to trust it.

    The scale of a single video is free: it looks the same filmed in a room or in a doll's house. For the
    kind "full" metres are set so that the median depth of what frame 0 sees is ``subject_distance``; the
    other kinds do not travel.
    """

    kind: Kind
    """How the camera moves: not at all, turning only, or turning and travelling."""
    poses: Poses
    """F poses, camera-to-world, relative to frame 0, which is the identity."""
    intrinsics: Intrinsics
    """The lens that was given or found."""
    method: Literal["rotation", "global", "incremental"]
    """How it was found: rotations alone, global mapping or incremental mapping."""
    lens_refined: bool
    """Whether the focal length comes from the clip; else it is the given one, or a guess that a clip whose
    camera hardly turns or travels cannot improve."""
    residual: float
    """Median distance of a background feature from where the solution puts it, pixels; for turns through a
    given lens that the clip contradicts: with the lens that it speaks for."""
    inlier_share: float
    """Share of the matches between still things that the solution explains (0 to 1)."""
    moving_share: float
    """Share of the picture that was left out because it moves on its own (0 to 1; mean over the frames)."""
    registered: int
    """Frames with a pose of their own: always all of them, or solving fails."""
    rotation_share: float
    """Of what any rigid scene could explain on the frames furthest apart, the share that turning alone does:
    near 1 the camera turns only, near 0 it travels."""
    subject_distance: float
    """Metres to which the median depth of frame 0 was set (kind "full")."""
    told_lens: Intrinsics | None = None
    """Where it was asked for: the lens with the focal length that fits the clip best, whatever lens the poses
    go with; None also where the clip fits any lens as well."""

    def path(self, name: str = "solved") -> CameraPath:
        """The camera as a path relative to the clip's first frame, with the lens."""
        return CameraPath(self.poses, name, self.intrinsics)
