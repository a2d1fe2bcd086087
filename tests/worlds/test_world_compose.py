"""Composed scenes: the same numbers give the same scene, families are even, nothing runs into anything."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from recam.worlds import boxes
from recam.worlds.compose import MOST_PROPS, draw_family, draw_scene
from recam.worlds.places import PLACES
from recam.worlds.scene import Scene

COUNT = 2 * len(PLACES)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [draw_scene(number, 3, 9, 8.0) for number in range(COUNT)]


def test_families_are_equally_frequent_and_in_no_order() -> None:
    drawn = [draw_family(number, 3) for number in range(40 * len(PLACES))]
    assert set(Counter(drawn).values()) == {40}
    assert set(Counter(drawn[: len(PLACES)]).values()) == {1}
    assert drawn[: len(PLACES)] != drawn[len(PLACES) : 2 * len(PLACES)]
    assert drawn != [draw_family(number, 4) for number in range(40 * len(PLACES))]


def test_the_same_numbers_give_the_same_scene(scenes: list[Scene]) -> None:
    again = draw_scene(1, 3, 9, 8.0)
    first = scenes[1]
    assert (again.caption, again.attributes, again.daylight) == (
        first.caption,
        first.attributes,
        first.daylight,
    )
    for one, other in zip(first.things, again.things, strict=True):
        for part, twin in zip(one.parts, other.parts, strict=True):
            np.testing.assert_array_equal(part.poses, twin.poses)
    assert draw_scene(1, 3, 9, 8.0, attempt=1).caption != first.caption
    assert draw_scene(1, 4, 9, 8.0).caption != first.caption


def test_another_attempt_is_another_scene_of_the_same_family() -> None:
    for number in range(4):
        drawn = {draw_scene(number, 3, 5, 8.0, attempt).environment for attempt in range(3)}
        assert drawn == {draw_family(number, 3)}


def test_a_scene_is_what_its_fields_say(scenes: list[Scene]) -> None:
    for number, scene in enumerate(scenes):
        names = [thing.name for thing in scene.things]
        assert len(set(names)) == len(names) < 255  # a mask has so many values
        assert (scene.number, scene.seed, scene.num_frames) == (number, 3, 9)
        main = scene.things[scene.subject]
        assert main.kind == "character"
        assert main.motion
        assert scene.focus == boxes.middle(main.boxes_at(0))
        added = Counter(name.split("-")[0] for name in names if name.split("-")[0] in ("other", "prop"))
        assert added["other"] <= 2
        assert added["prop"] <= MOST_PROPS
        assert scene.place.split()[0] in ("in", "on", "at", "by", "among")
        json.dumps(scene.attributes)
        for thing in scene.things:
            for part in thing.parts:
                assert len(part.poses) in (1, 9)
                assert np.isfinite(part.poses).all()


def test_things_never_meet_on_their_ways(scenes: list[Scene]) -> None:
    """At every moment, told pair by pair and frame by frame, not by the boxes over the whole clip."""
    for scene in scenes:
        for frame in (0, 4, 8):
            things = [
                (_group(thing.name), thing.boxes_at(frame))
                for thing in scene.things
                if thing.kind != "ground"
            ]
            for name, own in things:
                if name is not None:
                    others = [found for other, found in things if other != name]
                    assert not boxes.overlap(own, np.concatenate(others), 0.021), (scene.number, name, frame)


def _group(name: str) -> str | None:
    """What belongs together: an accident is one group; None for the things of the place."""
    first = name.split("-")[0]
    return first if first in ("main", "event") else name if first in ("other", "prop") else None


def test_most_scenes_have_company() -> None:
    def kinds() -> Iterator[str]:
        for number in range(60):
            yield from {thing.name.split("-")[0] for thing in draw_scene(number, 5, 5, 8.0).things}

    counts = Counter(kinds())
    assert counts["main"] == 60
    assert 15 <= counts["other"] <= 45
    assert counts["prop"] >= 45
    assert counts["event"] >= 6
