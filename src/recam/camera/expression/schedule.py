"""From the tree of a camera expression to which move runs in which frames.

Durations: n frames of a part of a path are n frames of the video that belong to it, so that the frames of all
parts add up to the video's. The first part's include frame 0, the start; every other part continues from the
frame before its first. What has no duration shares the frames that are left equally. A share (%) is one of
the frames of the parentheses, ``while`` or whole text around it.

Time is measured in frames, 0 at the first and F - 1 at the last. An easing bends the time of what it is said
of, so the time of a move is that of the video seen through the easings around it: its clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from recam.camera.easing import find_easing, invert
from recam.camera.expression.tree import (
    Hold,
    Move,
    Node,
    Quantity,
    Repeat,
    Reverse,
    Sequence,
    Timed,
    Together,
    canonical,
)
from recam.camera.poses import FloatArray
from recam.camera.presets import PRESETS
from recam.errors import ExpressionError

MAX_PIECES = 100
"""Moves, holds and reverses of one path, repetitions counted."""
MAX_BENDS = 4
"""Easings of groups inside one another."""


@dataclass(frozen=True)
class Clock:
    """A time that easings bend: each (start, end, easing) maps that stretch onto itself, outermost first."""

    bends: tuple[tuple[float, float, str], ...] = ()

    def read(self, times: FloatArray) -> FloatArray:
        """What the clock shows at ``times`` of the video."""
        for start, end, easing in self.bends:
            inside = np.clip((times - start) / (end - start), 0.0, 1.0)
            times = start + (end - start) * find_easing(easing).curve(inside)
        return times

    def when(self, shown: FloatArray) -> FloatArray:
        """At which times of the video the clock shows ``shown``."""
        for start, end, easing in reversed(self.bends):
            inside = np.clip((shown - start) / (end - start), 0.0, 1.0)
            shown = start + (end - start) * invert(find_easing(easing).curve, inside)
        return shown


@dataclass(frozen=True)
class Piece:
    """A move, a hold or a reverse, from ``start`` to ``end`` on its clock."""

    node: Move | Hold | Reverse
    start: float
    end: float
    clock: Clock
    first: float
    """When it begins, in the video's time."""
    last: float
    """When it ends, in the video's time."""
    back_along: Span | None = None
    """For a reverse: what it goes back along."""

    def progress(self, times: FloatArray) -> FloatArray:
        """How far it is at ``times`` of the video, 0 to 1."""
        return self._along(self.clock.read(times))

    def _along(self, shown: FloatArray) -> FloatArray:
        return np.clip((shown - self.start) / (self.end - self.start), 0.0, 1.0)

    def mirrored(self, times: FloatArray) -> FloatArray:
        """For a reverse: the earlier times of the video whose views it shows at ``times``."""
        assert self.back_along is not None
        source = self.back_along
        return source.clock.when(source.end - self.progress(times) * (source.end - source.start))


@dataclass(frozen=True)
class Span:
    """A part of the expression and the stretch on its clock that belongs to it; what it is made of."""

    node: Node
    start: float
    end: float
    clock: Clock
    first: float
    last: float
    """Its start and end in the video's time."""
    leads: bool
    """Whether frame 0 belongs to it."""
    pieces: tuple[Piece, ...] = ()
    children: tuple[Span, ...] = field(default=())

    @property
    def frames(self) -> tuple[int, int]:
        """Its first and last frame, as far as whole frames can say."""
        first, last = (int(np.floor(time + 1e-6)) for time in (self.first, self.last))
        return (0 if self.leads else first + 1), last

    @property
    def count(self) -> int:
        """How many frames belong to it, on its clock."""
        return round(self.end - self.start) + self.leads


