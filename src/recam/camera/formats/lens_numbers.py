"""Lenses that a file states picture by picture, gathered into one camera's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recam.camera.lenses import Lenses

LensNumbers = tuple[float, float, float, float, int, int]
"""fx, fy, cx, cy, width, height: pixels."""


def add_note(notes: list[str], note: str) -> None:
    """Say it once."""
    if note not in notes:
        notes.append(note)


def lenses_of_frames(
    lenses: Sequence[LensNumbers | None], indices: Sequence[int], camera: str, notes: list[str]
) -> Lenses | None:
    """The lenses of one camera's frames, if all have one and their pictures one size; else a note why not.

    Raises:
        InputError: a frame has no usable lens.
    """
    own = [lens for index in indices if (lens := lenses[index]) is not None]
    if len(own) != len(indices):
        if own:
            add_note(notes, f"the lens of camera {camera} is left out: only some of its frames have one")
        return None
    if len({lens[4:] for lens in own}) != 1:
        add_note(notes, f"the lens of camera {camera} is left out: its pictures have different sizes")
        return None
    return Lenses(np.array([lens[:4] for lens in own]), *own[0][4:])
