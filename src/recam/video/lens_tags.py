"""The lens that a video file states about itself."""

from __future__ import annotations

import math
import os
from pathlib import Path

from recam.video.probe import open_container

# Written by phones, for the whole file or for the track of pictures.
_EQUIVALENT = "com.apple.quicktime.camera.focal_length.35mm_equivalent"


def stated_focal_35mm(path: str | os.PathLike[str]) -> float | None:
    """The "35 mm equivalent" focal length in millimetres that a phone wrote into the file; None where none
    is.

    It is a start and no measurement: stabilisation crops the picture after the lens, and makers round.

    Raises:
        VideoFileError: the file cannot be opened.
    """
    with open_container(Path(path)) as container:
        tags = [container.metadata, *(stream.metadata for stream in container.streams.video)]
    for found in tags:
        for key, value in found.items():
            # FFmpeg appends languages to keys, as in "...35mm_equivalent-eng".
            if key.lower().startswith(_EQUIVALENT):
                number = _number(value)
                if number is not None:
                    return number
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 4 <= number <= 2000 else None
