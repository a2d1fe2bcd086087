"""Light: sun heights of the hour, lamps after dark, frames neither black nor blown out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from recam.camera import Poses
from recam.worlds.daylight import draw_daylight
from recam.worlds.mujoco import MujocoEngine
from recam.worlds.places import PLACES, Place
from recam.worlds.rig import draw_rig, free_space
from recam.worlds.rules import PUBLISHED_LENSES
from recam.worlds.scene import Daylight, Scene


def street() -> Place:
    return PLACES["street"](np.random.default_rng(1))


def lights(place: Place, count: int = 300) -> list[Daylight]:
    rng = np.random.default_rng(5)
    return [draw_daylight(rng, place) for _ in range(count)]


def elevation(light: Daylight) -> float:
    return float(np.degrees(np.arcsin(-light.direction[2])))


def test_the_same_numbers_give_the_same_light():
    first, second = (draw_daylight(np.random.default_rng(4), street()) for _ in range(2))
    assert first == second
    assert len({light.direction for light in lights(street(), 20)}) == 20


@pytest.mark.parametrize("family", ["street", "room"])
def test_numbers_are_in_their_ranges_and_the_sun_shines_down(family: str):
    for light in lights(PLACES[family](np.random.default_rng(1))):
        assert np.linalg.norm(light.direction) == pytest.approx(1)
        assert 3 <= elevation(light) <= 86
        numbers = [*light.colour, *light.ambient, *light.zenith, *light.horizon, light.strength, light.haze]
        assert 0 <= min(numbers) <= max(numbers) <= 1
        assert light.strength + max(light.ambient) < 1.15  # of a white wall that faces the sun


def test_the_sun_is_high_at_noon_low_and_red_at_dusk_and_the_moon_is_faint():
    found: dict[str, list[Daylight]] = {}
    for light in lights(street()):
        found.setdefault(light.name, []).append(light)
    assert set(found) == {"dawn", "morning", "noon", "afternoon", "dusk", "night", "an overcast day"}
    assert min(map(elevation, found["noon"])) > 50 > 20 > max(map(elevation, found["dusk"]))
    for name in ("dawn", "dusk"):
        assert all(light.colour[0] > 1.2 * light.colour[2] for light in found[name])
    brightest_night = max(light.strength * max(light.colour) + max(light.ambient) for light in found["night"])
    for name in set(found) - {"night"}:
        assert all(light.strength + max(light.ambient) > brightest_night for light in found[name])
    azimuths = [np.arctan2(light.direction[1], light.direction[0]) for light in lights(street())]
    assert np.histogram(azimuths, 4, (-np.pi, np.pi))[0].min() > 40


def test_street_lamps_are_on_after_dark_alone():
    place = street()
    assert place.lamps
    for light in lights(place):
        assert bool(light.lamps) == (light.name in ("dusk", "night"))


def test_rooms_have_lamplight_and_daylight_only_through_windows():
    seen: set[tuple[bool, bool]] = set()
    for seed in range(8):
        place = PLACES["room"](np.random.default_rng(seed))
        has_windows = any(thing.name.startswith("window-") for thing in place.things)
        for light in lights(place, 12):
            by_day = light.name == "daylight from windows"
            seen.add((has_windows, by_day))
            assert bool(light.lamps) != by_day
    assert seen == {(False, False), (True, False), (True, True)}


@pytest.fixture(scope="module")
def engine() -> Iterator[MujocoEngine]:
    engine = MujocoEngine(32, supersample=1)
    yield engine
    engine.close()


@pytest.mark.parametrize("family", sorted(PLACES))
def test_frames_are_neither_black_nor_blown_out(family: str, engine: MujocoEngine):
    place = PLACES[family](np.random.default_rng(2))
    brightness = {light.name: light.strength + sum(light.ambient) for light in lights(place, 100)}
    for name in {min(brightness, key=lambda n: brightness[n]), max(brightness, key=lambda n: brightness[n])}:
        light = next(light for light in lights(place, 100) if light.name == name)
        height = float(place.ground(np.array([place.centre]))[0])
        focus = (*place.centre, height + 0.9)
        cameras = draw_rig(
            np.random.default_rng(1), 1, PUBLISHED_LENSES[0], free_space(place.solid_boxes(), place.ground),
            subject=focus,
        )  # fmt: skip
        scene = Scene(0, 0, family, place.where, place.things, 0, focus, place.ground, light, 1, 8.0)
        paths: list[Poses] = [camera.poses for camera in cameras[:4]]
        frames = engine.render(scene, paths, PUBLISHED_LENSES[0]).frames[:, 0].astype(np.float64)
        assert frames.mean(axis=(1, 2, 3)).min() > 25, name
        assert frames.mean(axis=(1, 2, 3)).max() < 215, name
        assert (frames.min(axis=-1) > 250).mean() < 0.15, name
        assert frames.std(axis=(1, 2, 3)).min() > 3, name
