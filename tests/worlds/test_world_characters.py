"""Characters: connected limbs, feet on the ground, inside their circle, the same for the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from recam.camera.poses import FloatArray
from recam.errors import InputError
from recam.worlds.characters import CHARACTERS, MOTIONS, draw_character
from recam.worlds.characters.human_actions import pick_up
from recam.worlds.characters.human_body import Build, pose_body
from recam.worlds.characters.human_travel import travel
from recam.worlds.characters.skeleton import Skeleton, reach, turn, turn_x, turn_y, turn_z
from recam.worlds.characters.stage import Stage
from recam.worlds.scene import Ground, Thing

PAIRS = [(kind, motion) for kind, known in CHARACTERS.items() for motion in known.rooms]


def _hills() -> Ground:
    x, y = np.meshgrid(np.linspace(-20, 20, 161), np.linspace(-20, 20, 161))
    return Ground(0.5 * np.sin(0.6 * x) * np.cos(0.45 * y), (20.0, 20.0))


def _draw(kind: str, motion: str, seed: int = 0, ground: Ground | None = None, frames: int = 17) -> Thing:
    return draw_character(
        np.random.default_rng(seed),
        name="main",
        centre=(3.0, -2.0),
        radius=CHARACTERS[kind].rooms[motion],
        ground=ground or Ground(),
        num_frames=frames,
        fps=8.0,
        kind=kind,
        motion=motion,
    )


def _boxes(thing: Thing, frames: int = 17) -> FloatArray:
    """[F,S,2,3] of all shapes."""
    return np.concatenate(
        [np.broadcast_to(p.frame_boxes, (frames, *p.frame_boxes.shape[1:])) for p in thing.parts], axis=1
    )


@pytest.mark.parametrize(("kind", "motion"), PAIRS)
def test_every_character_stands_on_the_ground_within_its_circle_and_moves(kind: str, motion: str) -> None:
    for seed, ground in ((1, Ground()), (2, _hills())):
        thing = _draw(kind, motion, seed, ground)
        boxes = _boxes(thing)
        above = boxes[..., 0, 2] - ground(boxes[..., :2].mean(axis=2).reshape(-1, 2)).reshape(boxes.shape[:2])
        lowest = above.min(axis=1)
        # Hills slope by up to 0.35, and soles are level.
        assert lowest.min() > (-0.025 if ground.heights is None else -0.14)
        assert lowest.min() < 0.1
        from_centre = np.linalg.norm(boxes.mean(axis=2)[..., :2] - [3, -2], axis=-1)
        assert from_centre.max() < CHARACTERS[kind].rooms[motion] + 0.05
        middles = boxes.mean(axis=2)
        assert np.abs(middles - middles[0]).max() > 0.05
        assert sum(len(part.shapes) for part in thing.parts) <= 36
        for part in thing.parts:
            turns = part.poses[:, :3, :3]
            np.testing.assert_allclose(turns @ np.swapaxes(turns, 1, 2) - np.eye(3), 0, atol=1e-9)
            np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-9)
        assert thing.words.split()[0] in ("a", "an")
        assert thing.motion
        assert thing.attributes["species"] == kind
        assert thing.attributes["motion"] == motion


def test_there_are_many_kinds_and_motions() -> None:
    assert len(CHARACTERS) >= 6
    assert len(CHARACTERS["woman"].rooms) >= 12
    assert set(MOTIONS) == {motion for _, motion in PAIRS}


def test_joints_stay_in_their_sockets_and_bones_keep_their_lengths() -> None:
    rng = np.random.default_rng(4)
    build = Build.draw(rng, 1.7)
    stage = Stage((0.0, 0.0), 2.0, _hills(), np.arange(33) / 8)
    for acting in (travel(rng, build, stage, "run")[0], pick_up(rng, build, stage)[0]):
        poses = pose_body(build, acting)
        for name, (parent, socket) in build.skeleton().bones.items():
            if parent:
                seat = poses[parent][:, :3, 3] + poses[parent][:, :3, :3] @ np.asarray(socket)
                np.testing.assert_allclose(poses[name][:, :3, 3], seat, atol=1e-9)
        for side in ("left", "right"):
            thigh = poses[f"{side} shin"][:, :3, 3] - poses[f"{side} thigh"][:, :3, 3]
            np.testing.assert_allclose(np.linalg.norm(thigh, axis=1), build.thigh, atol=1e-9)


def test_knees_bend_forward_and_elbows_too() -> None:
    rng = np.random.default_rng(5)
    build = Build.draw(rng, 1.7)
    stage = Stage((0.0, 0.0), 2.0, Ground(), np.arange(33) / 8)
    poses = pose_body(build, travel(rng, build, stage, "run")[0])
    ahead = poses["pelvis"][:, :3, 0]
    for side in ("left", "right"):
        hip, knee, ankle = (poses[f"{side} {bone}"][:, :3, 3] for bone in ("thigh", "shin", "foot"))
        assert (np.sum((knee - (hip + ankle) / 2) * ahead, axis=1) > -0.02).all()
        shoulder, elbow, wrist = (
            poses[f"{side} {bone}"][:, :3, 3] for bone in ("upper arm", "forearm", "hand")
        )
        assert (np.sum((elbow - (shoulder + wrist) / 2) * ahead, axis=1) < 0.02).all()


def test_arms_swing_against_the_legs() -> None:
    rng = np.random.default_rng(6)
    build = Build.draw(rng, 1.7)
    stage = Stage((0.0, 0.0), 3.0, Ground(), np.arange(49) / 15)
    poses = pose_body(build, travel(rng, build, stage, "walk")[0])
    inside = np.linalg.inv(poses["pelvis"])
    foot = (inside @ poses["left foot"])[:, 0, 3]
    hand = (inside @ poses["left hand"])[:, 0, 3]
    assert np.corrcoef(foot, hand)[0, 1] < -0.7


def test_the_same_numbers_draw_the_same_and_others_do_not() -> None:
    for kind, motion in (("woman", "walk"), ("dog", "trot"), ("snake", "slither"), ("robot arm", "swing")):
        first, again, other = _draw(kind, motion, 7), _draw(kind, motion, 7), _draw(kind, motion, 8)
        assert (first.words, first.motion, first.attributes) == (again.words, again.motion, again.attributes)
        for part, same in zip(first.parts, again.parts, strict=True):
            np.testing.assert_array_equal(part.poses, same.poses)
        assert not np.array_equal(first.parts[-1].poses[-1], other.parts[-1].poses[-1])


def test_a_longer_clip_begins_like_a_short_one_at_any_rate() -> None:
    """Motions are functions of seconds; only ways are planned for the whole clip."""
    short, fine = (
        draw_character(
            np.random.default_rng(9),
            name="main",
            centre=(0.0, 0.0),
            radius=1.5,
            ground=Ground(),
            num_frames=frames,
            fps=fps,
            kind="man",
            motion="groove",
        )
        for frames, fps in ((17, 8.0), (81, 16.0))
    )
    for part, same in zip(short.parts, fine.parts, strict=True):
        np.testing.assert_allclose(part.poses, same.poses[:33:2], atol=1e-9)


def test_what_is_drawn_freely_fits_small_circles() -> None:
    for seed in range(12):
        thing = draw_character(
            np.random.default_rng(seed),
            name="other",
            centre=(0.0, 0.0),
            radius=0.42,
            ground=Ground(),
            num_frames=1,
            fps=8.0,
        )
        assert CHARACTERS[thing.attributes["species"]].rooms[thing.attributes["motion"]] <= 0.42


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "dragon"}, "unknown character 'dragon'"),
        ({"motion": "fly"}, "unknown motion 'fly'"),
        ({"kind": "dog", "motion": "clap"}, "a dog cannot clap"),
        ({"kind": "horse", "radius": 0.5}, "too small for horse"),
        ({"num_frames": 0}, "at least one frame"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments: dict[str, object], message: str) -> None:
    given = {
        "name": "main",
        "centre": (0.0, 0.0),
        "radius": 2.0,
        "ground": Ground(),
        "num_frames": 5,
        "fps": 8.0,
    }
    with pytest.raises(InputError, match=message):
        draw_character(np.random.default_rng(0), **(given | arguments))  # pyright: ignore[reportArgumentType]


def test_forward_kinematics_of_a_bent_arm() -> None:
    skeleton = Skeleton(
        {"base": ("", (0, 0, 0)), "upper": ("base", (0, 0, 1)), "lower": ("upper", (2, 0, 0))}
    )
    turns = {"upper": turn_z(np.array([90.0])), "lower": turn_y(np.array([90.0]))}
    poses = skeleton.pose(np.array([[5.0, 0.0, 0.0]]), turns)
    np.testing.assert_allclose(poses["lower"][0, :3, 3], [5, 2, 1], atol=1e-12)
    # Turned left, then its own x axis tipped down.
    np.testing.assert_allclose(poses["lower"][0, :3, 0], [0, 0, -1], atol=1e-12)
    np.testing.assert_allclose(turn(90.0, 0.0, 0.0) @ [0, 0, 1], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(turn_x(90.0) @ [0, 1, 0], [0, 0, 1], atol=1e-12)


def test_two_bones_reach_their_target_or_point_at_it() -> None:
    rng = np.random.default_rng(2)
    joint, pole = rng.normal(size=(200, 3)), rng.normal(size=(200, 3))
    ways = rng.normal(size=(200, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    far = rng.uniform(0.15, 1.5, 200)
    first, second = reach(joint, joint + far[:, None] * ways, 0.5, 0.4, pole)
    middle = joint - 0.5 * first[:, :, 2]
    end = middle - 0.4 * second[:, :, 2]
    near = far < 0.89
    np.testing.assert_allclose(end[near], (joint + far[:, None] * ways)[near], atol=1e-9)
    np.testing.assert_allclose(np.sum((end - joint) * ways, axis=1)[~near], 0.9, atol=5e-3)
    side = middle - joint - np.sum((middle - joint) * ways, axis=1, keepdims=True) * ways
    assert (np.sum(side * pole, axis=1) > -1e-9).all()
    # An elbow is in the same place as a knee, its bones' x axes point the other way.
    backwards = reach(joint, joint + far[:, None] * ways, 0.5, 0.4, pole, forward=-1.0)[0]
    np.testing.assert_allclose(backwards[:, :, 2], first[:, :, 2], atol=1e-12)
    np.testing.assert_allclose(backwards[:, :, 0], -first[:, :, 0], atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(first), 1, atol=1e-9)
