"""The presets against the published validation file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from recam.camera import PRESET_NAMES, CameraPath, Poses, find_preset

FIXTURES = Path(__file__).parent.parent / "fixtures" / "cameras"
PUBLISHED = [name for name in PRESET_NAMES if name != "static"]


def load_reference(file: str) -> dict[str, np.ndarray]:
    """Reference poses [n,4,4].

    The files hold the first 12 F numbers of a [F,4,4] array under the shape [F,3,4], so they end at frame 60
    of 81 (latent 15 of 21). The rest is checked against the raw file that they came from.
    """
    poses = {}
    for key, stored in load_file(FIXTURES / file).items():
        flat = stored.astype(np.float64).reshape(-1)
        whole = np.append(flat, (0.0, 0.0, 0.0, 1.0))  # the last pose lacks its constant last row
        poses[key] = whole[: len(whole) // 16 * 16].reshape(-1, 4, 4)
        assert np.array_equal(poses[key][:, 3], np.tile((0, 0, 0, 1), (len(poses[key]), 1)))
    return poses


@pytest.mark.parametrize("name", PUBLISHED)
def test_preset_equals_published_reference(name: str) -> None:
    reference = load_reference("multicamvideo_val_relative.safetensors")[f"cam{find_preset(name).id:02d}"]
    assert len(reference) == 61
    ours = CameraPath.preset(name).poses[:61]
    theirs = Poses(reference)
    assert np.linalg.norm(ours.translations - theirs.translations, axis=1).max() < 1e-4
    assert ours.relative_to(theirs).rotation_angle_degrees().max() < 0.005
