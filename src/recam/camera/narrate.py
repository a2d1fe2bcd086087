"""What a camera path does, in sentences and in numbers, measured from its poses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recam.camera.angles import pan_tilt_roll
from recam.camera.motion import Part
from recam.camera.poses import FloatArray

if TYPE_CHECKING:
    from recam.camera.path import CameraPath

_SEEN_METRES = 4.0  # travel is weighed against turns by how far it moves what is that far away
_FLOOR_DEGREES = 0.01  # a frame; less counts as standing still
_SHARE = 0.25  # of the largest component: what is smaller is not named
_SMOOTH = 5  # frames
SINGLE_VIEW = "a single view"
"""What a path of one frame is."""


@dataclass(frozen=True)
class Step:
    """What happens in a range of frames; ``depth`` 1 and more are parts of what stands before."""

    first: int
    last: int
    words: str
    depth: int = 0

    def __str__(self) -> str:
        frames = f"frame {self.first}" if self.first == self.last else f"frames {self.first}-{self.last}"
        return f"{'  ' * self.depth}{frames}: {self.words}"


@dataclass(frozen=True)
class Totals:
    """How much a path moves in all."""

    travelled_metres: float
    """Length of the way."""
    turned_degrees: float
    """Sum of the turns from frame to frame."""
    distance_metres: float
    """From the first position to the last."""
    turn_degrees: float
    """From the first view direction and roll to the last."""
    zoom: tuple[float, float, float]
    """Focal length over the source's: smallest, largest, last."""

    def __str__(self) -> str:
        words = (
            f"travels {self.travelled_metres:.3f} m (ends {self.distance_metres:.3f} m from its start), "
            f"turns {self.turned_degrees:.2f} degrees (ends {self.turn_degrees:.2f} from its start)"
        )
        low, high, last = self.zoom
        return (
            words
            if low == high
            else f"{words}, focal length times {low:.3g} to {high:.3g}, at last {last:.3g}"
        )


def totals(path: CameraPath) -> Totals:
    """How much ``path`` moves in all."""
    turned = (
        path.poses[1:].relative_to(path.poses[:-1]).rotation_angle_degrees() if len(path.poses) > 1 else []
    )
    ends = path.poses[-1].relative_to(path.poses[0])
    return Totals(
        path.translation_length(),
        float(np.sum(turned)),
        float(np.linalg.norm(ends.translations[0])),
        float(ends.rotation_angle_degrees()[0]),
        (float(path.zooms.min()), float(path.zooms.max()), float(path.zooms[-1])),
    )


def rates(path: CameraPath) -> FloatArray:
    """[F-1,7] from each frame to the next, along the camera's own axes: metres to the right, up and forwards,
    degrees of pan right, tilt up and clockwise roll, and the logarithm of the change of focal length."""
    steps = path.poses[1:].relative_to(path.poses[:-1])
    moved = steps.translations * (1, -1, 1)
    zoomed = np.diff(np.log(path.zooms))[:, None]
    return np.concatenate([moved, pan_tilt_roll(steps.rotations), zoomed], axis=1)


