"""Paths by keyframes: what they pass through, how they move between, what they keep."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recam.camera import Intrinsics, Poses
from recam.camera.angles import from_pan_tilt_roll, pan_tilt_roll
from recam.camera.constraints import FixAxis, KeepDistance, KeepHeight, KeepLevel, KeepOnCircle, LookAt
from recam.camera.keyframe import Keyframe
from recam.camera.keyframes import Keyframes
from recam.camera.poses import FloatArray
from recam.errors import InputError

LENS = Intrinsics.from_fov_degrees(60, 832, 480)
SUBJECT = np.array([0.0, 0.0, 4.0])


def matrix_keys(draw: st.DrawFn, poses: Poses, **common: float) -> list[Keyframe]:
    """Keys at growing frames with the poses and random zooms and tensions."""
    frame, keys = 0, []
    for pose in poses.matrices:
        keys.append(
            Keyframe(
                frame=frame,
                matrix=pose,
                zoom=draw(st.floats(0.5, 3)),
                tension=draw(st.none() | st.floats(-1, 1)),
                **common,
            )
        )
        frame += draw(st.integers(1, 9))
    return keys


@st.composite
def neighbouring_poses(draw: st.DrawFn, min_size: int = 1, max_size: int = 5) -> Poses:
    """Poses that turn by less than half a turn from one to the next, so that the shorter way is clear."""
    count = draw(st.integers(min_size, max_size))
    step = st.tuples(*[st.floats(-0.9, 0.9)] * 3)
    turns = [Rotation.from_rotvec(draw(step))]
    for _ in range(count - 1):
        turns.append(turns[-1] * Rotation.from_rotvec(draw(step)))
    places = [draw(st.tuples(*[st.floats(-5, 5)] * 3)) for _ in range(count)]
    return Poses.from_parts([turn.as_matrix() for turn in turns], places)


paths = st.composite(lambda draw: matrix_keys(draw, draw(neighbouring_poses(2))))()


def apart(first: Poses, second: Poses) -> float:
    return float(np.abs(first.matrices - second.matrices).max())


def steps(values: FloatArray) -> FloatArray:
    return np.linalg.norm(np.diff(values, axis=0), axis=1)


@given(keys=paths, linear=st.booleans())
@settings(max_examples=40, deadline=None)
def test_passes_through_every_key_with_finite_rigid_poses(keys: list[Keyframe], linear: bool) -> None:
    path = Keyframes(keys, interpolation="linear" if linear else "smooth")
    poses, zoom = path.sample()  # Poses refuses what is not rigid and finite
    assert len(poses) == path.own_num_frames == keys[-1].time + 1
    for key in keys:
        frame = int(key.time)
        assert np.abs(poses.matrices[frame] - key.matrix).max() < 1e-8
        assert zoom[frame] == pytest.approx(key.zoom, rel=1e-12)
    values = [key.zoom for key in keys]
    assert zoom.min() >= min(values) - 1e-12
    assert zoom.max() <= max(values) + 1e-12


@given(keys=paths)
@settings(max_examples=25, deadline=None)
def test_backwards_is_the_same_path_reversed(keys: list[Keyframe]) -> None:
    last = keys[-1].time
    turned = [
        Keyframe(frame=last - key.time, matrix=key.matrix, zoom=key.zoom, tension=key.tension)
        for key in reversed(keys)
    ]
    there, zoom = Keyframes(keys).sample(23)
    back, zoom_back = Keyframes(turned).sample(23)
    assert np.abs(there.matrices[::-1] - back.matrices).max() < 1e-7
    np.testing.assert_allclose(zoom[::-1], zoom_back, rtol=1e-9)


@given(keys=paths, move=neighbouring_poses(1, 1))
@settings(max_examples=25, deadline=None)
def test_moving_all_keys_rigidly_moves_the_path(keys: list[Keyframe], move: Poses) -> None:
    moved = [
        Keyframe(frame=key.frame, matrix=move.matrices[0] @ key.matrix, tension=key.tension) for key in keys
    ]
    expected = move @ Keyframes(keys).sample(23)[0]
    assert apart(Keyframes(moved).sample(23)[0], expected) < 1e-8


@given(keys=paths)
@settings(max_examples=25, deadline=None)
def test_a_loop_closes_without_a_seam(keys: list[Keyframe]) -> None:
    first, last = keys[0].matrix[:3, :3], keys[-1].matrix[:3, :3]
    if np.degrees((Rotation.from_matrix(last).inv() * Rotation.from_matrix(first)).magnitude()) > 170:
        return
    period = int(keys[-1].time) + 6
    path = Keyframes(keys, num_frames=period + 1, loop=True)
    fine = 20 * period  # frames per turn, close enough to see the velocity
    poses, zoom = path.sample(fine + 1)
    assert np.abs(poses.matrices[0] - poses.matrices[-1]).max() < 1e-9
    assert zoom[0] == pytest.approx(zoom[-1])
    ring = np.concatenate([poses.matrices[-3:-1], poses.matrices[:3]])
    before, after = ring[2] - ring[1], ring[3] - ring[2]
    bend = np.abs(np.diff(poses.matrices, n=2, axis=0)).max()  # what the velocity changes by anywhere else
    assert np.abs(after - before).max() <= 1.5 * bend + 1e-9


def test_a_ring_of_four_keys_turns_all_the_way_round() -> None:
    places = [(0, 0, 0), (-4, 0, 4), (0, 0, 8), (4, 0, 4)]
    ring = Keyframes([Keyframe(position=place, look_at=SUBJECT) for place in places], loop=True)
    poses, _ = ring.sample()
    distance = np.linalg.norm(poses.translations - SUBJECT, axis=1)
    assert distance.min() > 3.85
    assert distance.max() < 4.001
    pan = np.unwrap(pan_tilt_roll(poses.rotations)[:, 0], period=360)
    assert pan[-1] - pan[0] == pytest.approx(360)
    assert (np.diff(pan) > 0).all()
    ahead = np.einsum("fi,fi->f", SUBJECT - poses.translations, poses.rotations[:, :, 2])
    np.testing.assert_allclose(ahead, distance, atol=1e-9)  # looks at the subject on every frame


@pytest.mark.parametrize("closed", [False, True])
def test_a_view_rests_between_two_equal_keys_and_does_not_swing_back_first(closed: bool) -> None:
    keys = [Keyframe(position=(i, 0, 0), pan=pan) for i, pan in enumerate((0, 0, 30, 50, 20))]
    pan = pan_tilt_roll(Keyframes(keys, loop=closed).sample(401)[0].rotations)[:, 0]
    assert pan.min() > -1e-3 if not closed else pan[:81].min() > -1e-3
    quarter = 400 // (5 if closed else 4)
    np.testing.assert_allclose(pan[: quarter + 1], 0, atol=1e-6)
    turn = np.diff(pan)
    assert np.abs(np.diff(turn)).max() < 0.02  # no jerk where the turn begins


def test_positions_do_not_overshoot_between_two_equal_keys() -> None:
    keys = [Keyframe(position=(x, 0, 0), pan=i) for i, x in enumerate((0, 0, 1, 1))]
    x = Keyframes(keys).sample(301)[0].translations[:, 0]
    assert x.min() >= -1e-12
    assert x.max() <= 1 + 1e-12


def test_tension_stops_at_a_key_and_slack_swings_wide() -> None:
    def path(tension: float) -> FloatArray:
        places = [(0, 0, 0), (1, 0, 0), (1, 0, 1)]
        return (
            Keyframes([Keyframe(position=place) for place in places], tension=tension)
            .sample(101)[0]
            .translations
        )

    speed = {tension: steps(path(tension))[50] for tension in (-1.0, 0.0, 1.0)}
    assert speed[1.0] < 0.002 < speed[0.0] < speed[-1.0]
    assert path(1.0)[:, 0].max() == pytest.approx(1)  # straight to the corner, not beyond
    assert path(-1.0)[:, 0].max() > path(0.0)[:, 0].max() > 1


def test_a_hold_rests_and_starts_and_stops_without_a_jerk() -> None:
    keys = [
        Keyframe(frame=0),
        Keyframe(frame=30, position=(0, 0, 1), hold=20),
        Keyframe(frame=80, position=(0, 0, 2)),
    ]
    z = Keyframes(keys).sample()[0].translations[:, 2]
    assert z[30] == 1
    np.testing.assert_allclose(z[30:51], 1, atol=1e-12)
    assert 0.03 < z[1] - z[0] < 0.04  # goes on at the even speed at the ends
    assert z[30] - z[29] < 0.004  # and comes softly to its rest
    assert z[51] - z[50] < 0.004
    stop = Keyframes([Keyframe(frame=0, hold=0), Keyframe(frame=40, position=(0, 0, 1), hold=0)]).sample()[0]
    assert steps(stop.translations)[[0, -1]].max() < 0.003  # a hold of 0 stops and goes on


def test_the_camera_rests_before_its_first_key_and_after_its_last() -> None:
    keys = [Keyframe(frame=10, position=(1, 0, 0)), Keyframe(frame=20, position=(2, 0, 0))]
    x = Keyframes(keys, num_frames=31).sample()[0].translations[:, 0]
    np.testing.assert_array_equal(x[:11], 1)
    np.testing.assert_array_equal(x[20:], 2)


def test_easings_shape_time_between_keys() -> None:
    keys = [Keyframe(share=0, easing="ease-in-quad"), Keyframe(share=1, position=(0, 0, 2), zoom=4)]
    poses, zoom = Keyframes(keys).sample(5)
    share = np.array([0, 1, 4, 9, 16]) / 16
    np.testing.assert_allclose(poses.translations[:, 2], 2 * share, atol=1e-12)
    np.testing.assert_allclose(zoom, 4**share)  # a zoom looks even when its logarithm is


def test_times_in_frames_seconds_and_shares_say_the_same() -> None:
    places = [(0, 0, 0), (1, 0, 0), (1, -1, 2)]
    frames = Keyframes([Keyframe(frame=f, position=p) for f, p in zip((0, 30, 60), places, strict=True)])
    seconds = Keyframes(
        [Keyframe(seconds=f, position=p) for f, p in zip((0, 1, 2), places, strict=True)], fps=30
    )
    shares = Keyframes([Keyframe(share=f, position=p) for f, p in zip((0, 0.5, 1), places, strict=True)])
    unstated = Keyframes([Keyframe(position=p) for p in places])
    assert (frames.own_num_frames, seconds.own_num_frames, shares.own_num_frames) == (61, 61, 81)
    for other in (seconds, shares, unstated):
        assert apart(other.sample(61)[0], frames.sample()[0]) < 1e-12


@pytest.mark.parametrize(("timing", "middle"), [("even", 0.5), ("distance", 0.8), ("centripetal", 2 / 3)])
def test_keys_without_times_are_spread(timing: str, middle: float) -> None:
    keys = [Keyframe(position=(x, 0, 0)) for x in (0, 4, 5)]
    path = Keyframes(keys, timing=timing, interpolation="linear")  # type: ignore[arg-type]
    shares = np.linspace(0, 1, 301)
    x = path.sample(301)[0].translations[:, 0]
    assert shares[np.argmax(x >= 4 - 1e-9)] == pytest.approx(middle, abs=0.004)


def test_what_a_key_leaves_out_stays() -> None:
    keys = [
        Keyframe(position=(1, 0, 0), look_at=SUBJECT, zoom=2),
        Keyframe(position=(2, 0, 0)),
        Keyframe(pan=5),
        Keyframe(fov=60),
    ]
    poses, zoom = Keyframes(keys, lens=LENS).sample(4)
    np.testing.assert_allclose(poses.translations[:, 0], [1, 2, 2, 2], atol=1e-12)
    np.testing.assert_allclose(zoom, [2, 2, 2, 1])
    pan = pan_tilt_roll(poses.rotations)[:, 0]
    np.testing.assert_allclose(pan, [-np.degrees(np.arctan(1 / 4)), -np.degrees(np.arctan(2 / 4)), 5, 5])


def test_each_way_to_say_a_view_agrees() -> None:
    turn = from_pan_tilt_roll([(20, 10, 5)])
    x, y, z, w = turn.as_quat()[0]
    said = [
        Keyframe(pan=20, tilt=10, roll=5),
        Keyframe(quaternion_wxyz=(w, x, y, z)),
        Keyframe(quaternion_xyzw=(x, y, z, w)),
        Keyframe(matrix=turn.as_matrix()[0]),
        Keyframe(look_at=turn.apply([0, 0, 7])[0], roll=5),
    ]
    for key in said:
        np.testing.assert_allclose(
            Keyframes([key]).sample(1)[0].rotations[0], turn.as_matrix()[0], atol=1e-12
        )


def test_signs_of_pan_tilt_and_roll() -> None:
    def axes(**angles: float) -> FloatArray:
        return Keyframes([Keyframe(**angles)]).sample(1)[0].rotations[0]

    assert axes(pan=10)[0, 2] > 0  # looks to +x, right
    assert axes(tilt=10)[1, 2] < 0  # looks to -y, up
    assert axes(roll=10)[1, 0] > 0  # the camera's right side sinks to +y, down


@given(
    places=st.lists(st.tuples(*[st.floats(-1.5, 1.5)] * 3), min_size=2, max_size=4),
    place=st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 0.95)),
    zooms=st.tuples(st.floats(0.7, 2), st.floats(0.7, 2)),
    roll=st.floats(-40, 40),
)
@settings(max_examples=40, deadline=None)
def test_a_look_at_constraint_keeps_the_subject_at_its_pixel(
    places: list[tuple[float, float, float]],
    place: tuple[float, float],
    zooms: tuple[float, float],
    roll: float,
) -> None:
    keys = [Keyframe(position=p, pan=0, roll=roll, zoom=z) for p, z in zip(places[:2], zooms, strict=True)]
    keys += [Keyframe(position=p) for p in places[2:]]
    path = Keyframes(keys, lens=LENS, constraints=[LookAt(point=SUBJECT, place=place)])
    poses, zoom = path.sample(17)
    for pose, factor in zip(poses, zoom, strict=True):
        x, y, depth = (pose.invert().matrices[0] @ [*SUBJECT, 1])[:3]
        lens = LENS.zoomed(float(factor))
        assert depth > 0
        assert lens.fx * x / depth + lens.cx == pytest.approx(place[0] * LENS.width, abs=1e-6)
        assert lens.fy * y / depth + lens.cy == pytest.approx(place[1] * LENS.height, abs=1e-6)
    np.testing.assert_allclose(pan_tilt_roll(poses.rotations)[:, 2], roll, atol=1e-6)


def test_a_span_holds_fully_inside_and_fades_outside() -> None:
    keys = [Keyframe(frame=0), Keyframe(frame=80, position=(2, 0, 0))]
    free = Keyframes(keys).sample()[0]
    held, _ = Keyframes(keys, constraints=[LookAt(point=SUBJECT, start=30, end=50, blend=10)]).sample()
    bearing = -np.degrees(np.arctan2(free.translations[:, 0], 4))
    pan = pan_tilt_roll(held.rotations)[:, 0]
    np.testing.assert_allclose(pan[30:51], bearing[30:51], atol=1e-9)
    np.testing.assert_array_equal(held.matrices[:21], free.matrices[:21])
    np.testing.assert_array_equal(held.matrices[60:], free.matrices[60:])
    assert 0 > pan[25] > bearing[25]
    assert np.abs(np.diff(pan)).max() < 3
    assert (
        apart(
            Keyframes(keys, constraints=[LookAt(point=SUBJECT, start=40, end=80, blend=0)]).sample()[0][:40],
            free[:40],
        )
        == 0
    )


def test_position_constraints() -> None:
    keys = [
        Keyframe(position=(-2, 1, 0)),
        Keyframe(position=(0.5, -1, 3)),
        Keyframe(position=(3, -2, 5), roll=20),
    ]

    def kept(*constraints) -> Poses:  # type: ignore[no-untyped-def]
        return Keyframes(keys, constraints=constraints).sample(33)[0]

    free = kept()
    distance = np.linalg.norm(
        kept(KeepDistance(point=SUBJECT, minimum=2, maximum=4)).translations - SUBJECT, axis=1
    )
    before = np.linalg.norm(free.translations - SUBJECT, axis=1)
    np.testing.assert_allclose(distance, np.clip(before, 2, 4), atol=1e-12)

    circle = kept(KeepOnCircle(centre=SUBJECT, radius=3, axis=(0, 2, 0))).translations
    np.testing.assert_allclose(np.linalg.norm(circle - SUBJECT, axis=1), 3)
    np.testing.assert_allclose(circle[:, 1], 0, atol=1e-12)

    height = -kept(KeepHeight(minimum=-0.5, maximum=1)).translations[:, 1]
    np.testing.assert_allclose(height, np.clip(-free.translations[:, 1], -0.5, 1))

    fixed = kept(FixAxis(axis="x", value=0.25)).translations
    np.testing.assert_array_equal(fixed[:, 0], 0.25)
    np.testing.assert_array_equal(fixed[:, 1:], free.translations[:, 1:])

    angles, level = (pan_tilt_roll(path.rotations) for path in (free, kept(KeepLevel())))
    assert angles[-1, 2] == pytest.approx(20)
    np.testing.assert_allclose(level[:, 2], 0, atol=1e-9)
    np.testing.assert_allclose(level[:, :2], angles[:, :2], atol=1e-9)


def test_a_later_constraint_acts_on_what_the_earlier_left() -> None:
    keys = [Keyframe(position=(-3, 0, 0)), Keyframe(position=(3, 0, 0))]
    rules = (KeepDistance(point=SUBJECT, minimum=4, maximum=4), LookAt(point=SUBJECT))
    good = Keyframes(keys, constraints=rules).sample(9)[0]
    ahead = np.einsum("fi,fi->f", SUBJECT - good.translations, good.rotations[:, :, 2])
    np.testing.assert_allclose(ahead, 4)  # on the sphere and looking at its middle


K = Keyframe
REFUSED = {
    "no keys": (lambda: Keyframes([]), "at least one key"),
    "two times": (lambda: K(frame=1, share=0.1), "frame and share both say the time"),
    "mixed times": (lambda: Keyframes([K(frame=0), K(seconds=1)]), "key 2 states a seconds and key 1"),
    "a time missing": (lambda: Keyframes([K(frame=0), K(pan=1)]), "key 2 states no time"),
    "not sorted": (lambda: Keyframes([K(frame=5), K(frame=5, pan=1)]), "key 2 (frame 5) does not come after"),
    "late": (lambda: Keyframes([K(frame=0), K(frame=99)], num_frames=81), "key 2 is at frame 99, after"),
    "long hold": (lambda: Keyframes([K(frame=0, hold=9), K(frame=5)]), "key 1 holds until frame 9"),
    "no fps": (lambda: Keyframes([K(seconds=0), K(seconds=1)]), "needs fps"),
    "a share of 2": (lambda: K(share=2), "share must be between 0 and 1"),
    "two views": (lambda: K(pan=3, look_at=SUBJECT), "look_at and pan both say the view"),
    "tilt beside look_at": (lambda: K(tilt=3, look_at=SUBJECT), "look_at and tilt both say"),
    "roll beside a matrix": (lambda: K(roll=3, matrix=np.eye(3)), "roll and matrix both say"),
    "two places": (lambda: K(position=(0, 0, 0), matrix=np.eye(4)), "both say the position"),
    "two lenses": (lambda: K(zoom=2, fov=30), "zoom and fov both say the lens"),
    "a flat position": (lambda: K(position=(1, 2)), "position must be 3 numbers"),
    "NaN": (lambda: K(position=(1, 2, float("nan"))), "position must be 3 numbers"),
    "a mirror": (lambda: K(matrix=np.diag([-1, 1, 1])), "matrix mirrors space"),
    "a long quaternion": (lambda: K(quaternion_wxyz=(1, 1, 0, 0)), "quaternion_wxyz must have length 1"),
    "no zoom": (lambda: K(zoom=0), "zoom must be a positive number"),
    "wide tension": (lambda: K(tension=2), "tension must be between -1 and 1"),
    "unknown easing": (lambda: K(easing="ease-inn"), "did you mean 'ease-in'"),
    "fov without a lens": (lambda: Keyframes([K(fov=40)]), "key 1: fov needs the source's lens"),
    "on its subject": (lambda: Keyframes([K(position=SUBJECT, look_at=SUBJECT)]), "key 1 sits on the point"),
    "below its subject": (lambda: Keyframes([K(look_at=(0, -4, 0))]), "key 1 has the point straight above"),
    "opposite": (lambda: Keyframes([K(pan=0), K(pan=180)]), "keys 1 and 2 are 180 degrees apart"),
    "the long way": (lambda: Keyframes([K(pan=0), K(pan=270)]), "keys 1 and 2 are 270 degrees apart"),
    "an open loop": (
        lambda: Keyframes([K(frame=0), K(frame=9, pan=5)], loop=True), "key 2 ends the loop",
    ),
    "a place without a lens": (
        lambda: Keyframes([K()], constraints=[LookAt(point=SUBJECT, place=(0.3, 0.5))]).sample(),
        "constraint 1",
    ),
    "a span in the wrong unit": (
        lambda: Keyframes([K(share=0)], constraints=[KeepLevel(start=35)]), "constraint 1: from (share 35)",
    ),
    "a span backwards": (lambda: KeepLevel(start=5, end=1), "from (5) comes after to (1)"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", REFUSED)
def test_what_cannot_be_is_refused_in_words(flaw: str) -> None:
    make, words = REFUSED[flaw]
    with pytest.raises(InputError, match=re.escape(words)):
        make()
