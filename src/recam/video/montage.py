"""Pictures of videos next to each other: a side-by-side video, and a contact sheet as PNG."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from recam.errors import InputError
from recam.files import atomic_file
from recam.video.io import Video
from recam.video.transforms import resample_frames, resize, spread_indices

BACKGROUND = (24, 24, 27)
INK = (235, 235, 235)


def side_by_side(
    videos: Sequence[Video], labels: Sequence[str] | None = None, gap: int = 8, min_height: int = 0
) -> Video:
    """Videos in one row, at the first one's height, duration and sound; the rest spread over its length.

    Args:
        videos: one or more.
        labels: a caption above each.
        gap: pixels between them.
        min_height: enlarge smaller videos by a whole factor (pixels stay sharp) to at least this height.

    Raises:
        InputError: no video, or as many labels as not videos.
    """
    _check(videos, labels)
    lead = videos[0]
    height = lead.height * max(1, -(-min_height // lead.height))
    count = max(video.num_frames for video in videos)
    columns = [_fit(resample_frames(video.frames, count), height) for video in videos]
    bar = _bar_height(height) if labels else 0
    width = sum(column.shape[2] for column in columns) + gap * (len(columns) - 1)
    sheet = np.empty((count, height + bar, width, 3), np.uint8)
    sheet[:] = BACKGROUND
    left = 0
    for index, column in enumerate(columns):
        right = left + column.shape[2]
        sheet[:, bar:, left:right] = column
        if labels:
            sheet[:, :bar, left:right] = _caption(labels[index], right - left, bar)
        left = right + gap
    fps = lead.fps * count / lead.num_frames  # the first one's duration, whatever the others' counts
    return Video(sheet, fps, None, lead.sound)


def contact_sheet(
    videos: Video | Sequence[Video],
    path: str | os.PathLike[str],
    labels: Sequence[str] | None = None,
    columns: int = 6,
    height: int = 160,
) -> Path:
    """Write a PNG with one row a video and ``columns`` moments, evenly spread from first to last.

    Args:
        videos: one or more.
        path: the PNG to write.
        labels: a caption above each row.
        columns: moments shown (fewer when the longest video has fewer frames).
        height: pixels of one picture; smaller pictures are enlarged by repeating pixels, which hides nothing.

    Raises:
        InputError: no video, or as many labels as not videos.
        OutputError: the file cannot be written.
    """
    videos = [videos] if isinstance(videos, Video) else list(videos)
    _check(videos, labels)
    columns = max(1, min(columns, max(video.num_frames for video in videos)))
    gap, rows = 4, []
    for index, video in enumerate(videos):
        cells = _fit(video.frames[spread_indices(video.num_frames, columns)], height)
        row = np.empty((height, columns * (cells.shape[2] + gap) - gap, 3), np.uint8)
        row[:] = BACKGROUND
        for column, cell in enumerate(cells):
            left = column * (cells.shape[2] + gap)
            row[:, left : left + cells.shape[2]] = cell
        if labels:
            row = np.concatenate([_caption(labels[index], row.shape[1], _bar_height(height)), row])
        rows.append(row)
    sheet = np.empty(
        (sum(len(row) for row in rows) + gap * (len(rows) - 1), max(row.shape[1] for row in rows), 3),
        np.uint8,
    )
    sheet[:] = BACKGROUND
    top = 0
    for row in rows:
        sheet[top : top + len(row), : row.shape[1]] = row
        top += len(row) + gap
    with atomic_file(path) as temporary:
        Image.fromarray(sheet).save(temporary, format="PNG")
    return Path(path)


def _fit(frames: np.ndarray, height: int) -> np.ndarray:
    """Frames at ``height``, aspect kept; a whole enlargement repeats pixels, anything else filters."""
    factor, rest = divmod(height, frames.shape[1])
    if factor >= 2 and rest == 0:
        return frames.repeat(factor, axis=1).repeat(factor, axis=2)
    return resize(frames, height, max(1, round(frames.shape[2] * height / frames.shape[1])))


def _caption(text: str, width: int, height: int) -> np.ndarray:
    """One line of text on a bar uint8 [height, width, 3]."""
    image = Image.new("RGB", (width, height), BACKGROUND)
    size = height * 0.62
    font = ImageFont.load_default(size)
    while size > 6 and font.getlength(text) > width - 8:  # shrink before cutting off
        size -= 1
        font = ImageFont.load_default(size)
    ImageDraw.Draw(image).text((4, height / 2), text, fill=INK, font=font, anchor="lm")
    return np.asarray(image)


def _bar_height(height: int) -> int:
    return min(36, max(16, height // 8))


def _check(videos: Sequence[Video], labels: Sequence[str] | None) -> None:
    if not videos:
        raise InputError("give at least one video")
    if labels is not None and len(labels) != len(videos):
        raise InputError(f"give one label a video; got {len(labels)} labels for {len(videos)} videos")
