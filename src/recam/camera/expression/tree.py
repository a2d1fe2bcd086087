"""What a camera expression says, as a tree, and the tree as text again.

Every node knows where it begins in the text (``position``); that does not count when nodes are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Quantity:
    """A number with its unit as written in :data:`recam.camera.expression.units.UNITS`, or without one."""

    value: float
    unit: str = ""
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Move:
    """One preset: its name, how far it goes, and what else is said about it."""

    name: str
    amount: Quantity | None = None
    options: tuple[tuple[str, Quantity], ...] = ()
    position: int = field(default=0, compare=False)
    written: str = field(default="", compare=False)
    """The name as the user wrote it."""


@dataclass(frozen=True)
class Hold:
    """Stay where the camera is."""

    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Reverse:
    """Go back along what came just before it in the same sequence."""

    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Repeat:
    """Do ``body`` several times, each from where the one before ended."""

    times: int
    body: Node
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Timed:
    """``body`` with a duration, an easing, or both."""

    body: Node
    over: Quantity | None = None
    easing: str | None = None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Together:
    """Several things at the same time."""

    members: tuple[Node, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Sequence:
    """Several things one after another."""

    members: tuple[Node, ...]
    position: int = field(default=0, compare=False)


Node: TypeAlias = Move | Hold | Reverse | Repeat | Timed | Together | Sequence

Level = Literal[0, 1, 2, 3]
"""Where a node stands: 0 whole text or parentheses, 1 in a sequence, 2 in a ``while``, 3 before a suffix."""


def canonical(node: Node) -> str:
    """The node as text: one spelling for each meaning; parsing it gives an equal node."""
    return _text(node, 0)


def number(value: float) -> str:
    """The shortest text that is read as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def quantity(item: Quantity) -> str:
    """A quantity as text, e.g. ``30deg``."""
    return f"{number(item.value)}{item.unit}"


def _text(node: Node, level: Level) -> str:
    match node:
        case Move(name, amount, options):
            said = ([] if amount is None else [quantity(amount)]) + [
                f"{key}={quantity(q)}" for key, q in options
            ]
            return f"{name}({', '.join(said)})" if said else name
        case Hold():
            return "hold"
        case Reverse():
            return "reverse"
        case Repeat(times, body):
            return f"repeat {times} ({_text(body, 0)})"
        case Timed(body, over, easing):
            if level == 3:
                return f"({_text(node, 0)})"
            if isinstance(body, Hold) and over and not easing:
                return f"hold {quantity(over)}"
            suffix = (f" @{easing}" if easing else "") + (f" over {quantity(over)}" if over else "")
            return _text(body, 3) + suffix
        case Together(members):
            text = " while ".join(_text(member, 2) for member in members)
            return text if level < 2 else f"({text})"
        case Sequence(members):
            text = ", ".join(_text(member, 1) for member in members)
            return text if level < 1 else f"({text})"
