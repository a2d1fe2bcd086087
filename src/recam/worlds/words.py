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
    "sunrise": "at sunrise",
    "dawn": "at dawn",
    "morning": "in the morning",
    "noon": "at noon",
    "midday": "at midday",
    "afternoon": "in the afternoon",
    "late afternoon": "in the late afternoon",
    "golden hour": "in low golden light",
    "sunset": "at sunset",
    "dusk": "at dusk",
    "evening": "in the evening",
    "night": "at night",
    "overcast": "on an overcast day",
}
_FEMALE = {"woman", "girl", "lady"}
_MALE = {"man", "boy", "guy"}
_IRREGULAR_PLURALS = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "shelf": "shelves",
}
_BASES = {
    "being": "is", "going": "goes", "doing": "does", "having": "has", "flying": "flies", "lying": "lies",
    "tying": "ties", "seeing": "sees",
}  # fmt: skip
_SILENT_E = {
    "balanc", "bounc", "circl", "collid", "danc", "driv", "exercis", "glid", "juggl", "mov", "pac", "rais",
    "ris", "rotat", "shak", "slid", "strid", "stumbl", "topp", "toppl", "tumbl", "wav", "wobbl",
}  # fmt: skip


def caption(scene: Scene, visible: Sequence[int]) -> str:
    """One or two sentences about a scene.

    Args:
        visible: indices of the things in view, the most prominent first; the main character is always named.
    """
    attempt = int(scene.attributes.get("attempt", 0))
    rng = np.random.default_rng([scene.seed, scene.number, attempt, _WORDS])
    order, link, near, second, tense = rng.random(5)
    subject = scene.things[scene.subject]
    others = [scene.things[index] for index in visible if index != scene.subject]
    moving = _grouped([thing for thing in others if thing.motion and thing.kind in ("character", "prop")])[:2]
    still = _grouped([thing for thing in others if not thing.motion and thing.kind in ("character", "prop")])
    him = _pronoun(subject)
    lead = _main_clause(scene, subject, order, tense)
    stand = ""
    if still:
        names = listed([group.words for group in still[:MOST_PROPS]])
        is_one = len(still[:MOST_PROPS]) == 1 and still[0].count == 1
        where = ("nearby", f"beside {him}", "close by", f"around {him}" if not is_one else f"next to {him}")[
            int(near * 4)
        ]
        stand = f"{names} {'stands' if is_one else 'stand'} {where}"
        if not moving and second < 0.6:
            return _sentence(f"{lead}, with {names} {where}")
    if not moving:
        return _sentence(lead) + (f" {_sentence(stand)}" if stand else "")
    first = moving[0]
    doing = f"{first.words} {'are' if first.count > 1 else 'is'} {first.motion}"
    place = ("nearby", f"beside {him}", f"a few steps from {him}")[int(near * 3)]
    if link < 0.6:
        text = _sentence(f"{lead} while {doing} {place}")
    else:
        text = _sentence(lead) + " " + _sentence(f"{place}, {doing}")
    rest = [f"{group.words} {'are' if group.count > 1 else 'is'} {group.motion}" for group in moving[1:]]
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
    count: int


def _grouped(things: list[Thing]) -> list[_Group]:
    counts = Counter((thing.words, thing.motion) for thing in things)
    return [_Group(counted(words, count), motion, count) for (words, motion), count in counts.items()]


def _main_clause(scene: Scene, subject: Thing, order: float, tense: float) -> str:
    verb = (finite(subject.motion) if tense < 0.5 else f"is {subject.motion}") if subject.motion else "stands"
    time = _TIMES.get(scene.daylight.name, "") if not scene.attributes.get("indoor") else ""
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
    if word in _BASES:
        return _BASES[word]
    stem = word[:-3]
    if stem in _SILENT_E:
        return f"{stem}es"
    if re.search(r"([bdgmnprt])\1$", stem):  # running, sitting; but not falling, crossing
        stem = stem[:-1]
    if re.search(r"(s|sh|ch|x|z)$", stem):
        return f"{stem}es"
    return f"{stem[:-1]}ies" if re.search(r"[^aeiou]y$", stem) else f"{stem}s"


def counted(words: str, count: int) -> str:
    """Words with article as a number of such things: "a wooden crate" twice is "two wooden crates"."""
    if count == 1:
        return words
    head, *rest = re.split(
        r"(?= (?:in|with|of|on|made|at|from) )", re.sub(r"^(a|an|the|one) ", "", words), maxsplit=1
    )
    *before, noun = head.split(" ")
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return " ".join([number, *before, plural(noun)]) + "".join(rest)


def plural(noun: str) -> str:
    """The plural of a noun."""
    if noun in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[noun]
    if re.search(r"(s|sh|ch|x|z)$", noun):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