def default_frames(text: str, tree: Node, fps: float | None, otherwise: int) -> int:
    """The frames of a path of which none are asked for.

    Those that are said, if that settles it; else ``otherwise``, or where that leaves no room for what has no
    duration, as many of the form 4n + 1 as give each of those 20.

    Raises:
        ExpressionError: a duration in seconds without ``fps``.
    """
    planner = _Planner(text, fps)
    said = planner.said(tree)
    if said is not None:
        return max(1, _whole(said))
    if planner.needed(tree, 1) <= otherwise:
        return otherwise
    return 4 * int(np.ceil(planner.needed(tree, 20) / 4)) + 1


def schedule(text: str, tree: Node, num_frames: int, fps: float | None) -> Span:
    """Which frames belong to what.

    Raises:
        ExpressionError: more frames are said than there are, too few are left, seconds without ``fps``, a
            reverse after nothing, or too many moves.
    """
    planner = _Planner(text, fps)
    said = planner.said(tree, num_frames)
    if said is not None and _whole(said) > num_frames:
        advice = f"shorten it, or ask for {_whole(said)} frames"
        raise planner.fail(tree, f"this takes {said:g} frames and the path has {num_frames}; {advice}")
    end = num_frames - 1 if said is None else max(1, _whole(said)) - 1
    return planner.plan(tree, Span(tree, 0.0, float(end), Clock(), 0.0, float(end), leads=True), None)


