"""The published camera rules, by the statistics of 100,000 drawn paths.

Shares and distributions are held to tests whose chance of failing by bad luck was 1e-4 each, at a fixed seed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from recam.errors import InputError
from recam.worlds.rules import (
    CURVE_RANGE,
    HEMISPHERE_RADII,
    MOVE_KINDS,
    MOVE_RANGES,
    PUBLISHED_LENSES,
    PathDraws,
    draw_kinds,
    draw_lens,
    draw_paths,
    draw_starts,
    smooth_paths,
)

COUNT = 100_000
RADIUS = 5.0
CHANCE = 1e-4
SUBJECT = np.array([1.0, -2.0, 0.9])


@pytest.fixture(scope="module")
def paths() -> PathDraws:
    rng = np.random.default_rng(0)
    return draw_paths(rng, *draw_kinds(rng, COUNT), RADIUS, SUBJECT)


def _some(paths: PathDraws, kind: str, count: int = 200) -> PathDraws:
    return paths.take(np.flatnonzero(paths.of_kind(kind))[:count])


def _is_uniform(values: np.ndarray, low: float, high: float) -> bool:
    assert low <= values.min()
    assert values.max() <= high
    return stats.kstest(values, "uniform", (low, high - low)).pvalue > CHANCE


def _are_even(counts: np.ndarray) -> bool:
    return stats.chisquare(counts).pvalue > CHANCE


def _way(positions: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(positions, axis=1), axis=2).sum(axis=1)


def test_kinds_are_equally_frequent(paths: PathDraws) -> None:
    assert _are_even(np.bincount(paths.kinds, minlength=len(MOVE_KINDS)))


@pytest.mark.parametrize("kind", [kind for kind in MOVE_KINDS if kind not in ("random", "static")])
def test_sizes_are_even_over_the_published_range_on_both_sides(paths: PathDraws, kind: str) -> None:
    amounts = paths.amounts[paths.of_kind(kind)]
    low, high = {"pan": (5, 45), "tilt": (5, 30), "arc": (15, 75)}.get(kind, (RADIUS / 4, RADIUS))
    assert _are_even(np.array([(amounts > 0).sum(), (amounts < 0).sum()]))
    assert _is_uniform(amounts[amounts > 0], low, high)
    assert _is_uniform(-amounts[amounts < 0], low, high)


def test_random_paths(paths: PathDraws) -> None:
    some = paths.of_kind("random")
    assert _is_uniform(paths.amounts[some], RADIUS / 4, RADIUS)
    assert _are_even(np.bincount(paths.num_points[some])[1:])
    assert not paths.num_points[~some].any()
    assert _is_uniform(paths.steps[some][..., 2].ravel(), -1, 1)  # any direction alike
    assert (np.einsum("npi,npi->np", paths.steps[:, 1:], paths.steps[:, :-1]) >= 0).all()  # none turns back


def test_static_cameras_do_nothing(paths: PathDraws) -> None:
    still = _some(paths, "static")
    assert not still.amounts.any()
    rotations, positions = still.trace(still.progress(5))
    assert np.ptp(rotations, axis=1).max() == 0
    assert np.ptp(positions, axis=1).max() == 0
    assert still.parameters(0) == {}


def test_half_run_at_constant_speed(paths: PathDraws) -> None:
    constant = paths.curves == 0
    assert stats.binomtest(int(constant.sum()), COUNT).pvalue > CHANCE
    curved = paths.curves[~constant]
    assert _are_even(np.array([(curved > 0).sum(), (curved < 0).sum()]))
    assert _is_uniform(abs(curved), *CURVE_RANGE)
    for kind in MOVE_KINDS:  # whatever the move
        share = constant[paths.of_kind(kind)]
        assert stats.binomtest(int(share.sum()), len(share)).pvalue > CHANCE


def test_the_speed_is_the_published_formula(paths: PathDraws) -> None:
    some = paths.take(np.arange(300))
    times = np.linspace(0, 1, 7)
    for a, progress in zip(some.curves, some.progress(7), strict=True):
        expected = times if a == 0 else (1 - np.exp(-a * times)) / (1 - np.exp(-a))
        np.testing.assert_allclose(progress, expected, atol=1e-12)


def test_starts_lie_on_the_hemisphere_evenly_and_look_at_the_subject(paths: PathDraws) -> None:
    offsets = paths.starts - SUBJECT
    np.testing.assert_allclose(paths.distances, RADIUS)
    pitch = np.degrees(np.arcsin(offsets[:, 2] / RADIUS))
    assert 0 <= pitch.min() < 0.01
    assert 44.99 < pitch.max() <= 45
    assert _is_uniform(offsets[:, 2] / RADIUS, 0, np.sqrt(0.5))
    assert _is_uniform(np.degrees(np.arctan2(offsets[:, 1], offsets[:, 0])), -180, 180)
    rotations, positions = paths.trace(np.zeros((COUNT, 1)))
    np.testing.assert_array_equal(positions[:, 0], paths.starts)
    np.testing.assert_allclose(rotations[:, 0, :, 2], -offsets / RADIUS, atol=1e-12)
    assert abs(rotations[:, 0, 2, 0]).max() < 1e-12  # level


def test_starts_within_the_hemisphere_fill_it_evenly() -> None:
    offsets = draw_starts(np.random.default_rng(1), COUNT, 3.0, SUBJECT, "within") - SUBJECT
    distances = np.linalg.norm(offsets, axis=1)
    assert _is_uniform(distances**3, 0.5**3, 3.0**3)
    assert _is_uniform(offsets[:, 2] / distances, 0, np.sqrt(0.5))


def test_every_move_begins_at_its_start_and_ends_with_the_full_move(paths: PathDraws) -> None:
    """What is recorded as drawn is what the poses do, in the stated direction."""
    for kind in MOVE_KINDS:
        some = _some(paths, kind)
        rotations, positions = some.trace(some.progress(9))
        np.testing.assert_allclose(positions[:, 0], some.starts, atol=1e-9)
        first, last = rotations[:, 0], rotations[:, -1]
        relative = np.swapaxes(first, 1, 2) @ last
        moved = np.einsum("nji,nj->ni", first, positions[:, -1] - positions[:, 0])
        if kind in ("truck", "crane", "dolly"):
            axis = ("truck", "crane", "dolly").index(kind)
            np.testing.assert_allclose(moved, np.eye(3)[axis] * some.amounts[:, None], atol=1e-9)
        if kind in ("truck", "crane", "dolly", "random"):
            np.testing.assert_allclose(relative, np.tile(np.eye(3), (len(some), 1, 1)), atol=1e-12)
        if kind == "tilt":
            angles = np.degrees(np.arctan2(-relative[:, 1, 2], relative[:, 2, 2]))
            np.testing.assert_allclose(angles, some.amounts, atol=1e-9)
        if kind in ("pan", "tilt"):
            assert abs(moved).max() == 0
        if kind in ("pan", "arc"):
            heading = np.degrees(np.arctan2(rotations[..., 1, 2], rotations[..., 0, 2]))
            turned = (heading[:, -1] - heading[:, 0] + 180) % 360 - 180  # counterclockwise from above
            np.testing.assert_allclose(turned, some.amounts * (-1 if kind == "pan" else 1), atol=1e-9)
            # Positive: a pan's view and an arc's camera go towards what was right of the start.
            towards = relative[:, 0, 2] if kind == "pan" else moved[:, 0]
            assert (np.sign(towards) == np.sign(some.amounts)).all()
        assert abs(rotations[..., 2, 0]).max() < 1e-9, kind  # every frame is level


def test_arcs_keep_height_and_distance_and_their_eyes_on_the_subject(paths: PathDraws) -> None:
    some = _some(paths, "arc")
    rotations, positions = some.trace(some.progress(9))
    towards = SUBJECT - positions
    np.testing.assert_allclose(np.linalg.norm(towards, axis=2), RADIUS)
    np.testing.assert_allclose(rotations[..., 2], towards / RADIUS, atol=1e-9)
    assert np.ptp(positions[..., 2], axis=1).max() < 1e-9


def test_random_paths_are_as_long_as_drawn_and_run_evenly(paths: PathDraws) -> None:
    some = _some(paths, "random", 300)
    even = np.tile(np.linspace(0, 1, 1001), (len(some), 1))
    _, positions = some.trace(even)
    np.testing.assert_allclose(_way(positions), some.amounts, rtol=1e-4)
    speeds = np.linalg.norm(np.diff(positions, axis=1), axis=2) * 1000 / some.amounts[:, None]
    assert abs(speeds - 1).max() < 0.02


def test_random_paths_are_smooth_and_go_through_their_points() -> None:
    """A right angle: the curve passes the corner, and turns by a little from step to step."""
    steps = np.array([[[1.0, 0, 0], [0, 1.0, 0]]])
    path = smooth_paths(steps, np.array([2.0]), np.linspace(0, 1, 201)[None])[0]
    corner, end = path[100], path[-1]
    np.testing.assert_allclose(corner / corner[0], [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(end / end[0], [1, 1, 0], atol=1e-6)
    along = np.diff(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    turns = np.degrees(np.arccos(np.clip((along[1:] * along[:-1]).sum(axis=1), -1, 1)))
    assert turns.max() < 3  # a bend of 0.2 m radius in 2 m
    assert turns.sum() > 90


def test_lenses_are_the_four_published_ones() -> None:
    assert [lens.folder for lens in PUBLISHED_LENSES] == [
        "f18_aperture10", "f24_aperture5", "f35_aperture2.4", "f50_aperture2.4"
    ]  # fmt: skip
    lens = PUBLISHED_LENSES[0].intrinsics(1280)
    assert lens.fx == lens.fy == pytest.approx(18 / 23.76 * 1280)
    rng = np.random.default_rng(4)
    drawn = [draw_lens(rng) for _ in range(10_000)]
    assert _are_even(np.array([drawn.count(lens) for lens in PUBLISHED_LENSES]))


def test_the_tables_are_the_published_ones() -> None:
    assert HEMISPHERE_RADII == (3, 5, 7, 10)
    assert set(MOVE_RANGES) == set(MOVE_KINDS)


def test_what_cannot_be_drawn_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="unknown kind of move 'wobble'; kinds are pan, tilt"):
        draw_kinds(rng, 3, ("pan", "wobble"))
    with pytest.raises(InputError, match="no kind of move is given"):
        draw_kinds(rng, 3, ())
    for radius in (0.4, float("nan"), -3.0):
        with pytest.raises(InputError, match=r"radius must be at least 0\.5 m"):
            draw_starts(rng, 3, radius)
