"""Wide frames, speckled surfaces, and how much of a picture things cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recam.camera import Intrinsics, Poses
from recam.camera.moves import look_at
from recam.worlds.tiny.engine import TinyEngine, paint
from recam.worlds.tiny.scene import Surface, Thing, draw_scene

LENS = Intrinsics.from_fov_degrees(60, 96, 64)
DOWN = (0.0, 0.0, -1.0)
BALL = Thing(
    "sphere", "red", (1.0, 0.0, 0.0), (0.2, 0.0, 0.0), half_width=0.5, half_height=0.5, position=(0.0, 0.0),
    heading=0.0, motion="still", travel=0.0, period=2.0, phase=0.0,
)  # fmt: skip
POST = replace(BALL, shape="box", half_width=0.2, position=(-2.0, 1.5))


def test_speckles_repeat_seamlessly_and_nowhere_look_alike() -> None:
    tile = paint(Surface("speckles", (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 1.0, seed=3), 128).astype(float)
    across = np.abs(np.diff(tile[..., 0], axis=1)).mean()
    assert np.abs(tile[:, 0, 0] - tile[:, -1, 0]).mean() < 2 * across
    blocks = tile[..., 0].reshape(8, 16, 8, 16).swapaxes(1, 2).reshape(64, 256)
    alike = np.corrcoef(blocks)[np.triu_indices(64, 1)]
    assert alike.max() < 0.9


@pytest.mark.gl
def test_a_wide_engine_covers_what_it_draws() -> None:
    scene = replace(draw_scene(0), environment="open field", things=(BALL, POST))
    view = look_at([(4, 0, 0.5)], (0, 0, 0.5), down=DOWN)
    poses = Poses(np.repeat(view.matrices, 2, axis=0))
    engine = TinyEngine(64, LENS.fov_degrees[1], width=96, speckled=True)
    try:
        frames = engine.render(scene, [poses], fps=8)
        shares = engine.coverage(scene, poses, 8, (0,))
        both = engine.coverage(scene, poses, 8, (0, 1))
        again = engine.render(scene, [poses], fps=8)
    finally:
        engine.close()
    assert frames.shape == (1, 2, 64, 96, 3)
    np.testing.assert_array_equal(again, frames)  # measuring leaves the pictures alone
    # A ball of radius r at distance d fills a disc of radius f tan(asin(r / d)).
    radius = LENS.fx * np.tan(np.arcsin(0.5 / 4))
    np.testing.assert_allclose(shares, np.pi * radius**2 / (96 * 64), rtol=0.06)
    assert (both > shares).all()
    ball = frames[0, 0, 26:38, 42:54].astype(float)
    assert ball[..., 0].std() > 8  # speckled: red and dark red
