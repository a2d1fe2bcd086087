"""From the words of a camera expression to its tree.

The grammar (EBNF; case and spaces do not matter, ``zoom-in`` aside, see ``find_preset``):

    expression = sequence , { "with" , item } ;
    sequence   = together , { separator , together } ;
    separator  = "," , [ [ "and" ] , "then" ] | ";" | [ "and" ] , "then" ;
    together   = item , { ( "while" | "and" | "+" ) , item } ;
    item       = ( move | "hold" , [ duration ] | "reverse" | "repeat" , number , group | group ) ,
                 { "@" , easing | ( "over" | "for" ) , duration } ;
    group      = "(" , expression , ")" ;
    move       = name , [ "(" , [ argument , { "," , argument } ] , ")" | quantity ] ;
    argument   = quantity | name , "=" , quantity ;
    quantity   = [ "+" | "-" ] , number , [ unit ] ;
    duration   = quantity in frames (f), seconds (s) or as a share (%) ;
    easing     = name | "speed" , "(" , quantity , ")" ;

A text that is nothing but the name, published name or number of a preset is that preset.
"""

from __future__ import annotations

import difflib
import math
import re

from recam.camera.easing import EASINGS, find_easing
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
    quantity,
)
from recam.camera.expression.units import KINDS, UNITS, Kind
from recam.camera.expression.words import Word, split
from recam.camera.presets import PRESETS, PresetInfo, find_preset, suggest_preset
from recam.errors import ExpressionError, InputError

KEYWORDS = ("then", "while", "and", "with", "over", "for", "hold", "reverse", "repeat")
MAX_DEPTH = 40
MAX_VALUE = 1e6
_KIND_OF: dict[str, Kind] = {"deg": "angle", "m": "length", "x": "factor"}
_PLAIN = re.compile(r"[\w\s-]+(\(\s*with[\s_-]rotation\s*\)\s*)?", re.ASCII | re.IGNORECASE)
_MOST_WORDS = 4  # of a name with spaces: "translate up with rotation"


def parse(text: str) -> Node:
    """The tree of a camera expression.

    Raises:
        ExpressionError: the text is no expression; it says at which character, why, and what may be meant.
    """
    words = split(text)
    try:
        # Looking up a name ignores signs, so what could be an expression must not get there.
        name = find_preset(text).name if _PLAIN.fullmatch(text) else ""
    except InputError:
        name = ""
    if not name:
        return _Parser(text, words).whole()
    return Move(name, position=words[0].position, written=text.strip())


_JOINERS = (",", ";", "then", "while", "and", "+")


