"""What a camera expression does, in sentences and numbers."""

from __future__ import annotations

from recam.camera.expression.evaluation import Evaluation, evaluate, part_of
from recam.camera.expression.parser import parse
from recam.camera.expression.schedule import Span
from recam.camera.expression.tree import Hold, Move, Node, Repeat, Reverse, Timed, Together, canonical
from recam.camera.expression.tree import Sequence as InTurn
from recam.camera.narrate import SINGLE_VIEW, Step, in_words
from recam.camera.presets import PRESETS, PUBLISHED_LAST_FRACTION


def explain_steps(
    text: str, num_frames: int, fps: float | None, strength: float, subject_distance: float
) -> tuple[Node, list[Step]]:
    """The tree of an expression and what it does; arguments as in ``CameraPath.from_expression``.

    Raises:
        ExpressionError: the text cannot be understood or carried out.
    """
    done = evaluate(text, num_frames, fps, strength, subject_distance)
    return done.tree, explain(done)


def explain(done: Evaluation) -> list[Step]:
    """What an evaluated expression does, part by part in the order of its text."""
    if len(done.poses) == 1:
        return [Step(0, 0, SINGLE_VIEW)]
    steps: list[Step] = []
    if isinstance(done.tree, Move) and done.tree.amount is None and PRESETS[done.tree.name].id:
        steps.append(_step(done.plan, _move(done.tree, done), 0))
        if not done.strength:
            return steps
        note = f"(as published: the last frame is at {100 * PUBLISHED_LAST_FRACTION:.1f} % of it)"
        return [Step(steps[0].first, steps[0].last, f"{steps[0].words} {note}")]
    _add(done.plan, done, 0, steps)
    last = max(step.last for step in steps)
    if last < len(done.poses) - 1:
        steps.append(Step(last + 1, len(done.poses) - 1, "stays where it is then"))
    return steps


def notes(text: str) -> list[str]:
    """What a user of this expression may not expect, a sentence each.

    Raises:
        ExpressionError: the text is no expression.
    """
    found = []
    for move in _moves(parse(text)):
        if move.name in ("dolly-in", "dolly-out") and "zoom" in move.written.lower():
            lens = f"zoom-{move.name.rpartition('-')[2]}"
            found.append(
                f"{move.written!r} is the published name of {move.name}: the camera moves; "
                f"for a zoom of the lens write {lens}"
            )
    return list(dict.fromkeys(found))


def _moves(node: Node) -> list[Move]:
    match node:
        case Move():
            return [node]
        case Timed(body) | Repeat(_, body):
            return _moves(body)
        case Together(members) | InTurn(members):
            return [move for member in members for move in _moves(member)]
    return []


def _step(span: Span, words: str, depth: int) -> Step:
    first, last = span.frames
    return Step(first, max(first, last), words, depth)


def _add(span: Span, done: Evaluation, depth: int, steps: list[Step]) -> None:
    single = _single(span, done)
    if single is not None:
        steps.append(_step(span, single, depth))
        return
    match span.node:
        case InTurn():
            for child in span.children:
                _add(child, done, depth, steps)
        case Together():
            plain = [_single(child, done) for child in span.children]
            if (
                all(words is not None for words in plain)
                and len({child.frames for child in span.children}) == 1
            ):
                words = "; at the same time ".join(words for words in plain if words is not None)
                steps.append(_step(span, words, depth))
                return
            steps.append(_step(span, "at the same time", depth))
            for child in span.children:
                _add(child, done, depth + 1, steps)
        case Repeat(times):
            steps.append(_step(span, f"{times} times, each from where the one before ended", depth))
            for child in span.children:
                _add(child, done, depth + 1, steps)
        case Timed(_, _, easing):
            if easing is None:
                _add(span.children[0], done, depth, steps)
                return
            steps.append(_step(span, f"all of this{_easing(easing)}", depth))
            _add(span.children[0], done, depth + 1, steps)


def _single(span: Span, done: Evaluation) -> str | None:
    """The words for a span that is one move, hold or reverse."""
    match span.node:
        case Move():
            return _move(span.node, done)
        case Hold():
            return "stays where it is"
        case Reverse():
            back = span.pieces[0].back_along
            return f"goes back along {canonical(back.node)}" if back else "goes back"
        case Timed(_, _, easing):
            words = _single(span.children[0], done)
            return None if words is None else words + _easing(easing)
    return None


def _easing(easing: str | None) -> str:
    if easing is None or easing == "linear":
        return ""
    if not easing.startswith("speed"):
        return f", {easing}"
    a = float(easing[6:-1])
    manner = "at constant speed" if a == 0 else "starting fast" if a > 0 else "starting slowly"
    return f", {manner} (speed curve a = {a:g})"


def _move(move: Move, done: Evaluation) -> str:
    part = part_of(move, done.strength)
    said = dict(move.options).get("distance")
    if not part.uses_subject:
        return in_words(part)
    if said is None:
        return in_words(part, f"the subject ({done.subject_distance:g} m ahead of the start)")
    return in_words(part, f"the point that is {said.value:g} {said.unit or 'm'} ahead by then")
