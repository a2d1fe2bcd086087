"""What the tests of the command line share: how a command is typed, what it leaves behind, a small clip."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import numpy as np

RECAM = [sys.executable, "-m", "recam.apps.cli.main"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}

# Settings of models in miniature: one that takes any size, and one that knows only its own.
FREE = {"name": "free", "num_frames": 9, "height": 32, "width": 48, "num_inference_steps": 2}
FIXED = {**FREE, "name": "fixed", "fps": 8.0, "fixed_size": True, "notice": "for tests only"}


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def refused(self, *words: str) -> str:
        """The one line on standard error of a command that refused its input; it must contain ``words``."""
        assert self.code == 2, (self.code, self.out, self.err)
        assert self.out == ""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("recam")
        assert "Traceback" not in self.err
        for word in words:
            assert word in lines[0], (word, lines[0])
        return lines[0]


def moving_square(num_frames: int, height: int = 48, width: int = 64) -> np.ndarray:
    """uint8 [F,H,W,3]: a light square that moves to the right over a soft pattern."""
    rows, columns = np.mgrid[:height, :width]
    pattern = np.stack([rows * 2, columns * 2, 100 + (rows + columns) % 40], axis=-1).astype(np.uint8)
    frames = np.tile(pattern, (num_frames, 1, 1, 1))
    for index in range(num_frames):
        left = 4 + index * (width - 20) // max(num_frames, 2)
        frames[index, height // 3 : height // 3 + 12, left : left + 12] = 230
    return frames