class _Parser:
    """Reads words from left to right, one function for each rule of the grammar."""

    def __init__(self, text: str, words: list[Word]) -> None:
        self.text = text
        self.words = words
        self.at = 0
        self.depth = 0

    @property
    def word(self) -> Word:
        return self.words[self.at]

    def fail(self, reason: str, word: Word | None = None) -> ExpressionError:
        return ExpressionError(self.text, (word or self.word).position, reason)

    def found(self) -> str:
        """The current word as an error message names it."""
        return "the end" if self.word.kind == "end" else repr(self.word.text)

    def take(self, *texts: str) -> bool:
        """Step over the current word if it is one of ``texts``."""
        if self.word.kind == "end" or self.word.text.lower() not in texts:
            return False
        self.at += 1
        return True

    def ahead(self, *texts: str) -> bool:
        """Whether the next words are ``texts``, without stepping."""
        return [word.text.lower() for word in self.words[self.at : self.at + len(texts)]] == list(texts)

    def whole(self) -> Node:
        node = self.expression()
        if self.word.kind != "end":
            if self.word.text == ")":
                raise self.fail("this ')' closes nothing")
            raise self.fail(f"expected ',' or 'then' or 'while' before {self.found()}")
        return node

    def expression(self) -> Node:
        position = self.word.position
        node = self.sequence()
        overlays: list[Node] = []
        while self.take("with"):
            overlays.append(self.item())
        if overlays and self.word.text.lower() in _JOINERS:
            raise self.fail(
                "'with ...' lies over all that stands before it, so nothing can follow; put it last, or put "
                "parentheses around what belongs together"
            )
        return Together((node, *overlays), position) if overlays else node

    def sequence(self) -> Node:
        position = self.word.position
        members = [self.together()]
        while self.separator():
            members.append(self.together())
        return members[0] if len(members) == 1 else Sequence(tuple(members), position)

    def separator(self) -> bool:
        if self.take(";"):
            return True
        comma = self.take(",")
        if self.ahead("and", "then"):
            self.at += 1
        return self.take("then") or comma

    def together(self) -> Node:
        position = self.word.position
        members = [self.item()]
        while not self.ahead("and", "then") and self.take("while", "and", "+"):
            members.append(self.item())
        return members[0] if len(members) == 1 else Together(tuple(members), position)

    def item(self) -> Node:
        first = self.word
        over: Quantity | None = None
        if self.take("hold"):
            body: Node = Hold(first.position)
            if self.word.kind == "number":
                over = self.duration()
        elif self.take("reverse"):
            body = Reverse(first.position)
        elif self.take("repeat"):
            body = self.repeat(first)
        elif self.word.text == "(":
            body = self.group()
        else:
            body = self.move()
        return self.suffixes(body, over, first)

    def suffixes(self, body: Node, over: Quantity | None, first: Word) -> Node:
        easing: str | None = None
        while True:
            word = self.word
            if self.take("@"):
                if easing is not None:
                    raise self.fail("a second easing; one is enough", word)
                if isinstance(body, Hold):
                    raise self.fail("hold stays, so it has nothing to ease", word)
                if isinstance(body, Move) and PRESETS[body.name].part().shake:
                    raise self.fail(f"{body.name} has no progress over time, so it takes no easing", word)
                easing = self.easing()
            elif self.take("over", "for"):
                if over is not None:
                    raise self.fail("a second duration; one is enough", word)
                over = self.duration()
            else:
                break
        return body if over is None and easing is None else Timed(body, over, easing, first.position)

    def group(self) -> Node:
        opening = self.word
        self.at += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"more than {MAX_DEPTH} parentheses inside one another", opening)
        node = self.expression()
        self.depth -= 1
        if not self.take(")"):
            if self.word.kind == "end":
                raise self.fail("this '(' is never closed", opening)
            raise self.fail(f"expected ')' or ',' or 'then' or 'while' before {self.found()}")
        return node

    def repeat(self, first: Word) -> Node:
        word = self.word
        times = self.quantity("how many times, as in repeat 3 (pan-left, reverse)")
        if times.unit or times.value != int(times.value) or not 1 <= times.value <= 100:
            raise self.fail("repeat takes a whole number from 1 to 100", word)
        if self.word.text != "(":
            raise self.fail(f"expected '(' after the number of repetitions, not {self.found()}")
        return Repeat(int(times.value), self.group(), first.position)

    def move(self) -> Node:
        first = self.word
        if first.kind == "number" and first.text.isdecimal():
            self.at += 1
            try:
                info = find_preset(first.text)
            except InputError:
                raise self.fail(
                    f"expected a move; {first.text} is no preset's number (1 to 10)", first
                ) from None
        elif first.kind == "name" and first.text.lower() not in KEYWORDS:
            info = self.name()
        else:
            raise self.fail(f"expected a move, such as arc-left(30deg), not {self.found()}")
        written = self.text[first.position : self.words[self.at - 1].end]
        amount: Quantity | None = None
        options: dict[str, Quantity] = {}
        if self.take("("):
            amount = self.arguments(info, written, options)
        elif self.word.kind == "number":
            amount = self.amount(info, written)
        return Move(info.name, amount, tuple(sorted(options.items())), first.position, written)

    def name(self) -> PresetInfo:
        """The longest run of words that is the name of a move."""
        run = []
        for word in self.words[self.at : self.at + _MOST_WORDS]:
            if word.kind != "name" or word.text.lower() in (set(KEYWORDS) - {"with"}):
                break
            run.append(word)
        for count in range(len(run), 0, -1):
            try:
                info = find_preset(" ".join(word.text for word in run[:count]))
            except InputError:
                continue
            self.at += count
            return info
        typed = " ".join(word.text for word in run if word.text.lower() != "with") or self.word.text
        if self.word.text.lower() in (*EASINGS, "speed"):
            raise self.fail(
                f"{self.word.text} is an easing; write it after a move: pan-left @{self.word.text}"
            )
        hint = suggest_preset(typed) or suggest_preset(self.word.text)
        raise self.fail(f"there is no move {typed!r}; {hint}recam camera list shows all")

    def arguments(self, info: PresetInfo, written: str, options: dict[str, Quantity]) -> Quantity | None:
        amount: Quantity | None = None
        while not self.take(")"):
            word = self.word
            if word.kind == "name":
                key, value = self.option(info)
                if key in options:
                    raise self.fail(f"{key} is given twice", word)
                options[key] = value
            elif amount is not None:
                raise self.fail(f"{info.name} takes one amount; further values have names, as in distance=5m")
            else:
                amount = self.amount(info, written)
            if not self.take(",") and self.word.text != ")":
                if self.word.kind == "end":
                    raise self.fail(f"the '(' of {info.name} is never closed")
                raise self.fail(f"expected ',' or ')' in the values of {info.name}, not {self.found()}")
        return amount

    def option(self, info: PresetInfo) -> tuple[str, Quantity]:
        word = self.word
        key = word.text.lower().replace("_", "-")
        known = options_of(info)
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise self.fail(f"{info.name} has no value called {word.text!r}; {hint}{has}")
        self.at += 1
        if not self.take("="):
            raise self.fail(f"expected '=' after {key}, as in {key}={'3' if key == 'seed' else '1m'}")
        start = self.word
        value = self.quantity(f"a number for {key}")
        if key == "seed":
            if value.unit or value.value != int(value.value) or value.value < 0:
                raise self.fail("a seed is a whole number from 0 on, without a unit", start)
            return key, value
        value = self.checked(value, "length", "m", key, start)
        if key == "distance" and value.value <= 0:
            raise self.fail("the distance to the subject must be more than 0", start)
        return key, value

    def amount(self, info: PresetInfo, written: str) -> Quantity:
        start = self.word
        value = self.quantity(f"how far, as in {info.name}({default_amount(info) or '...'}), or a name")
        if not info.unit:
            raise self.fail(f"{info.name} takes no amount", start)
        if value.unit == "%":
            return value
        if value.unit == "x" and info.unit == "m" and "zoom" in written.lower() and "zoom" not in info.name:
            lens = f"zoom-{info.name.rpartition('-')[2]}({quantity(value)})"
            reason = f"{written} is the published name of {info.name}, which takes metres"
            raise self.fail(f"{reason}; the lens zoom is {lens}", start)
        value = self.checked(value, _KIND_OF[info.unit], info.unit, info.name, start)
        if info.unit == "x" and not 1e-3 <= value.value <= 1e3:
            raise self.fail("a zoom factor lies between 0.001 and 1000; 2x is twice the focal length", start)
        return value

    def checked(self, value: Quantity, kind: Kind, unit: str, name: str, start: Word) -> Quantity:
        """``value`` with a unit of that kind; without any it is in ``unit``."""
        if not value.unit:
            return Quantity(value.value, unit, value.position)
        if UNITS[value.unit].kind != kind:
            raise self.fail(f"{name} takes {KINDS[kind]}, not {quantity(value)}", start)
        return value

    def duration(self) -> Quantity:
        start = self.word
        example = "20f (frames), 2s (seconds) or 30% (of the path)"
        value = self.quantity(f"a duration: {example}")
        if not value.unit:
            raise self.fail(f"a duration needs a unit: {example}", start)
        if UNITS[value.unit].kind not in ("frames", "seconds", "percent"):
            raise self.fail(f"a duration is {example}, not {quantity(value)}", start)
        if value.value <= 0:
            raise self.fail("a duration must be more than 0", start)
        if value.unit == "%" and value.value > 100:
            raise self.fail("a share of the path is at most 100%", start)
        return value

    def quantity(self, expected: str) -> Quantity:
        """A number, and its unit if one follows."""
        start = self.word
        sign = -1.0 if self.word.text == "-" else 1.0
        if self.word.text in ("-", "+"):
            self.at += 1
        if self.word.kind != "number":
            raise self.fail(f"expected {expected}, not {self.found()}")
        value = sign * float(self.word.text)
        self.at += 1
        unit, word = "", self.word
        if word.text in UNITS and word.kind != "end":
            unit = UNITS[word.text].written
        elif word.kind == "name" and word.text.lower() in UNITS:
            unit = UNITS[word.text.lower()].written
        elif word.kind == "name" and word.position == self.words[self.at - 1].end:  # written without a space
            near = difflib.get_close_matches(word.text.lower(), UNITS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise self.fail(f"unknown unit {word.text!r}; {hint}units are {_unit_list()}")
        if unit:
            self.at += 1
        if not math.isfinite(value) or abs(value) * (UNITS[unit].scale if unit else 1.0) > MAX_VALUE:
            raise self.fail(f"this number is beyond {MAX_VALUE:g}", start)
        return Quantity(value, unit, start.position)

    def easing(self) -> str:
        word = self.word
        if word.kind != "name":
            raise self.fail(f"expected an easing after '@', such as ease-in-out, not {self.found()}")
        if not self.take("speed"):
            try:
                name = find_easing(word.text).name
            except InputError as error:
                raise self.fail(str(error), word) from None
            self.at += 1
            return name
        if not self.take("("):
            raise self.fail("expected '(' after speed, as in @speed(2)")
        if self.ahead("a", "="):
            self.at += 2
        value = self.quantity("a number, as in @speed(2)")
        if value.unit:
            raise self.fail("the a of a speed curve is a plain number", word)
        if not self.take(")"):
            raise self.fail(f"expected ')' after the number of the speed curve, not {self.found()}")
        return find_easing(f"speed({value.value!r})").name


def options_of(info: PresetInfo) -> tuple[str, ...]:
    """Names of the values that a move takes besides its amount."""
    part = info.part()
    return (
        *info.options,
        *(("distance",) if part.uses_subject else ()),
        *(("seed",) if part.shake else ()),
    )


def default_amount(info: PresetInfo) -> str:
    """How far a preset goes when nothing is said, e.g. ``30deg``; empty where there is no amount."""
    return quantity(Quantity(info.amount, info.unit)) if info.unit else ""


def _unit_list() -> str:
    return ", ".join(dict.fromkeys(unit.written for unit in UNITS.values()))
