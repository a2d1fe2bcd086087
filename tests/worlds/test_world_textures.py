"""Painted surface patterns: seamless, the same for ever, as named."""

from __future__ import annotations

import numpy as np
import pytest

from recam.errors import InputError
from recam.worlds.scene import Texture
from recam.worlds.textures import PATTERNS, paint

COLOURS = (0.7, 0.5, 0.3), (0.2, 0.3, 0.4)


def texture(pattern: str, seed: int = 3) -> Texture:
    return Texture(pattern, *COLOURS, seed=seed)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("pixels", [40, 96])
def test_a_tile_is_painted_afresh_as_before_and_stays_between_black_and_white(pattern: str, pixels: int):
    tile = paint(texture(pattern), pixels)
    assert tile.shape == (pixels, pixels, 3)
    assert tile.dtype == np.uint8
    np.testing.assert_array_equal(tile, paint.__wrapped__(texture(pattern), pixels))
    assert not tile.flags.writeable
    assert 20 < tile.mean() < 235


@pytest.mark.parametrize("pattern", PATTERNS)
def test_opposite_edges_meet_as_neighbours_inside_do(pattern: str):
    tile = np.mean([paint(texture(pattern, seed), 96) for seed in range(24)], axis=3)  # [seeds, 96, 96]
    for axis in (1, 2):
        steps = np.abs(np.diff(tile, axis=axis)).mean(axis=(0, 3 - axis))  # [95] between lines inside
        across = np.abs(np.take(tile, 0, axis) - np.take(tile, -1, axis)).mean()
        assert across <= steps.max() * 1.15 + 1, "a seam shows where the tile repeats"


@pytest.mark.parametrize("pattern", [name for name in PATTERNS if name not in ("plain", "stripes")])
def test_seeds_give_other_tiles(pattern: str):
    assert (paint(texture(pattern, 1), 64) != paint(texture(pattern, 2), 64)).mean() > 0.05


@pytest.mark.parametrize("pattern", PATTERNS)
def test_other_sizes_show_the_same_pattern(pattern: str):
    small = paint(texture(pattern), 64).astype(float)
    large = paint(texture(pattern), 128).reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    other = paint(texture(pattern, 99), 64).astype(float)
    blocks = [tile.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3)) for tile in (small, large, other)]
    apart, unlike = (np.abs(blocks[0] - tile).mean() for tile in blocks[1:])
    assert apart < 8
    assert apart <= max(0.75 * unlike, 1.5)


def test_plain_is_the_first_colour():
    np.testing.assert_array_equal(paint(texture("plain"), 8), np.full((8, 8, 3), [178, 128, 76]))


def test_bricks_lie_in_courses_shifted_by_half():
    tile = paint(Texture("bricks", (0.6, 0.2, 0.1), (1.0, 1.0, 1.0), seed=1), 192).mean(axis=2)
    course = 192 // 12
    assert tile[::course].mean() > tile[course // 2 :: course].mean() + 50  # mortar between level courses
    joints = [np.flatnonzero(tile[course // 2 + row * course] > 200) for row in (0, 1)]
    assert set(np.round(joints[0] / 48) % 4) == {0.0, 1.0, 2.0, 3.0}
    assert np.all(np.abs((joints[1] - 24) % 48 - 24) > 20)  # half a brick from those above


def test_what_cannot_be_painted_is_refused():
    with pytest.raises(InputError, match=r"'velvet'.*bricks"):
        paint(Texture("velvet"), 64)
    with pytest.raises(InputError, match="at least 4 pixels"):
        paint(Texture(), 2)
