"""From the text of a camera expression to its words."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from recam.errors import ExpressionError

MAX_LENGTH = 4000
"""Characters: far more than a person types, little enough that no text takes long."""

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z]+[A-Za-z0-9]*(?:[-_]+[A-Za-z0-9]+)*)"
    r"|(?P<sign>[°×%()@=,;+\-])"
)


class Word(NamedTuple):
    """A piece of the text; ``end`` is the index after its last character."""

    kind: Literal["number", "name", "sign", "end"]
    text: str
    position: int

    @property
    def end(self) -> int:
        return self.position + len(self.text)


def split(text: str) -> list[Word]:
    """The words of ``text``, closed by one of kind "end".

    Raises:
        ExpressionError: a character that no expression has, an empty text, or one that is too long.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(text, MAX_LENGTH, f"too long; {MAX_LENGTH} characters are allowed")
    words: list[Word] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(text, position, f"{text[position]!r} has no meaning here")
        kind = found.lastgroup
        if kind == "number" or kind == "name" or kind == "sign":
            words.append(Word(kind, found[0], position))
        position = found.end()
    if not words:
        raise ExpressionError(text, 0, "it is empty; say a move, such as arc-left(30deg)")
    return [*words, Word("end", "", len(text.rstrip()))]
