"""Motions: feet that do not slide, smooth speeds, ways that stay inside, words that fit."""

from __future__ import annotations

import numpy as np
import pytest

from recam.worlds.characters import CHARACTERS, draw_character
from recam.worlds.characters.gait import Leg, step
from recam.worlds.characters.human_body import Build, pose_body
from recam.worlds.characters.human_travel import STYLES, travel
from recam.worlds.characters.humans import MOTIONS
from recam.worlds.characters.paths import WAYS, draw_way, straight_way
from recam.worlds.characters.stage import Stage
from recam.worlds.characters.timing import ease, keyed
from recam.worlds.scene import Ground

FPS = 60.0


def _bumps() -> Ground:
    x, y = np.meshgrid(np.linspace(-10, 10, 101), np.linspace(-10, 10, 101))
    return Ground(0.15 * np.sin(x) * np.cos(0.8 * y), (10.0, 10.0))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("ground", [Ground(), _bumps()], ids=["flat", "bumps"])
def test_a_foot_on_the_ground_stays_where_it_is(style: str, ground: Ground) -> None:
    """Told from the baked ankles: while the sole is flat on the ground it has moved by under 5 mm."""
    rng = np.random.default_rng(3)
    build = Build.draw(rng, 1.7)
    stage = Stage((1.0, 0.5), 2.2, ground, np.arange(180) / FPS)
    acting, _, facts = travel(rng, build, stage, style)
    poses = pose_body(build, acting)
    stood = 0
    for side in ("left", "right"):
        foot = acting.feet[side]
        ankle = poses[f"{side} foot"][:, :3, 3]
        flat = np.abs(foot.pitch) < 1e-6
        on_ground = np.abs(foot.place[:, 2] - ground(foot.place[:, :2])) < 1e-6
        still = (flat & on_ground)[1:] & (flat & on_ground)[:-1]
        stood += int(still.sum())
        assert np.abs(np.diff(ankle, axis=0)[still]).max() < 0.005
        # The leg reaches: the ankle is where the plan wants it.
        wanted = foot.place + [0, 0, build.ankle]
        assert np.linalg.norm((ankle - wanted)[flat & on_ground], axis=1).max() < 0.005
    assert stood > 20
    pelvis = poses["pelvis"][:, :3, 3]
    gone = np.linalg.norm(np.diff(pelvis[:, :2], axis=0), axis=1).sum() / stage.duration
    assert gone == pytest.approx(facts["speed"], rel=0.08)


def test_walkers_face_where_they_go() -> None:
    rng = np.random.default_rng(8)
    build = Build.draw(rng, 1.7)
    stage = Stage((0.0, 0.0), 2.2, Ground(), np.arange(150) / FPS)
    acting, _, _ = travel(rng, build, stage, "walk")
    ahead = np.stack([np.cos(np.radians(acting.heading)), np.sin(np.radians(acting.heading))], axis=1)
    moved = np.diff(acting.pelvis[:, :2], axis=0)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    assert np.sum(moved * ahead[1:], axis=1).min() > 0.95


def test_a_planted_foot_is_passed_over_and_swings_forward() -> None:
    way = straight_way((0.0, 0.0), 0.0)
    cycles = np.linspace(0.0, 1.0, 101)[:-1]
    footing = step(way, cycles, 1.4, Leg(0.0, 0.0, 0.1), Ground(), 0.6, 0.05)
    planted = footing.places[footing.planted]
    assert np.ptp(planted, axis=0).max() == 0
    body = 1.4 * cycles[footing.planted]
    assert planted[0, 0] == pytest.approx((body[0] + body[-1]) / 2, abs=0.02)
    swing = footing.places[~footing.planted]
    assert (np.diff(swing[:, 0]) > 0).all()
    assert swing[:, 2].max() == pytest.approx(0.05, abs=1e-3)
    assert swing[-1, 0] == pytest.approx(planted[0, 0] + 1.4, abs=0.02)


@pytest.mark.parametrize("kind", WAYS)
def test_ways_stay_in_their_circle_and_have_even_speed(kind: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        radius, length = rng.uniform(0.6, 4), rng.uniform(0.5, 8)
        way = draw_way(rng, (2.0, -1.0), radius, length, kind=kind)
        gone = np.linspace(0, length, 200)
        points = way.at(gone)
        assert np.linalg.norm(points - [2, -1], axis=1).max() < radius + 0.05
        np.testing.assert_allclose(np.linalg.norm(np.diff(points, axis=0), axis=1), length / 199, rtol=0.02)
        ahead = np.stack([np.cos(way.heading(gone)), np.sin(way.heading(gone))], axis=1)
        assert np.sum(np.diff(points, axis=0) * ahead[:-1], axis=1).min() > 0


def test_ways_have_words_where_they_are_worth_them() -> None:
    rng = np.random.default_rng(1)
    assert draw_way(rng, (0.0, 0.0), 1.0, 6.0, kind="circle").words(6.0) == " in a circle"
    assert draw_way(rng, (0.0, 0.0), 3.0, 1.0, kind="line").words(1.0) == ""
    assert "back" in draw_way(rng, (0.0, 0.0), 1.0, 6.0, kind="loop").words(6.0)


@pytest.mark.parametrize("motion", MOTIONS)
def test_motions_are_smooth(motion: str) -> None:
    """No joint jumps: its acceleration stays below what such a motion needs at most."""
    thing = draw_character(
        np.random.default_rng(11),
        name="main",
        centre=(0.0, 0.0),
        radius=2.2,
        ground=Ground(),
        num_frames=int(3 * FPS),
        fps=FPS,
        kind="woman",
        motion=motion,
    )
    for part in thing.parts:
        if not part.is_still:
            places = part.poses[:, :3, 3]
            step_size = np.linalg.norm(np.diff(places, axis=0), axis=1) * FPS
            assert step_size.max() < 12.0  # metres a second
            bend = np.linalg.norm(np.diff(places, 2, axis=0), axis=1) * FPS**2
            # A bouncing ball turns within one frame, and so stop feet that land; nothing else does.
            assert bend.max() < (700.0 if "ball" in motion else 330.0)


def test_every_species_moves_within_two_seconds() -> None:
    for kind, known in CHARACTERS.items():
        motion = next(iter(known.rooms))
        thing = draw_character(
            np.random.default_rng(5),
            name="main",
            centre=(0.0, 0.0),
            radius=known.rooms[motion] + 0.5,
            ground=Ground(),
            num_frames=17,
            fps=8.0,
            kind=kind,
            motion=motion,
        )
        assert max(np.ptp(part.poses[:, :3, 3], axis=0).max() for part in thing.parts) > 0.1


def test_easing_and_keys() -> None:
    share = np.linspace(-0.5, 1.5, 201)
    eased = ease(share)
    assert eased.min() == 0
    assert eased.max() == 1
    assert (np.diff(eased) >= 0).all()
    assert ease(0.5) == 0.5
    moments = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
    np.testing.assert_allclose(keyed(moments, (0.0, 1.0), (2.0, 4.0), 2.0), [2, 3, 4, 3, 2, 3])
    np.testing.assert_allclose(keyed(np.array([-1.0, 5.0]), (0.0, 1.0), (2.0, 4.0)), [2, 4])
