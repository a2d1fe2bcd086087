"""Pictures of a world's statistics: montages of its scenes, histograms, the words of its captions."""

from __future__ import annotations

import colorsys
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recam.data.index import IndexedScene
from recam.errors import InputError
from recam.files import atomic_file, check_output_path
from recam.video import read_frames
from recam.video.transforms import resize, spread_indices
from recam.worlds.statistics import HUE_BINS, WorldStatistics, in_order

MOST_BYTES = 300_000
"""Of a picture: pages are read over slow lines, and repositories keep every version."""
_BAR = "#3b6ea5"
_GAP = 2  # pixels between the pictures of a montage


def montage(frames: Sequence[NDArray[np.uint8]], columns: int, side: int = 96) -> NDArray[np.uint8]:
    """Square frames in rows of ``columns``, each ``side`` pixels large: uint8 [H,W,3].

    Raises:
        InputError: no frames.
    """
    if not frames:
        raise InputError("a montage needs at least one frame")
    rows = -(-len(frames) // columns)
    sheet = np.full((rows * (side + _GAP) - _GAP, columns * (side + _GAP) - _GAP, 3), 255, np.uint8)
    for index, frame in enumerate(frames):
        row, column = divmod(index, columns)
        top, left = row * (side + _GAP), column * (side + _GAP)
        sheet[top : top + side, left : left + side] = resize(frame[None], side, side)[0]
    return sheet


def scene_montage(scene: IndexedScene, moments: int = 5, side: int = 96) -> NDArray[np.uint8]:
    """One scene: a column for each camera, a row for each of evenly spread moments.

    Raises:
        VideoFileError: a video cannot be decoded.
    """
    columns = []
    for video in scene.files.videos.values():
        frames = np.stack(list(read_frames(video)))
        columns.append(frames[spread_indices(len(frames), moments)])
    return montage([column[row] for row in range(moments) for column in columns], len(columns), side)


def save_picture(
    picture: NDArray[np.uint8], path: str | os.PathLike[str], most_bytes: int = MOST_BYTES
) -> Path:
    """Write a PNG of at most ``most_bytes``: with fewer colours where it must be, then with fewer pixels.

    Raises:
        OutputError: the file cannot be written.
    """
    path = check_output_path(path)
    image = Image.fromarray(picture)
    encoded = _encoded(image)
    if len(encoded) > most_bytes:
        encoded = _encoded(_few_colours(image))
    while len(encoded) > most_bytes:
        smaller = 0.97 * np.sqrt(most_bytes / len(encoded))
        size = (max(1, int(image.width * smaller)), max(1, int(image.height * smaller)))
        image = image.resize(size, Image.Resampling.LANCZOS)
        encoded = _encoded(_few_colours(image))
    with atomic_file(path) as temporary:
        temporary.write_bytes(encoded)
    return path


def _few_colours(image: Image.Image) -> Image.Image:
    return image.quantize(256, dither=Image.Dither.NONE)


def _encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=9)
    return buffer.getvalue()


def save_charts(statistics: WorldStatistics, path: str | os.PathLike[str]) -> Path:
    """Write the histograms as one PNG.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 11), dpi=80, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots(4, 3).ravel()
    for place, title, counts in (
        (axes[0], "environment (scenes)", statistics.environments.most_common()),
        (axes[1], "time of day or light (scenes)", statistics.times.most_common()),
        (axes[2], "camera moves (cameras)", statistics.moves.most_common()),
        (axes[3], "lens (scenes)", in_order(statistics.lenses)),
        (axes[4], "metres to the main character (scenes)", in_order(statistics.distances)),
    ):
        _bars(place, title, counts)
    for place, title, values in (
        (axes[5], "way of cameras that go (m)", statistics.travelled),
        (axes[6], "turn of cameras that turn (degrees)", statistics.turned),
        (axes[7], "speed of cameras that go (m/s)", statistics.speeds),
        (axes[8], "things in view of a scene's cameras", statistics.visible),
        (axes[9], "mean brightness of a frame", statistics.brightness),
        (axes[10], "words of a caption", statistics.caption_words),
    ):
        place.hist(values, bins=30, color=_BAR)
        place.set_title(title, fontsize=10)
    hues = [colorsys.hsv_to_rgb((index + 0.5) / HUE_BINS, 0.8, 0.85) for index in range(HUE_BINS)]
    axes[11].bar(range(HUE_BINS), statistics.hues / max(statistics.hues.sum(), 1e-9), color=hues, width=1.0)
    axes[11].set_title("hue of coloured pixels (share)", fontsize=10)
    axes[11].set_xticks([])
    return _save(canvas, path)


def save_word_charts(statistics: WorldStatistics, path: str | os.PathLike[str]) -> Path:
    """Write who does what, and which words captions have, as one PNG.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 10), dpi=80, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots(1, 4)
    for place, title, counts, most in (
        (axes[0], "main characters (scenes)", statistics.subjects, 45),
        (axes[1], "their motions (scenes)", statistics.motions, 45),
        (axes[2], "what else happens (scenes)", statistics.events, 45),
        (axes[3], "words (captions)", statistics.words, 45),
    ):
        _bars(place, title, counts.most_common(most))
    return _save(canvas, path)


def _bars(axes: object, title: str, counts: Sequence[tuple[str, int]]) -> None:
    shown = counts[::-1]
    axes.barh([name for name, _ in shown], [count for _, count in shown], color=_BAR)  # type: ignore[attr-defined]
    axes.set_title(title, fontsize=10)  # type: ignore[attr-defined]
    axes.tick_params(labelsize=8)  # type: ignore[attr-defined]


def _save(canvas: object, path: str | os.PathLike[str]) -> Path:
    canvas.draw()  # type: ignore[attr-defined]
    return save_picture(np.asarray(canvas.buffer_rgba())[..., :3].copy(), path)  # type: ignore[attr-defined]
