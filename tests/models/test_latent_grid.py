from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recam.errors import InputError
from recam.models import LatentGrid
from recam.models.grid import nearest_frames


def test_full_size() -> None:
    grid = LatentGrid(81, 480, 832)
    assert grid.latent_shape(1, 16) == (1, 16, 21, 60, 104)
    assert grid.token_grid == (21, 30, 52)
    assert 2 * grid.tokens == 65_520  # both clips, as the published model sees them


def test_small_patches() -> None:
    grid = LatentGrid(9, 64, 48, patch_size=(1, 1, 1))
    assert grid.token_grid == (3, 8, 6)
    assert grid.tokens_per_frame == 48
    assert [grid.video_frame(i) for i in range(grid.latent_frames)] == [0, 4, 8]


@pytest.mark.parametrize(
    ("sizes", "names"),
    [
        ((80, 480, 832), "num_frames=80 .*77 or 81"),
        ((0, 480, 832), "num_frames=0 .*nearest: 1$"),
        ((81, 470, 832), "height=470 .*464 or 480"),
        ((81, 480, 7), "width=7 .*nearest: 16$"),
    ],
)
def test_bad_sizes_name_the_nearest_good_ones(sizes, names: str) -> None:
    with pytest.raises(InputError, match=names):
        LatentGrid(*sizes)


@given(frames=st.integers(1, 1000), patch=st.integers(1, 3))
def test_nearest_frames_bracket_and_fit(frames: int, patch: int) -> None:
    near = nearest_frames(frames, 4, patch)
    for good in near:
        grid = LatentGrid(good, 64, 64, patch_size=(patch, 1, 1))
        assert grid.latent_frames % patch == 0
    assert near == (frames,) or len(near) == 1 or near[0] < frames < near[1]
