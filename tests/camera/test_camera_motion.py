"""How moves that run at the same time add up, from any view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recam.camera.motion import Part, Running, Views, advance, carry
from recam.camera.presets import PRESETS, PUBLISHED_NAMES, preset_poses
from recam.errors import InputError

STEPS = np.linspace(0, 1, 7)
SUBJECT = np.array([0.0, 0.0, 4.0])

numbers = st.floats(-60, 60)
parts = st.builds(
    Part,
    pan=numbers,
    tilt=numbers,
    roll=numbers,
    right=st.floats(-1, 1),
    forward=st.floats(-1, 1),
    rise=st.floats(-1, 1),
    eight=st.floats(-0.5, 0.5),
    orbit=numbers,
    chord=st.booleans(),
    aims=st.booleans(),
    zoom=st.floats(0.3, 3),
)


def run(
    part: Part, before: float = 0.0, progress: np.ndarray = STEPS, axes: np.ndarray | None = None
) -> Running:
    return Running(part, np.eye(3) if axes is None else axes, SUBJECT, before, progress)


def assert_same(first: Views, second: Views) -> None:
    np.testing.assert_allclose(first.positions, second.positions, atol=1e-9)
    np.testing.assert_allclose(first.rotations, second.rotations, atol=1e-9)
    np.testing.assert_allclose(first.zoom, second.zoom, rtol=1e-9)


@pytest.mark.parametrize("name", PUBLISHED_NAMES)
@pytest.mark.parametrize("strength", [1.0, -0.7, 2.5])
def test_the_parts_of_a_published_preset_are_its_poses(name: str, strength: float) -> None:
    progress = STEPS * 80 / 80.5
    views = advance(
        Views.start(), [run(PRESETS[name].part(strength=strength), progress=progress)], len(STEPS)
    )
    poses = preset_poses(name, len(STEPS), strength)
    np.testing.assert_allclose(views.positions, poses.translations, atol=1e-12)
    np.testing.assert_allclose(views.rotations, poses.rotations, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(parts, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_moves_at_the_same_time_does_not_matter(several: list[Part], random) -> None:
    shuffled = list(several)
    random.shuffle(shuffled)
    first = advance(Views.start(), [run(part) for part in several], len(STEPS))
    assert_same(first, advance(Views.start(), [run(part) for part in shuffled], len(STEPS)))


@settings(max_examples=60, deadline=None)
@given(parts)
def test_a_move_in_two_goes_is_the_move_in_one(part: Part) -> None:
    # Turns about different axes do not commute: the second half would turn about axes that have turned.
    if part.tilt:
        part = replace(part, roll=0.0)
    if part.aims:
        part = replace(part, pan=0.0, tilt=0.0, roll=0.0)
    whole = advance(Views.start(), [run(part)], len(STEPS))
    first = [run(part, progress=STEPS[:4])]
    half = advance(Views.start(), first, 4)
    rest = advance(half[-1], [run(part, STEPS[3], STEPS[4:], carry(Views.start(), first))], 3)
    assert_same(whole[4:], rest)


@settings(max_examples=60, deadline=None)
@given(parts)
def test_views_are_rigid(part: Part) -> None:
    views = advance(Views.start(), [run(part)], len(STEPS))
    np.testing.assert_allclose(
        views.rotations @ views.rotations.transpose(0, 2, 1), np.tile(np.eye(3), (7, 1, 1)), atol=1e-9
    )
    assert (np.linalg.det(views.rotations) > 0.99).all()


def test_an_orbit_carries_a_dolly_and_a_rise_with_it() -> None:
    several = [run(Part(orbit=-180, aims=True)), run(Part(forward=1)), run(Part(rise=1, aims=True))]
    views = advance(Views.start(), several, len(STEPS))
    np.testing.assert_allclose(views.positions[-1], (0, -1, 7), atol=1e-12)  # 3 m behind it, 1 m up
    flat = np.hypot(*(views.positions - SUBJECT)[:, [0, 2]].T)
    np.testing.assert_allclose(flat, 4 - STEPS)
    towards = SUBJECT - views.positions
    np.testing.assert_allclose(
        views.rotations[:, :, 2], towards / np.linalg.norm(towards, axis=1)[:, None], atol=1e-12
    )
    np.testing.assert_allclose(views.rotations[:, 1, 0], 0, atol=1e-12)  # level


def test_an_orbit_keeps_a_subject_at_its_place_in_the_picture() -> None:
    """A camera that does not look at the subject when the orbit begins does not jump to it."""
    turn = Rotation.from_euler("YX", [25, -10], degrees=True).as_matrix()
    start = Views(np.array([[0.5, -0.3, 0.2]]), turn[None], np.ones(1))
    views = advance(start, [run(Part(orbit=70, aims=True), axes=turn), run(Part(rise=0.8))], len(STEPS))
    np.testing.assert_allclose(views.rotations[0], turn, atol=1e-12)
    seen = np.einsum("kij,ki->kj", views.rotations, SUBJECT - views.positions)
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    np.testing.assert_allclose(seen, np.tile(seen[0], (7, 1)), atol=1e-12)


def test_a_pan_turns_about_the_vertical_even_when_the_camera_is_tilted() -> None:
    tilted = advance(Views.start(), [run(Part(tilt=30))], len(STEPS))[-1]
    views = advance(tilted, [run(Part(pan=90))], len(STEPS))
    np.testing.assert_allclose(views.rotations[:, 1, 0], 0, atol=1e-12)  # the horizon stays level
    np.testing.assert_allclose(views.rotations[-1, :, 2], (np.cos(np.pi / 6), -0.5, 0), atol=1e-12)


def test_a_lens_keeps_the_size_whatever_else_moves() -> None:
    several = [run(Part(forward=1, keeps_size=True)), run(Part(orbit=50, aims=True)), run(Part(zoom=2.0))]
    views = advance(Views.start(), several, len(STEPS))
    distance = np.linalg.norm(views.positions - SUBJECT, axis=1)
    np.testing.assert_allclose(views.zoom, distance / 4 * 2**STEPS)


def test_what_cannot_be_done_at_the_same_time_is_refused() -> None:
    other = Running(Part(orbit=5, aims=True), np.eye(3), np.array([0, 0, 5.0]), 0.0, STEPS)
    with pytest.raises(InputError, match="different subjects"):
        advance(Views.start(), [run(Part(rise=1, aims=True)), other], len(STEPS))
    with pytest.raises(InputError, match="reaches the subject"):
        advance(Views.start(), [run(Part(closer=4, orbit=10))], len(STEPS))
    with pytest.raises(InputError, match="go round it with orbit-left"):
        advance(Views.start(), [run(Part(orbit=180, chord=True))], len(STEPS))
