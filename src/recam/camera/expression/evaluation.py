"""From a camera expression to one view a frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from recam.camera.expression.parser import parse
from recam.camera.expression.schedule import Piece, Span, default_frames, schedule
from recam.camera.expression.tree import Hold, Move, Node, Quantity, Reverse
from recam.camera.expression.units import UNITS
from recam.camera.motion import Part, Running, Views, advance, carry
from recam.camera.poses import FloatArray, Poses
from recam.camera.presets import (
    DEFAULT_SUBJECT_DISTANCE,
    PRESETS,
    PUBLISHED_FPS,
    PUBLISHED_FRAMES,
    check_fps,
    preset_motion,
)
from recam.camera.resample import MAX_FRAMES, check_num_frames
from recam.camera.shake import handheld
from recam.errors import ExpressionError, InputError

MAX_ZOOM = 1e3
_SAME = 1e-9  # frames: times closer than that are one


@dataclass(frozen=True)
class Evaluation:
    """What an expression came to."""

    text: str
    tree: Node
    poses: Poses
    """F camera-to-world poses relative to the first frame, OpenCV axes, metres."""
    zoom: FloatArray | None
    """[F] focal length over the source's; None if the lens stays."""
    plan: Span
    """Which frames belong to what."""
    name: str
    """A short name: the moves that it is made of."""
    subject_distance: float
    strength: float


def evaluate(
    text: str,
    num_frames: int | None = None,
    fps: float | None = None,
    strength: float = 1.0,
    subject_distance: float = DEFAULT_SUBJECT_DISTANCE,
    seed: int = 0,
) -> Evaluation:
    """Carry out a camera expression; see ``CameraPath.from_expression``.

    Raises:
        ExpressionError: the text is no expression, or cannot be carried out in these frames.
        InputError: an argument is not usable.
    """
    tree = parse(text)
    if fps is not None:
        check_fps(fps)
    _check(strength, subject_distance, seed)
    if num_frames is None:
        count = default_frames(text, tree, fps, PUBLISHED_FRAMES)
    else:
        count = check_num_frames(num_frames)
    if count > MAX_FRAMES:
        raise ExpressionError(text, tree.position, f"{count} frames; at most {MAX_FRAMES} are possible")
    plan = schedule(text, tree, count, fps)
    track = _Track(text, plan, count, fps or PUBLISHED_FPS, strength, subject_distance, seed)
    if isinstance(tree, Move) and tree.amount is None and not tree.options:
        try:
            poses, zoom = preset_motion(tree.name, count, strength, subject_distance, seed=seed, fps=fps)
        except InputError as error:
            raise ExpressionError(text, tree.position, str(error)) from error
    else:
        poses, zoom = track.path(np.arange(count, dtype=np.float64))
    names = list(dict.fromkeys(piece.node.name for piece in plan.pieces if isinstance(piece.node, Move)))
    name = "+".join(names[:3]) + ("+more" if len(names) > 3 else "")
    return Evaluation(text, tree, poses, zoom, plan, name or "static", subject_distance, strength)


def _check(strength: float, subject_distance: float, seed: int) -> None:
    if not np.isfinite(strength):
        raise InputError(f"strength must be a finite number, not {strength!r}")
    if not np.isfinite(subject_distance) or subject_distance <= 0:
        raise InputError(f"subject_distance must be a positive number of metres, not {subject_distance!r}")
    if seed < 0:
        raise InputError(f"seed must be 0 or more, not {seed}")


def part_of(move: Move, strength: float = 1.0) -> Part:
    """What a move does when it is complete.

    Raises:
        InputError: a number that the move cannot have.
    """
    info = PRESETS[move.name]
    amount = None
    if move.amount is not None:
        if move.amount.unit == "%":
            strength = strength * move.amount.value / 100
        else:
            amount = _value(move.amount)
    options = {name: _value(value) for name, value in move.options if name in info.options}
    return info.part(amount, strength, options)


def _value(quantity: Quantity) -> float:
    return quantity.value * (UNITS[quantity.unit].scale if quantity.unit else 1.0)


@dataclass
class _Leg:
    """A piece that moves the camera, and what it keeps from the view at which it began."""

    piece: Piece
    part: Part
    first: float
    last: float
    axes: FloatArray = field(default_factory=lambda: np.eye(3))
    subject: FloatArray = field(default_factory=lambda: np.zeros(3))
    begun: bool = False

    @property
    def takes_time(self) -> bool:
        return self.last > self.first + _SAME

    def running(self, before: float, progress: FloatArray) -> Running:
        return Running(self.part, self.axes, self.subject, before, progress)


@dataclass(frozen=True)
class _Stretch:
    """A stretch of time in which the same pieces run: the view at its start, and what has begun by then."""

    start: float
    end: float
    view: Views
    runs: tuple[tuple[Piece, Running], ...]

    @property
    def back(self) -> Piece | None:
        """The reverse that runs in it."""
        return next((piece for piece, _ in self.runs if isinstance(piece.node, Reverse)), None)

    def running(self, times: FloatArray) -> list[Running]:
        return [replace(run, progress=piece.progress(times)) for piece, run in self.runs]


