"""Drawn environments: what every place of every family must offer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pytest

from recam.worlds.colours import with_article
from recam.worlds.places import PLACES, Place
from recam.worlds.places.kit import Builder, block, cone, gable, post, rod
from recam.worlds.places.materials import STONE
from recam.worlds.rig import draw_rig, free_space
from recam.worlds.rules import PUBLISHED_LENSES
from recam.worlds.scene import Ground, Shape, Thing
from recam.worlds.textures import PATTERNS

FAMILIES = sorted(PLACES)
SEEDS = range(6)
MIDDLE = 0.9  # metres from the ground to the middle of a main character


@lru_cache
def place(family: str, seed: int) -> Place:
    return PLACES[family](np.random.default_rng(seed))


def places(family: str) -> Iterator[Place]:
    return (place(family, seed) for seed in SEEDS)


def shapes(thing: Thing) -> list[Shape]:
    return [shape for part in thing.parts for shape in part.shapes]


def test_there_are_the_families_that_were_asked_for():
    asked = {"room", "corridor", "street", "plaza", "hills", "warehouse", "park", "stage"}
    assert asked <= set(PLACES)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_numbers_draw_the_same_place(family: str):
    again = PLACES[family](np.random.default_rng(3))
    first = place(family, 3)
    assert (again.where, again.centre, again.lamps) == (first.where, first.centre, first.lamps)
    np.testing.assert_array_equal(again.prop_spots, first.prop_spots)
    assert [thing.name for thing in again.things] == [thing.name for thing in first.things]
    for one, other in zip(again.things, first.things, strict=True):
        np.testing.assert_array_equal(one.boxes(), other.boxes())
        assert [shape.material for shape in shapes(one)] == [shape.material for shape in shapes(other)]


@pytest.mark.parametrize("family", FAMILIES)
def test_other_numbers_draw_other_places(family: str):
    drawn = [place(family, seed) for seed in SEEDS]
    assert len({tuple(thing.words for thing in one.things) for one in drawn}) == len(drawn)
    looks = {frozenset(shape.material for thing in one.things for shape in shapes(thing)) for one in drawn}
    assert len(looks) == len(drawn)


@pytest.mark.parametrize("family", FAMILIES)
def test_things_are_still_named_and_finite(family: str):
    for one in places(family):
        names = [thing.name for thing in one.things]
        assert len(set(names)) == len(names) <= 120
        assert one.things[0].kind == "ground"
        assert {thing.kind for thing in one.things} <= {"ground", "structure", "prop"}
        assert all(part.is_still for thing in one.things for part in thing.parts)
        boxes = np.concatenate([thing.boxes() for thing in one.things])
        assert np.isfinite(boxes).all()
        assert np.abs(boxes).max() < 130
        for thing in one.things:
            json.dumps(thing.attributes)
            assert thing.words
            assert thing.words[0] not in "AT"
            for shape in shapes(thing):
                assert shape.material.texture.pattern in PATTERNS
                assert all(extent > 0 for extent in shape.size)


@pytest.mark.parametrize("family", FAMILIES)
def test_words_read_as_a_person_writes_them(family: str):
    for one in places(family):
        preposition, article = one.where.split()[:2]
        assert preposition in ("in", "on")
        for words in [one.where, *(thing.words for thing in one.things)]:
            assert "  " not in words
            assert " a a" not in words
            for article, noun in zip(words.split(), words.split()[1:], strict=False):
                if article in ("a", "an"):
                    assert f"{article} {noun}" == with_article(noun)


@pytest.mark.parametrize("family", FAMILIES)
def test_there_is_room_for_the_main_character_and_for_others(family: str):
    for one in places(family):
        assert one.open_radius >= 1.4
        assert len(one.prop_spots) >= 4
        x, y, radius = one.prop_spots.T
        away = np.hypot(x - one.centre[0], y - one.centre[1])
        assert (away - radius >= 1.2 - 1e-9).all()
        assert (away < 6.5).all()
        apart = np.hypot(x[:, None] - x, y[:, None] - y) - radius[:, None] - radius
        assert apart[~np.eye(len(x), dtype=bool)].min() > 0
        boxes = one.solid_boxes()
        floor = one.ground(boxes[:, :, :2].mean(axis=1))
        low, high = boxes[boxes[:, 0, 2] < floor + 2.0][:, :, :2].transpose(1, 0, 2)
        for at, free in [(one.centre, one.open_radius), *zip(one.prop_spots[:, :2], radius, strict=True)]:
            gaps = np.hypot(*np.maximum(np.maximum(low - at, at - high), 0).T)
            assert gaps.min() >= free - 1e-9


@pytest.mark.parametrize("family", FAMILIES)
def test_ten_cameras_find_room(family: str):
    for seed in SEEDS:
        one = place(family, seed)
        height = float(one.ground(np.array([one.centre]))[0])
        cameras = draw_rig(
            np.random.default_rng(seed),
            9,
            PUBLISHED_LENSES[0],
            free_space(one.solid_boxes(), one.ground),
            subject=(*one.centre, height + MIDDLE),
        )
        assert len(cameras) == 10
        if one.indoor:  # nobody films from outside
            positions = np.concatenate([camera.poses.translations for camera in cameras])
            assert (positions > one.solid_boxes()[:, 0].min(axis=0)).all()
            assert (positions < one.solid_boxes()[:, 1].max(axis=0) - [0, 0, 0.2]).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_ground_is_where_the_terrain_is(family: str):
    for one in places(family):
        base = shapes(one.things[0])[0]
        if one.ground.heights is None:
            assert base.kind == "plane"
            assert one.things[0].boxes()[0, :, 2].tolist() == [0.0, 0.0]
        else:
            assert base.heights is one.ground.heights
            assert base.size == one.ground.half_size


def test_hills_are_hilly_and_things_stand_on_them():
    one = place("hills", 1)
    assert one.ground.heights is not None
    assert np.ptp(one.ground.heights) > 1.5
    rocks = [thing for thing in one.things if thing.name.startswith("rock")]
    assert rocks
    for rock in rocks:
        at = rock.parts[0].poses[0, :3, 3]
        np.testing.assert_allclose(one.ground(at[None, :2]), at[2])


@pytest.mark.parametrize("family", ["corridor", "gym", "room", "stage", "warehouse"])
def test_the_shell_of_a_room_lets_the_main_light_in(family: str):
    for one in places(family):
        assert one.indoor
        assert one.lamps
        closing = ("wall-", "ceiling-", "window-", "hall-", "stage-house-")
        shell = [thing for thing in one.things if thing.name.startswith(closing)]
        assert len(shell) >= 2
        assert not any(thing.casts_shadow for thing in shell)


def test_lamps_are_nearest_first_and_few():
    for family in FAMILIES:
        for one in places(family):
            away = [np.hypot(*np.subtract(lamp.position[:2], one.centre)) for lamp in one.lamps]
            assert away == sorted(away)
            assert len(away) <= 6


def test_a_builder_numbers_names_and_keeps_what_it_put_up_apart():
    builder = Builder("yard", Ground(), centre=(1.0, 0.0), clear=2.0)
    pillar = [post(STONE, 0.5, 3.0)]
    for at in ((5.0, 0.0), (-5.0, 0.0)):
        builder.add("pillar", "structure", "a pillar", pillar, at)
    builder.add("beam", "structure", "a beam", [block(STONE, (9.0, 0.3, 0.3), z=4.0)], (0.0, 0.0))
    assert [thing.name for thing in builder.things] == ["pillar-1", "pillar-2", "beam-1"]
    assert not builder.free(2.0, 0.0, 0.5)  # too near the centre
    assert not builder.free(4.0, 0.2, 0.6)  # touches a pillar
    assert builder.free(0.0, 5.0, 1.0)
    builder.reserve((-9.0, 4.0), (9.0, 6.0))
    assert not builder.free(0.0, 5.0, 1.0)
    drawn = builder.place(np.random.default_rng(0), "in a yard", (-6, -6), (6, 6), indoor=False)
    assert drawn.open_radius == pytest.approx(3.5)  # the beam is overhead


@pytest.mark.parametrize(
    "shape",
    [
        cone(STONE, 1.0, 2.0, (0, 0, 0)),
        cone(STONE, 1.0, 2.0, (0, 0, 0), top=0.4),
        gable(STONE, (4, 3, 1), (0, 0, 0)),
    ],
)
def test_meshes_are_closed_and_face_outwards(shape: Shape):
    assert shape.vertices is not None
    assert shape.faces is not None
    corners = shape.vertices[shape.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    volume = np.einsum("ti,ti->t", corners[:, 0], normals).sum() / 6
    assert volume > 0  # by the divergence theorem, for faces that turn outwards
    np.testing.assert_allclose(normals.sum(axis=0), 0, atol=1e-9)  # closed
    inside = shape.vertices.mean(axis=0)
    assert (np.einsum("ti,ti->t", corners.mean(axis=1) - inside, normals) > 0).all()
    edges = np.sort(np.concatenate([shape.faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_a_rod_reaches_from_end_to_end():
    shape = rod(STONE, 0.1, (1.0, 2.0, 0.5), (-1.0, 2.5, 3.0))
    half = shape.rotation @ np.array([0.0, 0.0, shape.size[1]])
    np.testing.assert_allclose(np.asarray(shape.position) - half, (1.0, 2.0, 0.5), atol=1e-9)
    np.testing.assert_allclose(np.asarray(shape.position) + half, (-1.0, 2.5, 3.0), atol=1e-9)
