"""Cameras of small clips are found again, told apart by kind, and refused where there is nothing to find."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from filmed_scenes import LENS, WALL, Card, film, rotation_errors, translation_errors
from recam.camera import CameraPath, Intrinsics, Poses
from recam.camera.moves import arc, pan_tilt, translate
from recam.camera.solve import GUESSED_FOV, Solution, SolveError, solve_frames
from recam.errors import InputError

Frames = NDArray[np.uint8]

STEPS = np.linspace(0, 1, 7)
PAN = pan_tilt(STEPS, pan_degrees=12, tilt_degrees=-4)
TRAVEL = translate(STEPS, (1.0, -0.2, 0.4), subject_distance=4.0)
CARD = Card(4.0, 0.7, 0.9, lambda time: (0.0, 0.0), seed=9)
WALKER = Card(4.0, 0.7, 0.9, lambda time: (-1.2 + 1.5 * time, 0.2 - 0.3 * time), seed=9)


@pytest.fixture(scope="module")
def pan_frames() -> Frames:
    return film(PAN, [WALKER])


@pytest.fixture(scope="module")
def travel_frames() -> Frames:
    return film(TRAVEL, [WALKER])


@pytest.fixture(scope="module")
def travelled(travel_frames: Frames) -> Solution:
    return solve_frames(travel_frames, LENS, subject_distance=2.0)


def test_a_still_camera_is_answered_as_such() -> None:
    solution = solve_frames(film(Poses.identity(4), [WALKER]))
    assert solution.kind == "static"
    assert solution.poses == Poses.identity(4)  # exactly: nothing shakes that did not shake
    assert not solution.lens_refined
    assert solution.intrinsics == Intrinsics.from_fov_degrees(GUESSED_FOV, LENS.width, LENS.height)


def test_a_pan_turns_and_does_not_travel(pan_frames: Frames) -> None:
    solution = solve_frames(pan_frames, LENS)
    assert (solution.kind, solution.method) == ("rotation", "rotation")
    assert rotation_errors(solution.poses, PAN).max() < 0.05
    assert (solution.poses.translations == 0).all()
    assert solution.intrinsics == LENS
    assert solution.rotation_share > 0.4
    assert solution.registered == len(PAN)


def test_a_pan_tells_its_lens(pan_frames: Frames) -> None:
    solution = solve_frames(pan_frames)
    assert solution.kind == "rotation"
    assert solution.lens_refined
    assert solution.intrinsics.fov_degrees[0] == pytest.approx(LENS.fov_degrees[0], abs=0.5)
    assert rotation_errors(solution.poses, PAN).max() < 0.1


@pytest.mark.parametrize("wrong", [0.8, 1.0, 1.25])
def test_a_pan_through_a_lens_that_is_given_wrongly_is_still_a_pan(pan_frames: Frames, wrong: float) -> None:
    """It turns by as many pixels through the lens that is given, and says which lens it speaks for."""
    solution = solve_frames(pan_frames, LENS.zoomed(wrong), tell_lens=True)
    assert solution.kind == "rotation"
    assert solution.intrinsics == LENS.zoomed(wrong)
    assert not solution.lens_refined
    assert solution.told_lens is not None
    assert solution.told_lens.fov_degrees[0] == pytest.approx(LENS.fov_degrees[0], abs=0.5)
    turned, true = (poses.rotation_angle_degrees()[-1] for poses in (solution.poses, PAN))
    assert turned * wrong == pytest.approx(true, abs=0.05)


def test_the_lens_that_a_travelling_clip_speaks_for() -> None:
    """Going round its scene tells the lens, going along the picture does not: depths stretch to suit any."""
    round_it = film(arc(STEPS, 30, 4.0), [CARD])
    solution = solve_frames(round_it, LENS.zoomed(1.25), tell_lens=True)
    assert solution.kind == "full"
    assert solution.told_lens is not None
    assert solution.told_lens.fov_degrees[0] == pytest.approx(LENS.fov_degrees[0], abs=2.5)
    along = film(translate(STEPS, (1.0, 0, 0)), [CARD])
    assert solve_frames(along, LENS, tell_lens=True).told_lens is None


def test_a_travelling_camera_is_found_beside_what_moves(travelled: Solution) -> None:
    assert travelled.kind == "full"
    assert travelled.method in ("global", "incremental")
    assert np.median(rotation_errors(travelled.poses, TRAVEL)) < 0.1
    assert np.median(translation_errors(travelled.poses, TRAVEL)) < 0.01
    assert travelled.poses[0] == Poses.identity(1)
    assert 0.02 < travelled.moving_share < 0.5
    assert travelled.inlier_share > 0.9
    assert travelled.residual < 0.5
    assert travelled.rotation_share < 0.2


def test_metres_follow_the_subject_distance(travelled: Solution) -> None:
    """Most of what frame 0 sees lies WALL metres away, the rest nearer: told it is 2 m, a third remains."""
    shrunk = np.linalg.norm(travelled.poses.translations[-1]) / np.linalg.norm(TRAVEL.translations[-1])
    assert 2.0 / WALL * 0.95 < shrunk < 2.0 / WALL * 1.5


def test_the_solution_is_a_path(travelled: Solution) -> None:
    path = travelled.path("clone")
    assert isinstance(path, CameraPath)
    assert (path.name, path.poses, path.intrinsics) == ("clone", travelled.poses, travelled.intrinsics)


def test_one_seed_one_answer(travel_frames: Frames, travelled: Solution) -> None:
    """Frames one by one, from an iterator, with progress, in one thread: the same numbers, bit for bit."""
    seen: list[tuple[str, int, int]] = []
    again = solve_frames(
        iter(travel_frames), LENS, subject_distance=2.0, progress=lambda *step: seen.append(step), threads=1
    )
    assert again.poses == travelled.poses
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    assert stages == ["looking for features", "comparing frames", "mapping"]
    assert all(done <= total for _, done, total in seen)
    assert [step[1:] for step in seen if step[0] == "comparing frames"][-1][0] == seen[-5][2]


def test_a_cut_is_named(pan_frames: Frames) -> None:
    cut = np.concatenate([pan_frames[:3], film(PAN[:3], seed=50)])
    with pytest.raises(SolveError, match=r"frames 2 and 3 have too little in common .* a cut"):
        solve_frames(cut, LENS)


def test_a_blank_frame_is_named(pan_frames: Frames) -> None:
    frames = pan_frames.copy()
    frames[4] = 17
    with pytest.raises(SolveError, match=r"frame 4 shows too little to recognise \(0 features"):
        solve_frames(frames)


def _jumping(number: int, x: float, y: float) -> Card:
    def place(time: float) -> tuple[float, float]:
        return x + 0.3 * np.sin(13 * number + 40 * time), y + 0.3 * np.sin(78 * number + 57 * time)

    return Card(3.0, 0.35, 0.35, place, seed=20 + number)


def test_frames_without_a_common_camera_are_refused() -> None:
    """Tiles that cover the picture and jump about: no turn and no rigid scene explains them."""
    places = [(0.7 * column - 1.75, 0.7 * row - 1.05) for column in range(6) for row in range(4)]
    tiles = [_jumping(number, x, y) for number, (x, y) in enumerate(places)]
    with pytest.raises(SolveError, match="no camera was found"):
        solve_frames(film(Poses.identity(4), tiles), LENS)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((1, 96, 96, 3), np.uint8), "shows too little"),
        (np.zeros((0, 96, 96, 3), np.uint8), "at least two frames"),
        (np.zeros((2, 96, 96), np.uint8), "uint8 \\[H, W, 3\\]"),
        (np.zeros((2, 96, 96, 3), np.float32), "uint8 \\[H, W, 3\\]"),
        (np.zeros((2, 40, 96, 3), np.uint8), "too small"),
        ([np.zeros((96, 96, 3), np.uint8), np.zeros((96, 80, 3), np.uint8)], "one size"),
    ],
)
def test_frames_that_cannot_be_solved(frames: Frames, message: str) -> None:
    with pytest.raises(InputError, match=message):
        solve_frames(frames)


def test_a_single_frame_is_no_clip(pan_frames: Frames) -> None:
    with pytest.raises(SolveError, match="at least two frames, and this clip has 1"):
        solve_frames(pan_frames[:1])


def test_arguments_are_checked(pan_frames: Frames) -> None:
    with pytest.raises(InputError, match="subject_distance"):
        solve_frames(pan_frames, LENS, subject_distance=0)
    with pytest.raises(InputError, match="resize it"):
        solve_frames(pan_frames[:2], LENS.resize(144, 88))


def test_without_pycolmap_the_missing_package_is_named(
    pan_frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        solve_frames(pan_frames)
    assert caught.value.name == "pycolmap"
