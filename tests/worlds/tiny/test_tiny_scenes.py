"""Scenes from a seed: the same numbers, the same scene; words that match what is there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recam.worlds.tiny.scene import ENVIRONMENTS, MAX_OBJECTS, MOTIONS, SHAPES, Scene, Thing, draw_scene

SCENES = [draw_scene(number, seed=3) for number in range(2000)]


def _thing(**changes: object) -> Thing:
    known = {
        "shape": "box", "colour": "green", "rgb": (0, 1, 0), "accent": (1, 1, 1), "half_width": 0.5,
        "half_height": 0.5, "position": (1.0, 2.0), "heading": 0.0, "motion": "still", "travel": 0.6,
        "period": 2.0, "phase": 0.0,
    }  # fmt: skip
    return Thing(**{**known, **changes})  # type: ignore[arg-type]


def test_number_and_seed_fix_a_scene() -> None:
    assert draw_scene(5, seed=3) == SCENES[5]
    assert draw_scene(5, seed=4) != SCENES[5]
    assert len({json.dumps(scene.attributes()) for scene in SCENES}) == len(SCENES)


def test_a_scene_never_changes_between_versions() -> None:
    """Worlds are named by their seeds: a change here makes every published figure about a world untrue."""
    scene = draw_scene(0, seed=0)
    assert scene.caption == "a grey figure sliding, a teal sphere and a tall pink cylinder in a walled room"
    assert scene.half_size == pytest.approx(7.410533662265712, abs=1e-9)


def test_captions_fit_what_the_model_reads() -> None:
    longest = max((scene.caption for scene in SCENES), key=len)
    assert len(longest.encode()) <= 95, longest  # 96 bytes with the tokenizer's end mark


def test_captions_say_what_is_there() -> None:
    for scene in SCENES:
        subject = scene.things[0]
        assert scene.caption.startswith(("a ", "an "))
        assert scene.caption.endswith(f" {scene.environment}")
        first = scene.caption.split(",")[0].split(" and ")[0].split(" in ")[0]
        assert f"{subject.colour} {subject.shape}" in first
        assert (subject.motion in first) == (subject.motion != "still")
        for thing in scene.things[1:3]:
            assert thing.words in scene.caption


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "a green box"),
        ({"half_height": 1.0}, "a tall green box"),
        ({"half_height": 0.35}, "a low green box"),
        ({"colour": "orange", "shape": "sphere"}, "an orange sphere"),
        ({"colour": "orange", "shape": "cylinder", "half_height": 1.0}, "a tall orange cylinder"),
        ({"shape": "figure", "half_height": 1.0}, "a green figure"),  # all figures are tall
    ],
)
def test_words(changes: dict[str, object], words: str) -> None:
    assert _thing(**changes).words == words


def test_every_kind_of_everything_appears() -> None:
    assert {scene.environment for scene in SCENES} == set(ENVIRONMENTS)
    assert {thing.shape for scene in SCENES for thing in scene.things} == set(SHAPES)
    assert {thing.motion for scene in SCENES for thing in scene.things} == set(MOTIONS)
    counts = {len(scene.things) for scene in SCENES}
    assert counts == set(range(3, MAX_OBJECTS + 1))
    moving = np.mean([scene.things[0].motion != "still" for scene in SCENES])
    assert 0.85 < moving < 0.95


def _round(thing: Thing) -> np.ndarray:
    """Where its centre is over a whole period, [50, 3]."""
    return np.stack([thing.pose_at(seconds)[0] for seconds in np.linspace(0, thing.period, 50)])


def test_things_never_meet_nor_leave_the_floor() -> None:
    for scene in SCENES[:200]:
        rounds = [_round(thing) for thing in scene.things]
        for index, (thing, places) in enumerate(zip(scene.things, rounds, strict=True)):
            assert (places[:, 2] >= thing.half_height - 1e-9).all()
            assert (abs(places[:, :2]).max() + thing.half_width) < scene.half_size
            for other, others in zip(scene.things[:index], rounds[:index], strict=True):
                apart = np.linalg.norm(places[:, None, :2] - others[None, :, :2], axis=-1).min()
                assert apart > thing.half_width + other.half_width


@pytest.mark.parametrize("motion", MOTIONS)
def test_each_motion_is_what_its_name_says(motion: str) -> None:
    thing = _thing(motion=motion)
    quarter, heading = thing.pose_at(0.5)  # a quarter of its period of 2 s
    rest = [1.0, 2.0, 0.5]
    moved = {
        "still": rest,
        "turning": rest,
        "sliding": [1.6, 2.0, 0.5],
        "circling": [1.0, 2.6, 0.5],
        "bouncing": [1.0, 2.0, 1.1],
    }
    np.testing.assert_allclose(quarter, moved[motion], atol=1e-12)
    assert heading == pytest.approx(np.pi / 2 if motion in ("turning", "circling") else 0.0)
    whole, _ = thing.pose_at(2.0)
    np.testing.assert_allclose(whole, thing.pose_at(0.0)[0], atol=1e-12)


def test_the_light_comes_from_above() -> None:
    lights = np.array([scene.light_direction for scene in SCENES])
    np.testing.assert_allclose(np.linalg.norm(lights, axis=1), 1.0)
    assert (lights[:, 2] < -np.sin(np.radians(34.9))).all()


def test_attributes_are_plain_json() -> None:
    scene: Scene = SCENES[0]
    read = json.loads(json.dumps(scene.attributes()))
    assert read["caption"] == scene.caption
    assert len(read["things"]) == len(scene.things)
    assert read["things"][0]["position"] == [0.0, 0.0]