class _Planner:
    def __init__(self, text: str, fps: float | None) -> None:
        self.text = text
        self.fps = fps
        self.count = 0

    def fail(self, node: Node | Quantity, reason: str) -> ExpressionError:
        return ExpressionError(self.text, node.position, reason)

    def duration(self, over: Quantity, whole: float | None) -> float | None:
        """Frames of a duration; None for a share of a whole that is not known yet."""
        if over.unit == "%":
            frames = None if whole is None else over.value / 100 * whole
        elif over.unit == "s":
            if self.fps is None:
                raise self.fail(
                    over, "seconds need the frame rate: give --fps (fps=...), or say frames (20f)"
                )
            frames = over.value * self.fps
        else:
            frames = over.value
        if frames is not None and frames < 1 and (whole is None or whole >= 1):
            raise self.fail(over, f"this is less than one frame ({frames:.3g})")
        return frames

    def said(self, node: Node, whole: float | None = None) -> float | None:
        """How many frames a part asks for; None if it takes what is left."""
        match node:
            case Timed(_, Quantity() as over):
                return self.duration(over, whole)
            case Timed(body):
                return self.said(body, whole)
            case Repeat(times, body):
                one = self.said(body)
                return None if one is None else times * one
            case Sequence(members):
                all_said = [self.said(member) for member in members]
                return None if None in all_said else sum(frames for frames in all_said if frames is not None)
            case Together(members):
                some = [frames for member in members if (frames := self.said(member)) is not None]
                return max(some) if some else None
        return None

    def needed(self, node: Node, each: int) -> float:
        """Frames that a part needs if what has no duration gets ``each``; shares (%) count as having none."""
        match node:
            case Timed(_, Quantity() as over) if over.unit != "%":
                return self.duration(over, None) or 0
            case Timed(body):
                return self.needed(body, each)
            case Repeat(times, body):
                return times * self.needed(body, each)
            case Sequence(members):
                return sum(self.needed(member, each) for member in members)
            case Together(members):
                return max(self.needed(member, each) for member in members)
        return each

    def plan(self, node: Node, place: Span, before: Span | None) -> Span:
        """``node`` in the stretch of ``place``; ``before``: what a reverse would go back along."""
        span = replace(place, node=node)
        match node:
            case Move() | Hold() | Reverse():
                return replace(span, pieces=(self.piece(node, span, before),))
            case Timed(body, _, easing):
                bent = span
                if easing is not None and easing != "linear" and span.end > span.start:
                    bends = (*span.clock.bends, (span.start, span.end, easing))
                    if len(bends) > MAX_BENDS:
                        raise self.fail(node, f"more than {MAX_BENDS} easings inside one another")
                    bent = replace(span, clock=Clock(bends))
                children = [self.plan(body, bent, before)]
            case Together(members):
                children = [self.member(member, span) for member in members]
                self.check_reverses(children)
            case Sequence(members):
                children = self.in_turn(members, span, None)
            case Repeat(times, body):
                if times > MAX_PIECES:
                    raise self.fail(node, f"more than {MAX_PIECES} moves")
                children = self.in_turn((body,) * times, span, before)
        pieces = tuple(piece for child in children for piece in child.pieces)
        return replace(span, pieces=pieces, children=tuple(children))

    def piece(self, node: Move | Hold | Reverse, span: Span, before: Span | None) -> Piece:
        self.count += 1
        if self.count > MAX_PIECES:
            raise self.fail(node, f"more than {MAX_PIECES} moves")
        if isinstance(node, Reverse) and before is None:
            raise self.fail(node, "there is nothing right before it to go back along")
        back_along = before if isinstance(node, Reverse) else None
        return Piece(node, span.start, span.end, span.clock, span.first, span.last, back_along)

    def member(self, member: Node, span: Span) -> Span:
        """One of several at the same time: from their common start, as long as it says or as they last."""
        frames = self.said(member, span.count)
        end = span.end if frames is None else span.start + _whole(frames) - span.leads
        if end > span.end:
            reason = f"this takes {frames:g} frames and its part of the path {span.count}"
            raise self.fail(member, reason)
        last = span.last if end == span.end else float(span.clock.when(np.array(end)))
        return self.plan(member, replace(span, end=end, last=last), None)

    def check_reverses(self, children: list[Span]) -> None:
        """A reverse shows earlier views again, so nothing but shaking can happen at the same time."""
        for child in children:
            back = next((piece for piece in child.pieces if isinstance(piece.node, Reverse)), None)
            others = (piece.node for other in children if other is not child for piece in other.pieces)
            if back is not None and any(_moves_camera(node) for node in others):
                raise self.fail(
                    back.node, "reverse goes back along what was seen; only handheld can go with it"
                )

    def in_turn(self, members: tuple[Node, ...], span: Span, before: Span | None) -> list[Span]:
        lengths = np.cumsum(list(self.lengths(members, span)))
        ends = (
            span.start
            + np.array([_whole(length) for length in lengths.tolist()], dtype=np.float64)
            - span.leads
        )
        times = zip(ends.tolist(), span.clock.when(ends).tolist(), strict=True)
        children: list[Span] = []
        place = span
        for member, (end, last) in zip(members, times, strict=True):
            before = self.plan(member, replace(place, end=end, last=last), before)
            children.append(before)
            place = replace(span, start=end, first=last, leads=False)
        return children

    def lengths(self, members: tuple[Node, ...], span: Span) -> Iterator[float]:
        """Frames of each of several in turn, fractions included."""
        whole = span.count
        said = [self.said(member, whole) for member in members]
        total = sum(frames for frames in said if frames is not None)
        open_ones = [member for member, frames in zip(members, said, strict=True) if frames is None]
        if _whole(total) > whole:
            used = np.cumsum([frames or 0 for frames in said])
            first_beyond = members[int(np.argmax(np.floor(used + 0.5) > whole))]
            reason = f"with {canonical(first_beyond)} the durations add up to more than the {whole} frames"
            raise self.fail(first_beyond, f"{reason} that there are")
        if open_ones and whole - total < len(open_ones):
            raise self.fail(
                open_ones[0],
                f"{whole - total:g} of {whole} frames are left for {len(open_ones)} without a duration; "
                "ask for more frames, or shorten the others",
            )
        for frames in said:
            yield (whole - total) / len(open_ones) if frames is None else frames


def _whole(frames: float) -> int:
    """Halves go up, so that no length of a frame is left without one; a hair less counts as a half."""
    return int(np.floor(frames + 0.5 + 1e-9))


def _moves_camera(node: Node) -> bool:
    return isinstance(node, Reverse) or (isinstance(node, Move) and not PRESETS[node.name].part().shake)
