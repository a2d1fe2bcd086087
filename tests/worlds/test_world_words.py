"""Captions: right words in right forms, and nothing that is not in view."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from recam.worlds.scene import Daylight, Ground, Material, Part, Scene, Shape, Thing, ThingKind
from recam.worlds.words import caption, counted, facts, finite, listed, plural

SUN = Daylight("dusk", (0, 0, -1), (1, 1, 1), 0.5, (0.3, 0.3, 0.3), (0, 0, 1), (1, 1, 1))


def _thing(words: str, motion: str = "", kind: ThingKind = "prop", height: float = 1.0) -> Thing:
    box = Shape("box", (0.2, 0.2, height / 2), Material())
    return Thing(words.replace(" ", "-"), kind, words, (Part((box,), np.eye(4)[None]),), motion)


def _scene(number: int, *others: Thing, subject: Thing | None = None, indoor: bool = False) -> Scene:
    main = subject or _thing("a woman in a green coat", "walking in a circle", "character")
    return Scene(
        number, 0, "street", "in a brick-lined street", (main, *others), 0, (0, 0, 1), Ground(), SUN, 5, 8.0,
        attributes={"indoor": indoor, "attempt": 0},
    )  # fmt: skip


CRATES = _thing("a tower of wooden crates", "falling over")
MAN = _thing("a man in a red hat", "waving and jumping", "character")
LAMP = _thing("a floor lamp with a white shade")
RUG = _thing("a striped rug", height=0.02)
HOUSE = _thing("a brick house", kind="structure")


@pytest.mark.parametrize(
    ("motion", "said"),
    [
        ("walking in a circle", "walks in a circle"),
        ("running", "runs"),
        ("waving and jumping up and down", "waves and jumps up and down"),
        ("taking a bow", "takes a bow"),
        ("tumbling", "tumbles"),
        ("balancing on one leg", "balances on one leg"),
        ("rotating", "rotates"),
        ("falling over", "falls over"),
        ("tossing a ball", "tosses a ball"),
        ("stretching", "stretches"),
        ("boxing", "boxes"),
        ("flying", "flies"),
        ("doing squats", "does squats"),
        ("colliding", "collides"),
        ("floating", "floats"),
        ("conducting", "conducts"),
        ("sneaking", "sneaks"),
        ("grazing", "grazes"),
        ("lying on the floor", "lies on the floor"),
        ("standing and wagging its tail", "stands and wags its tail"),
    ],
)
def test_verbs(motion: str, said: str) -> None:
    assert finite(motion) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("a wooden crate", "three wooden crates"),
        ("an oak bench", "three oak benches"),
        ("a bookshelf", "three bookshelves"),
        ("a woman in a pink dress and an orange cap", "three women in pink dresses and orange caps"),
        ("a stack of cardboard boxes", "three stacks of cardboard boxes"),
        ("a sculpture on a pedestal", "three sculptures on pedestals"),
        ("a berry", "three berries"),
    ],
)
def test_plurals(words: str, said: str) -> None:
    assert counted(words, 3) == said
    assert counted(words, 1) == words


def test_lists() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert plural("snowman") == "snowmen"


def test_a_caption_says_who_does_what_where_and_when() -> None:
    for number in range(40):
        text = caption(_scene(number), [0])
        assert re.search(r"woman in a green coat (is walking|walks|walking) in a circle", text), text
        assert "in a brick-lined street" in text.lower()
        assert "at dusk" in text.lower()
        assert re.fullmatch(r"[A-Z][^.]*\.", text), text


def test_captions_name_what_is_in_view_and_nothing_else() -> None:
    scenes = [_scene(number, CRATES, MAN, LAMP, RUG, HOUSE) for number in range(60)]
    for scene in scenes:
        everything, crates, lamp = (caption(scene, seen) for seen in ([0, 1, 2, 3, 4, 5], [0, 1], [3, 0]))
        assert "a tower of wooden crates" in everything.lower()
        assert "a man in a red hat" in everything.lower()
        assert re.search("tower of wooden crates (is|are) falling over", crates.lower())
        assert "lamp" not in crates
        assert "man in" not in crates.replace("woman in", "")
        assert "floor lamp with a white shade" in lamp.lower()
        assert "rug" not in everything  # what lies does not stand beside anyone
    told = [caption(scene, [0, 1, 2, 3]) for scene in scenes]
    assert len({re.sub("[a-z]+ (lamp|hat)", "", text) for text in told}) > 12  # many kinds of sentence
    assert 5 < sum("lamp" in text for text in told) < 60


def test_sentences_are_well_formed() -> None:
    for number in range(80):
        for seen in ([0], [0, 1], [0, 3], [0, 1, 2], [0, 1, 2, 3], [0, 3, 4, 5]):
            text = caption(
                _scene(number, CRATES, MAN, LAMP, _thing("an old chair"), _thing("an old chair")), seen
            )
            assert re.fullmatch(r"([A-Z][^.]+\.)( [A-Z][^.]+\.)*", text), text
            assert not re.search(r"  | ,|,,|\ba [aeio]|\ban [^aeiou]|\bis are\b|\b(\w+) \1\b", text), text
        chairs = caption(
            _scene(number, CRATES, MAN, LAMP, _thing("an old chair"), _thing("an old chair")), [0, 4, 5]
        )
        assert "two old chairs" in chairs.lower()
        assert not re.search("chairs stands", chairs)


def test_words_that_name_several_things() -> None:
    blocks, barrels = _thing("toy blocks and balls", "dropping into a heap"), _thing("yellow barrels")
    assert counted("yellow barrels", 2) == "yellow barrels"
    texts = [caption(_scene(number, blocks, barrels), [0, 1, 2]).lower() for number in range(30)]
    assert all("balls are dropping" in text for text in texts)
    assert any("yellow barrels stand" in text for text in texts)
    assert not any("barrels stands" in text for text in texts)


def test_pronouns() -> None:
    man, robot = (
        _thing(words, "dancing", "character") for words in ("a man in a blue suit", "a white robot")
    )
    texts = {
        who: " ".join(caption(_scene(number, LAMP, subject=thing), [0, 1]) for number in range(40))
        for who, thing in (("him", man), ("it", robot))
    }
    assert re.search(r"\bhim\b", texts["him"])
    assert not re.search(r"\b(her|it)\b", texts["him"])
    assert re.search(r"\bit\b", texts["it"])
    assert not re.search(r"\b(her|him)\b", texts["it"])


def test_light_of_rooms_is_seldom_worth_a_word() -> None:
    said = sum("at dusk" in caption(_scene(number, indoor=True), [0]).lower() for number in range(200))
    assert 40 < said < 120


def test_one_scene_has_one_caption() -> None:
    scene = _scene(7, CRATES, MAN)
    assert caption(scene, [0, 1, 2]) == caption(scene, [0, 1, 2])
    assert len({caption(_scene(number, CRATES, MAN), [0, 1, 2]) for number in range(30)}) > 5


def test_facts_are_plain_json() -> None:
    scene = _scene(3, CRATES, HOUSE)
    known = json.loads(json.dumps(facts(scene, [0, 2])))
    assert (known["environment"], known["time_of_day"], known["number"]) == ("street", "dusk", 3)
    assert [thing["visible"] for thing in known["things"]] == [True, False, True]
    assert known["things"][1]["motion"] == "falling over"
