"""Captions as a person would write them: who does what, where and when, what happens and stands beside.

Only what is in view is named. Which of several sentences is written follows from the scene's own numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recam.worlds.scene import Scene, Thing

MOST_PROPS = 3
"""Still things that a caption names at most."""
_WORDS = 31  # stream of random numbers, beside those of compose.py and shots.py; never renumber
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TIMES = {
    **dict.fromkeys(("dawn", "sunrise", "noon", "midday", "sunset", "dusk", "night"), "at"),
    **dict.fromkeys(("morning", "late morning", "afternoon", "late afternoon", "evening"), "in the"),
    **dict.fromkeys(("an overcast day", "a foggy day", "a rainy day"), "on"),
    "warm lamplight": "in",
    "cool lamplight": "under",
    "daylight from windows": "in",
}
"""What stands before the name of a time of day or a light."""
_INDOOR_LIGHT_SHARE = 0.4  # of the captions of rooms, for which the light is seldom worth a word
_FLAT = 0.15  # metres of height under which a thing lies rather than stands, and is not worth a word
_FEMALE, _MALE = {"woman", "girl"}, {"man", "boy"}
_PLURALS = (("man", "men"), ("child", "children"), ("shelf", "shelves"), ("leaf", "leaves"))
_VERBS = {"being": "is", "going": "goes", "doing": "does", "having": "has"}
# Stems whose verb ends in e: after c, v or z, after a consonant and l, and (as their last consonant would
# else have been doubled) those of one vowel and one consonant, such as "tak".
_SILENT_E = re.compile(
    r".*([cv]|[^z]z|[bcdfgkptz]l|is|us|ollid|otat|illat|itat)|(qu|[^aeiou])*[aeiou][^aeiouwxy]", re.ASCII
)


def caption(scene: Scene, visible: Sequence[int]) -> str:
    """One or two sentences about a scene.

    Args:
        visible: indices of the things in view, the most prominent first; the main character is always named.
    """
    attempt = int(scene.attributes.get("attempt", 0))
    rng = np.random.default_rng([scene.seed, scene.number, attempt, _WORDS])
    order, link, near, second, tense, light, beside = rng.random(7)
    subject = scene.things[scene.subject]
    others = [scene.things[index] for index in visible if index != scene.subject]
    moving = _grouped([thing for thing in others if thing.motion and thing.kind in ("character", "prop")])[:2]
    still = _grouped(
        [thing for thing in others if not thing.motion and thing.kind == "prop" and not _lies(thing)]
    )
    him = _pronoun(subject)
    time = _time(scene, light)
    lead = _main_clause(scene, subject, time, order, tense)
    stand, place = "", ("nearby", f"beside {him}", f"a few steps from {him}")[int(near * 3)]
    if still:
        names = listed([group.words for group in still[:MOST_PROPS]])
        is_one = len(still[:MOST_PROPS]) == 1 and not still[0].is_many
        ways = ["nearby", f"beside {him}", "close by", f"next to {him}" if is_one else f"around {him}"]
        if moving and place in ways:  # which is said of what moves
            ways.remove(place)
        where = ways[int(beside * len(ways))]
        stand = f"{names} {'stands' if is_one else 'stand'} {where}"
        if not moving and second < 0.6:
            return _sentence(f"{lead}, with {names} {where}")
    if not moving:
        return _sentence(lead) + (f" {_sentence(stand)}" if stand else "")
    first = moving[0]
    doing = f"{first.words} {'are' if first.is_many else 'is'} {first.motion}"
    if link < 0.6:
        text = _sentence(f"{lead} while {doing} {place}")
    else:
        text = _sentence(lead) + " " + _sentence(f"{place}, {doing}")
    rest = [f"{group.words} {'are' if group.is_many else 'is'} {group.motion}" for group in moving[1:]]
    if stand and (not rest or second < 0.5):
        rest.append(stand)
    return text + (" " + _sentence(listed(rest)) if rest else "")


def facts(scene: Scene, visible: Sequence[int]) -> dict[str, Any]:
    """The scene as plain JSON values: environment, place, time of day and every thing with its words."""
    seen = set(visible)
    return {
        "number": scene.number,
        "seed": scene.seed,
        "environment": scene.environment,
        "place": scene.place,
        "time_of_day": scene.daylight.name,
        "subject": scene.things[scene.subject].name,
        "focus": list(scene.focus),
        "things": [
            {
                "name": thing.name,
                "kind": thing.kind,
                "words": thing.words,
                "motion": thing.motion,
                "visible": index in seen,
                **({"attributes": thing.attributes} if thing.attributes else {}),
            }
            for index, thing in enumerate(scene.things)
        ],
    }


@dataclass(frozen=True)
class _Group:
    """Things of the same words that do the same."""

    words: str
    motion: str
    is_many: bool


def _grouped(things: list[Thing]) -> list[_Group]:
    counts = Counter((thing.words, thing.motion) for thing in things)
    return [
        _Group(counted(words, count), motion, count > 1 or is_plural(words))
        for (words, motion), count in counts.items()
    ]


def _time(scene: Scene, light: float) -> str:
    """When it is, or in what light: "at dusk"; "" where that is not worth a word."""
    name = scene.daylight.name
    if name not in _TIMES or (scene.attributes.get("indoor") and light >= _INDOOR_LIGHT_SHARE):
        return ""
    return f"{_TIMES[name]} {name}"


def _lies(thing: Thing) -> bool:
    boxes = thing.boxes_at(0)
    return bool(boxes[:, 1, 2].max() - boxes[:, 0, 2].min() < _FLAT)


def _main_clause(scene: Scene, subject: Thing, time: str, order: float, tense: float) -> str:
    verb = (finite(subject.motion) if tense < 0.5 else f"is {subject.motion}") if subject.motion else "stands"
    after = f"{scene.place} {time}".strip()
    if order < 0.5:
        return f"{subject.words} {verb} {after}"
    if order < 0.8:
        return f"{after}, {subject.words} {verb}"
    if time:
        return f"{time}, {subject.words} {verb} {scene.place}"
    return f"{subject.words} {subject.motion or 'standing'} {after}"


def _pronoun(thing: Thing) -> str:
    words = set(re.findall("[a-z]+", thing.words.split(" in ")[0].lower()))
    return "her" if words & _FEMALE else "him" if words & _MALE else "it"


def finite(motion: str) -> str:
    """A motion as a verb in the present: "walking in a circle" is "walks in a circle".

    Verbs after "and" are changed as well: "jumping and waving" is "jumps and waves".
    """
    words = motion.split(" ")
    verbs = [0] + [i + 1 for i, word in enumerate(words) if word == "and" and i + 1 < len(words)]
    return " ".join(_third_person(word) if i in verbs else word for i, word in enumerate(words))


def _third_person(word: str) -> str:
    if not re.fullmatch(r"[a-z]{2,}ing", word):
        return word
    if word in _VERBS:
        return _VERBS[word]
    stem = word[:-3]
    if re.search(r"([bdgmnprt])\1$", stem):  # running, sitting; but not falling, crossing
        return f"{stem[:-1]}s"
    if _SILENT_E.fullmatch(stem):
        return f"{stem}es"
    if re.search(r"(s|sh|ch|x|z)$", stem):
        return f"{stem}es"
    return f"{stem[:-1]}ies" if re.search(r"[^aeiou]y$", stem) else f"{stem}s"


def is_plural(words: str) -> bool:
    """Whether words with their article name several things: "yellow barrels", "four balls"."""
    return re.match(r"(a|an|one|the) ", words) is None


def counted(words: str, count: int) -> str:
    """Words as a number of such things: "a lamp with a red shade" is "two lamps with red shades"."""
    if count == 1 or is_plural(words):
        return words
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    pieces = re.split(r" (in|with|on|and|of|made of|from) ", re.sub(r"^(a|an|one) ", "", words))
    pieces[0] = f"{number} {_plural_words(pieces[0])}"
    for index in range(2, len(pieces), 2):
        if re.match(r"(a|an) ", pieces[index]):
            pieces[index] = _plural_words(pieces[index].split(" ", 1)[1])
    return " ".join(pieces)


def _plural_words(words: str) -> str:
    *before, noun = words.split(" ")
    return " ".join([*before, plural(noun)])


def plural(noun: str) -> str:
    """The plural of a noun."""
    for one, many in _PLURALS:
        if noun.endswith(one):
            return noun.removesuffix(one) + many
    if re.search(r"(s|sh|ch|x|z)$", noun):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