def narrate(path: CameraPath) -> list[Step]:
    """What the camera does from stretch to stretch, told from the poses alone.

    A stretch is where the same components dominate (of at least a quarter of the largest one, travel weighed
    as what it does to the picture of a point 4 m away); amounts are sums along the camera's own axes.
    """
    if path.num_frames == 1:
        return [Step(0, 0, SINGLE_VIEW)]
    measured = rates(path)
    weights = np.array([*([np.degrees(1 / _SEEN_METRES)] * 3), 1, 1, 1, np.degrees(0.35)])
    weighed = _smooth(measured * weights)
    sizes = np.abs(weighed)
    largest = np.maximum(sizes.max(axis=1, keepdims=True), 1e-12)
    named = (sizes >= np.maximum(_SHARE * largest, _FLOOR_DEGREES)) * np.sign(weighed)
    steps = []
    for first, last in _runs(named, max(3, path.num_frames // 20)):
        part = _summed(measured[first:last], np.abs(named[first:last]).mean(axis=0) > 0.5, weights)
        steps.append(Step(0 if first == 0 else first + 1, last, in_words(part)))
    return steps


def _smooth(values: FloatArray) -> FloatArray:
    width = min(_SMOOTH, 2 * ((len(values) - 1) // 2) + 1)
    padded = np.pad(values, ((width // 2, width // 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)
    return np.median(windows, axis=-1)  # keeps the frame at which a move ends, unlike a mean


def _runs(named: FloatArray, shortest: int) -> list[tuple[int, int]]:
    """Ranges of equal rows; a run that is too short joins the longer of its neighbours."""
    cuts = [0, *(np.flatnonzero((named[1:] != named[:-1]).any(axis=1)) + 1).tolist(), len(named)]
    while len(cuts) > 2:
        lengths = np.diff(cuts)
        short = int(np.argmin(lengths))
        if lengths[short] >= shortest:
            break
        before = lengths[short - 1] if short else -1
        after = lengths[short + 1] if short + 1 < len(lengths) else -1
        del cuts[short if before >= after else short + 1]
    return list(pairwise(cuts))


def _summed(measured: FloatArray, chosen: np.ndarray, weights: FloatArray) -> Part:
    sums = measured.sum(axis=0)
    worth = np.abs(sums * weights) >= _FLOOR_DEGREES * 5
    right, up, forward, pan, tilt, roll, zoom = np.where(chosen & worth, sums, 0.0).tolist()
    return Part(
        pan=pan, tilt=tilt, roll=roll, right=right, forward=forward, rise=up, zoom=float(np.exp(zoom))
    )  # fmt: skip


def in_words(part: Part, subject: str = "the subject") -> str:
    """What a part does, as the end of a sentence about the camera."""
    phrases = [
        _signed(part.pan, "turns right", "turns left", "by {:.4g} degrees"),
        _signed(part.tilt, "looks up", "looks down", "by {:.4g} degrees"),
        _signed(part.roll, "rolls clockwise", "rolls counter-clockwise", "by {:.4g} degrees"),
        _signed(part.right, "drives", "drives", "{:.4g} m", ("to the right", "to the left")),
        _signed(part.forward, "drives", "drives", "{:.4g} m", ("forwards", "backwards")),
        _orbit(part, subject),
        _signed(part.rise, "rises", "sinks", "by {:.4g} m"),
        _signed(part.closer, "comes", "goes", "{:.4g} m", ("closer", "farther away")),
        f"flies a lying eight of {abs(part.eight):.4g} m to each side" if part.eight else "",
    ]
    if part.zoom != 1:
        factor = part.zoom if part.zoom > 1 else 1 / part.zoom
        phrases.append(f"zooms {'in' if part.zoom > 1 else 'out'} {factor:.4g} times (the lens; no motion)")
    if part.shake or part.sway:
        unrest = f"{abs(part.shake):.4g} degrees and {100 * abs(part.sway):.3g} cm"
        phrases.append(f"is held by hand (shakes by {unrest}, root mean square)")
    text = " and ".join(phrase for phrase in phrases if phrase)
    if not text:
        return "stays where it is"
    if part.keeps_size:
        return f"{text} while the lens changes so that {subject} keeps its size"
    if part.aims and not part.orbit:
        return f"{text}, keeping {subject} where it is in the picture"
    return text


def _orbit(part: Part, subject: str) -> str:
    if not part.orbit:
        return ""
    side = "right" if part.orbit > 0 else "left"
    chord = " (straight from end to end)" if part.chord else ""
    return f"goes round {subject} to the {side} by {abs(part.orbit):.4g} degrees{chord}"


def _signed(
    value: float, positive: str, negative: str, amount: str, sides: tuple[str, str] | None = None
) -> str:
    if not value:
        return ""
    words = f"{positive if value > 0 else negative} {amount.format(abs(value))}"
    return f"{words} {sides[0] if value > 0 else sides[1]}" if sides else words
