"""The unrest of a camera held by hand: smooth noise, the same for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from recam.camera.poses import FloatArray, Poses
from recam.errors import InputError

BAND_HZ = (0.3, 5.0)
"""Frequencies of the noise: from the sway of the body to what 15 frames a second can show of the hands."""
SWAY_A_DEGREE = 0.02
"""Metres of sway for each degree of shaking."""
_WAVES = 24


def handheld(
    seconds: ArrayLike, degrees: float = 0.5, sway_metres: float | None = None, seed: int = 0
) -> Poses:
    """How a camera held by hand moves, as seen from its pose at time 0: camera-to-world, OpenCV axes, metres.

    Each of the six motions is a sum of sines of random phase in :data:`BAND_HZ`, whose amplitude falls with
    one over the frequency, so the noise has no steps and repeats only after minutes. The amplitudes are our
    own choice for a person who stands still.

    Args:
        seconds: times [F]; the same time and seed give the same pose, whatever the other times.
        degrees: root mean square of pan and of tilt; roll has half of it.
        sway_metres: root mean square to the right and down, half of it forwards; default: 2 cm a degree.
        seed: which noise.

    Raises:
        InputError: an argument is not finite, or a negative seed.
    """
    times = np.asarray(seconds, dtype=np.float64)
    sway = SWAY_A_DEGREE * degrees if sway_metres is None else sway_metres
    if not (np.isfinite(times).all() and np.isfinite(degrees) and np.isfinite(sway)):
        raise InputError("times, degrees and sway_metres of a handheld camera must be finite numbers")
    if seed < 0:
        raise InputError(f"seed must be 0 or more, not {seed}")
    sizes = np.array([degrees, degrees, degrees / 2, sway, sway, sway / 2])
    noise = _noise(np.append(0.0, times), seed) * sizes
    turns = Rotation.from_rotvec(np.radians(noise[:, :3]))
    poses = Poses.from_parts(turns.as_matrix(), noise[:, 3:])
    return poses[1:].relative_to(poses[0])


def _noise(times: FloatArray, seed: int) -> FloatArray:
    """[F,6]: six independent noises with a root mean square of 1 over long times."""
    rng = np.random.default_rng(seed)
    # One frequency in each of equal steps of pitch: none is empty, and no two are in simple ratios.
    shares = (np.arange(_WAVES) + rng.random((6, _WAVES))) / _WAVES
    frequencies = BAND_HZ[0] * (BAND_HZ[1] / BAND_HZ[0]) ** shares
    phases = rng.uniform(0, 2 * np.pi, (6, _WAVES))
    amplitudes = 1 / frequencies
    amplitudes *= np.sqrt(2 / (amplitudes**2).sum(axis=1, keepdims=True))
    waves = np.sin(2 * np.pi * frequencies * times[:, None, None] + phases)
    return (amplitudes * waves).sum(axis=-1)
