"""Props: still, on the ground, inside their spots."""

from __future__ import annotations

import numpy as np
import pytest

from recam.errors import InputError
from recam.worlds.props import PROPS, draw_prop
from recam.worlds.scene import Ground
from recam.worlds.textures import PATTERNS


@pytest.mark.parametrize("kind", PROPS)
def test_props_stand_on_the_ground_inside_their_spot(kind: str) -> None:
    least = PROPS[kind][0]
    for seed, radius in enumerate([least, least, 1.5 * least, 0.9, 1.2]):
        if radius < least:
            continue
        rng = np.random.default_rng(seed)
        thing = draw_prop(rng, name="prop", spot=(1.0, -2.0, radius), ground=Ground(), kind=kind)
        boxes = thing.boxes()
        assert boxes[:, 0, 2].min() == pytest.approx(0.0, abs=0.006)
        middles = boxes.mean(axis=1)[:, :2] - [1, -2]
        assert np.linalg.norm(middles, axis=1).max() < radius
        assert np.abs(boxes[:, :, :2] - [1, -2]).max() < 1.05 * radius
        assert thing.kind == "prop"
        assert thing.motion == ""
        assert all(part.is_still for part in thing.parts)
        assert thing.attributes["species"] == kind
        assert thing.words.split()[0] in ("a", "an")
        assert sum(len(part.shapes) for part in thing.parts) <= 32
        for part in thing.parts:
            assert {shape.material.texture.pattern for shape in part.shapes} <= set(PATTERNS)


def test_kinds_are_many_and_drawn_from_what_fits() -> None:
    assert len(PROPS) >= 10
    rng = np.random.default_rng(0)
    drawn = {
        draw_prop(rng, name="p", spot=(0.0, 0.0, 0.2), ground=Ground()).attributes["species"]
        for _ in range(60)
    }
    assert drawn == {kind for kind, (least, _) in PROPS.items() if least <= 0.2}


def test_the_same_numbers_draw_the_same() -> None:
    first, again, other = (
        draw_prop(np.random.default_rng(seed), name="p", spot=(0.0, 0.0, 0.8), ground=Ground(), kind="crate")
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.boxes(), again.boxes())
    assert not np.array_equal(first.boxes(), other.boxes())


def test_on_a_slope_nothing_hovers() -> None:
    x, _ = np.meshgrid(np.linspace(-10, 10, 81), np.linspace(-10, 10, 81))
    ground = Ground(0.3 * x, (10.0, 10.0))
    thing = draw_prop(np.random.default_rng(1), name="p", spot=(2.0, 0.0, 0.5), ground=ground, kind="crate")
    assert 0.3 < thing.boxes()[:, 0, 2].min() < 0.6


def test_unknown_kinds_and_small_spots_are_said() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="unknown prop 'piano'"):
        draw_prop(rng, name="p", spot=(0.0, 0.0, 1.0), ground=Ground(), kind="piano")
    with pytest.raises(InputError, match=r"too small for table: 0\.4 m"):
        draw_prop(rng, name="p", spot=(0.0, 0.0, 0.2), ground=Ground(), kind="table")
    with pytest.raises(InputError, match="too small for any prop"):
        draw_prop(rng, name="p", spot=(0.0, 0.0, 0.05), ground=Ground())
