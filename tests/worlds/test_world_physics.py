"""Events: they move, stay on their spot, sink into nothing, lose energy and come out the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recam.errors import InputError
from recam.worlds.physics import EVENTS, PHYSICS, draw_physics
from recam.worlds.physics_setup import STEP, Body, Setup, at, model_xml, simulate
from recam.worlds.scene import Ground, Material, Shape, Thing

LOOK = Material.plain((0.5, 0.5, 0.5))


def _draw(kind: str | None, seed: int = 0, ground: Ground | None = None, radius: float = 1.1) -> list[Thing]:
    return draw_physics(
        np.random.default_rng(seed),
        names_prefix="event",
        spot=(2.0, 1.0, radius),
        ground=ground or Ground(),
        num_frames=17,
        fps=8.0,
        kind=kind,
    )


@pytest.mark.parametrize("kind", PHYSICS)
def test_events_move_on_their_spot_and_above_the_floor(kind: str) -> None:
    things = _draw(kind, 3)
    boxes = np.concatenate([thing.boxes() for thing in things])
    assert boxes[:, 0, 2].min() > -0.0125
    middles = np.concatenate([p.frame_boxes.mean(axis=2).reshape(-1, 3) for t in things for p in t.parts])
    assert np.linalg.norm(middles[:, :2] - [2, 1], axis=1).max() < 1.15
    moved = [np.abs(p.poses - p.poses[0]).max() for t in things for p in t.parts if not p.is_still]
    assert max(moved) > 0.2
    assert len({thing.name for thing in things}) == len(things)
    for thing in things:
        still = all(part.is_still for part in thing.parts)
        assert still == (thing.motion == "")
        for part in thing.parts:
            turns = part.poses[:, :3, :3]
            np.testing.assert_allclose(
                turns @ np.swapaxes(turns, 1, 2), np.broadcast_to(np.eye(3), turns.shape), atol=1e-6
            )
            assert len(part.poses) in (1, 17)


def test_there_are_at_least_six_kinds() -> None:
    assert len(PHYSICS) >= 6


@pytest.mark.parametrize("kind", ["falling tower", "Newton's cradle"])
def test_the_same_numbers_simulate_the_same(kind: str) -> None:
    first, again, other = _draw(kind, 5), _draw(kind, 5), _draw(kind, 6)
    for thing, same in zip(first, again, strict=True):
        assert thing.words == same.words
        for part, twin in zip(thing.parts, same.parts, strict=True):
            np.testing.assert_array_equal(part.poses, twin.poses)
    assert not np.array_equal(first[-1].parts[-1].poses, other[-1].parts[-1].poses)


def test_nearly_all_draws_stay_on_their_spot() -> None:
    inside = 0
    for seed in range(40):
        things = _draw(None, seed, radius=0.8)
        boxes = np.concatenate([thing.boxes() for thing in things])
        far = np.linalg.norm((boxes.mean(axis=1) - [2, 1, 0])[:, :2], axis=1).max()
        inside += bool(far < 0.85 and boxes[:, 0, 2].min() > -0.0125)
    assert inside >= 38


def test_uneven_ground_gets_a_platform_under_everything() -> None:
    x, y = np.meshgrid(np.linspace(-10, 10, 81), np.linspace(-10, 10, 81))
    ground = Ground(0.4 * np.sin(x) + 0.1 * y, (10.0, 10.0))
    things = _draw("dominoes", 1, ground)
    platform = things[-1]
    assert platform.name == "event-platform"
    top = platform.boxes()[0, 1, 2]
    angles = np.linspace(0, 2 * np.pi, 60)
    around = np.array([2.0, 1.0]) + 1.1 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert top > ground(around).max()
    assert platform.boxes()[0, 0, 2] < ground(around).min()
    lowest = min(thing.boxes()[:, 0, 2].min() for thing in things[:-1])
    assert lowest == pytest.approx(top, abs=0.0125)


def test_a_dropped_ball_falls_by_gravity_and_bounces_lower() -> None:
    ball = Body((Shape("sphere", (0.1,), LOOK),), at(0, 0, 1.1), "ball", bounce=0.8)
    heights = simulate(Setup([ball], step=STEP / 2), 61, 30.0)[0][0, :, 2, 3]
    falling = np.arange(10) / 30
    np.testing.assert_allclose(heights[:10], 1.1 - 9.81 / 2 * falling**2, atol=0.03)
    peaks = heights[1:-1][(heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])]
    # Each bounce keeps the square of 0.8 of its height, give or take a frame.
    assert 0.45 < (peaks[0] - 0.1) / 1.0 < 0.8
    assert (np.diff(peaks) < 0).all()


@pytest.mark.parametrize("kind", ["pendulums", "Newton's cradle", "swinging chain", "bouncing balls"])
def test_energy_is_never_won(kind: str) -> None:
    """Potential and kinetic energy of the samples; speeds of centres alone leave out what spins."""
    for seed in range(4):
        setup = EVENTS[kind](np.random.default_rng(seed), 1.0)
        poses, _ = simulate(setup, 200, 100.0)
        energy = np.zeros(198)
        for body, track in zip(setup.bodies, poses, strict=True):
            if not body.fixed:
                speed = (track[2:, :3, 3] - track[:-2, :3, 3]) * 50
                energy += 9.81 * track[1:-1, 2, 3] + (speed**2).sum(axis=1) / 2
        swing = energy[:10].mean() - energy.min()
        assert energy.max() < energy[:10].mean() + 0.1 * swing + 0.05 * len(setup.bodies)


def test_a_simulation_that_runs_away_says_so_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ball = Body((Shape("sphere", (0.1,), Material()),), at(0.0, 0.0, 1.0), "ball", velocity=(1e12, 0.0, 0.0))
    assert not simulate(Setup([ball]), 3, 8.0)[1]
    assert not list(tmp_path.iterdir())  # MuJoCo would leave MUJOCO_LOG.TXT
    assert simulate(Setup([replace(ball, velocity=(1.0, 0.0, 0.0))]), 3, 8.0)[1]


def test_the_model_has_every_body_and_nothing_else() -> None:
    setup = EVENTS["swinging chain"](np.random.default_rng(0), 1.0)
    assert model_xml(setup).count("<body ") == len(setup.bodies)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "explosion"}, "unknown kind of physics"),
        ({"spot": (0.0, 0.0, 0.1)}, "too small for physics"),
        ({"num_frames": 0}, "at least one frame"),
    ],
)
def test_what_cannot_be_simulated_is_said(arguments: dict[str, object], message: str) -> None:
    given = {
        "names_prefix": "event",
        "spot": (0.0, 0.0, 1.0),
        "ground": Ground(),
        "num_frames": 5,
        "fps": 8.0,
    }
    with pytest.raises(InputError, match=message):
        draw_physics(np.random.default_rng(0), **(given | arguments))  # pyright: ignore[reportArgumentType]