class _Track:
    """The views of a plan at any time."""

    def __init__(
        self,
        text: str,
        plan: Span,
        num_frames: int,
        fps: float,
        strength: float,
        subject_distance: float,
        seed: int,
    ) -> None:
        self.text = text
        self.fps = fps
        self.strength = strength
        self.subject = np.array([0.0, 0.0, subject_distance])
        self.shakes: list[tuple[Piece, Part]] = []
        self.stretches: list[_Stretch] = []
        self.cuts = [0.0]
        self.views_at_cuts = [Views.start()]
        legs: list[_Leg] = []
        for piece in plan.pieces:
            part = self._part(piece, seed + len(self.shakes))
            if part.shake or part.sway:
                self.shakes.append((piece, part))
            elif not isinstance(piece.node, Hold):
                legs.append(_Leg(piece, part, piece.first, piece.last))
        self.changes_lens = any(leg.part.zoom != 1 or leg.part.keeps_size for leg in legs)
        times = {
            float(num_frames - 1),
            *(time for piece in plan.pieces for time in (piece.first, piece.last)),
        }
        self._lay(legs, sorted(times))

    def _part(self, piece: Piece, seed: int) -> Part:
        if not isinstance(piece.node, Move):
            return Part()
        try:
            part = part_of(piece.node, self.strength)
        except InputError as error:
            raise ExpressionError(self.text, piece.node.position, str(error)) from error
        if not 1 / MAX_ZOOM <= part.zoom <= MAX_ZOOM:
            reason = f"a zoom of more than a factor of {MAX_ZOOM:g}"
            raise ExpressionError(self.text, piece.node.position, reason)
        said = dict(piece.node.options).get("seed")
        return replace(part, seed=seed if said is None else int(said.value))

    def _lay(self, legs: list[_Leg], times: list[float]) -> None:
        """Cut the time wherever a piece begins or ends, and go from cut to cut."""
        for time in times:
            if time > self.cuts[-1] + _SAME:
                self.cuts.append(time)
        view = Views.start()
        for start, stop in zip(self.cuts, [*self.cuts[1:], None], strict=True):
            instant = [leg for leg in legs if not leg.takes_time and abs(leg.first - start) <= _SAME]
            if instant:
                self._begin(instant, view)
                runs = [leg.running(0.0, np.ones(1)) for leg in instant]
                view = self._advance(view, runs, 1, instant[0].piece)
            if stop is None:
                break
            lasting = [
                leg
                for leg in legs
                if leg.takes_time and leg.first <= start + _SAME and leg.last >= stop - _SAME
            ]
            self._begin(lasting, view)
            runs = [(leg.piece, leg.running(_at(leg.piece, start), np.empty(0))) for leg in lasting]
            stretch = _Stretch(start, stop, view, tuple(runs))
            self.stretches.append(stretch)
            view = self._end_of(stretch)
            self.views_at_cuts.append(view)
            if any(leg.part.orbit or leg.part.closer for leg in lasting):
                turn = carry(stretch.view, stretch.running(np.array([stop])))
                for leg in lasting:
                    leg.axes = turn @ leg.axes

    def _begin(self, legs: list[_Leg], view: Views) -> None:
        for leg in legs:
            if not leg.begun:
                leg.axes, leg.subject = view.rotations[0], self._subject(leg.piece, view)
                leg.begun = True

    def _subject(self, piece: Piece, view: Views) -> FloatArray:
        said = dict(piece.node.options).get("distance") if isinstance(piece.node, Move) else None
        return self.subject if said is None else view.positions[0] + _value(said) * view.rotations[0, :, 2]

    def _end_of(self, stretch: _Stretch) -> Views:
        back = stretch.back
        if back is None or back.back_along is None:
            return self._within(stretch, np.array([stretch.end]))
        # Where what it goes back along began, which is a cut: known, however often this is gone back along.
        return self.views_at_cuts[int(np.argmin(np.abs(np.array(self.cuts) - back.back_along.first)))]

    def _within(self, stretch: _Stretch, times: FloatArray) -> Views:
        if stretch.back is not None:
            return self.views(stretch.back.mirrored(times))
        first = stretch.runs[0][0] if stretch.runs else None
        return self._advance(stretch.view, stretch.running(times), len(times), first)

    def _advance(self, view: Views, running: list[Running], count: int, piece: Piece | None) -> Views:
        position = piece.node.position if piece else 0
        try:
            views = advance(view, running, count)
        except InputError as error:
            raise ExpressionError(self.text, position, str(error)) from error
        if not ((views.zoom <= MAX_ZOOM * 1.001) & (views.zoom >= 0.999 / MAX_ZOOM)).all():
            reason = f"the lens changes by more than a factor of {MAX_ZOOM:g} in all"
            raise ExpressionError(self.text, position, reason)
        return views

    def views(self, times: FloatArray) -> Views:
        """The views at ``times``, shaking left aside."""
        count = len(times)
        positions, rotations, zoom = np.zeros((count, 3)), np.tile(np.eye(3), (count, 1, 1)), np.ones(count)
        # The stretch that began before each time; -1 is the very start.
        numbers = np.searchsorted([stretch.start + _SAME for stretch in self.stretches], times) - 1
        for number in np.unique(numbers[numbers >= 0]).tolist():
            inside = numbers == number
            views = self._within(self.stretches[number], times[inside])
            positions[inside], rotations[inside], zoom[inside] = views.positions, views.rotations, views.zoom
        return Views(positions, rotations, zoom)

    def path(self, times: FloatArray) -> tuple[Poses, FloatArray | None]:
        """Poses and zoom at ``times``, with everything."""
        views = self.views(times)
        poses = Poses.from_parts(views.rotations, views.positions)
        for piece, part in self.shakes:
            seconds = (np.clip(times, piece.first, piece.last) - piece.first) / self.fps
            poses = poses @ handheld(seconds, part.shake, part.sway, part.seed)
        return poses, views.zoom if self.changes_lens else None


def _at(piece: Piece, time: float) -> float:
    return float(piece.progress(np.array([time]))[0])
