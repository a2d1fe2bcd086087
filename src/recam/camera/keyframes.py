"""A camera path said by a few keys, with smooth motion between them.

Positions follow a C1 curve with tension, views a C2 rotation spline, focal lengths a monotone curve of their
logarithm. Between two keys time runs evenly, or as the first one's easing says; a rest is entered and left
without a jerk. See :mod:`recam.camera.keyframe` for the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from recam.camera.arguments import check_number
from recam.camera.constraints import Constraint
from recam.camera.intrinsics import Intrinsics
from recam.camera.key_track import TIMING_POWER, Track, make_track
from recam.camera.keyframe import Keyframe, TimeUnit, check_tension
from recam.camera.poses import FloatArray, Poses
from recam.camera.resample import MAX_FRAMES
from recam.errors import InputError

Interpolation = Literal["smooth", "linear"]
Timing = Literal["even", "distance", "centripetal"]


@dataclass(frozen=True, eq=False)
class Keyframes:
    """A path by its keys; :meth:`sample` gives the poses of any number of frames.

    Times in frames count from 0; times in seconds need ``fps``; shares run from 0, the first frame, to 1, the
    last. Before its first key and after its last the camera rests. A closed path (``loop``) starts at time 0
    and ends on its first key again, which need not be given twice. Where all keys look at points, the view
    follows the point from key to key, so one and the same point stays in the middle throughout. Keys equal to
    the one before are a rest.

    Raises:
        InputError: keys that do not fit together; the message names the key, counted from 1.
    """

    keys: Sequence[Keyframe]
    num_frames: int | None = None
    """Of the path; default: what the last key's time needs, 81 where times are shares or missing."""
    fps: float | None = None
    loop: bool = False
    interpolation: Interpolation = "smooth"
    """``"linear"``: straight lines, turns at constant speed and zooms at constant factors between keys."""
    tension: float = 0.0
    """Of the keys that state none."""
    timing: Timing = "even"
    """Keys without times: evenly spread, by distance (constant speed; a radian counts as a metre), or
    centripetal (by the square root of distance: slower through tight turns)."""
    constraints: Sequence[Constraint] = ()
    lens: Intrinsics | None = None
    """Of the source's first view; what ``fov``, ``focal_mm`` and places in the picture refer to."""
    name: str = "keyframes"
    own_num_frames: int = field(init=False)
    """``num_frames``, or its default worked out."""
    _track: Track = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.keys:
            raise InputError("a path needs at least one key")
        check_tension(self.tension)
        check_number("fps", self.fps, positive=True)
        check_number("num_frames", self.num_frames)
        if self.num_frames is not None and (
            self.num_frames != int(self.num_frames) or not 1 <= self.num_frames <= MAX_FRAMES
        ):
            raise InputError(
                f"num_frames must be a whole number from 1 to {MAX_FRAMES}, not {self.num_frames!r}"
            )
        for name, known in (("interpolation", ("smooth", "linear")), ("timing", tuple(TIMING_POWER))):
            if getattr(self, name) not in known:
                raise InputError(f"{name} must be {' or '.join(known)}, not {getattr(self, name)!r}")
        track, num_frames = make_track(self)
        object.__setattr__(self, "own_num_frames", int(num_frames))
        object.__setattr__(self, "_track", track)
        for number, rule in enumerate(self.constraints, 1):
            for name, time in (("from", rule.start), ("to", rule.end)):
                # A time in seconds need not fall on a frame; a rule that never acts is a slip of the pen.
                if time is not None and not 0 <= time <= self.duration * (1 + 1e-9) + 1 / (self.fps or 1e9):
                    raise InputError(
                        f"constraint {number}: {name} ({self.unit} {time:g}) is not within the path, "
                        f"{self.unit} 0 to {self.duration:g}"
                    )

    @property
    def unit(self) -> TimeUnit:
        """What times, holds and spans are counted in."""
        return self.keys[0].unit or "share"

    @property
    def duration(self) -> float:
        """From the first frame to the last, in :attr:`unit`."""
        steps = self.own_num_frames - 1
        return {"share": 1.0, "frame": float(steps), "seconds": steps / (self.fps or 1.0)}[self.unit]

    def sample(self, num_frames: int | None = None) -> tuple[Poses, FloatArray | None]:
        """Poses [F] relative to the first source camera, and focal lengths [F] over the source's.

        Args:
            num_frames: F; another number than the path's own spreads the whole path over them.

        Returns:
            The poses; the focal lengths, None where no key states a lens.

        Raises:
            InputError: fewer than one frame, or one that cannot look where it should or keep a constraint.
        """
        count = self.own_num_frames if num_frames is None else num_frames
        if not 1 <= count <= MAX_FRAMES:
            raise InputError(f"a camera path has 1 to {MAX_FRAMES} frames, not {count}")
        shares = np.arange(count) / max(count - 1, 1)
        shot = self._track.shot(shares, shares * self.duration, self.lens)
        for number, constraint in enumerate(self.constraints, 1):
            try:
                shot = constraint.apply(shot)
            except InputError as error:
                raise InputError(f"constraint {number}: {error}") from error
        poses = Poses.from_parts(shot.rotations.as_matrix(), shot.positions)
        states_lens = any(
            value is not None for key in self.keys for value in (key.zoom, key.fov, key.focal_mm)
        )
        return poses, shot.zoom if states_lens else None
