"""The worst clips: which they are, and a picture of each beside its source and the true video."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np

from recam.errors import OutputError, RecamError
from recam.evaluation.footage import Footage, Reel, same_moments
from recam.evaluation.measure import Figure
from recam.evaluation.report.words import main_figures, plain
from recam.evaluation.score import Record
from recam.evaluation.table import FAILED, MEASURED, ClipTable, is_floor
from recam.files import make_folder
from recam.video import Video, contact_sheet, spread_indices

BY = ("rotation.mean_degrees", "translation.max_norm_mean", "psnr")
"""Figures by which clips are the worst, where the plan has them."""
PICTURES = "pictures"
MOMENTS = 5
HEIGHT = 112
"""Pixels of one frame in a picture."""
_NAME = re.compile(r"clip-\d{6,}\.png")


@dataclass(frozen=True)
class WorstClip:
    """A clip as it is shown."""

    row: int
    """0 for the manifest's first."""
    record: Record
    picture: str = ""
    """Path in the report's folder; "" where the videos cannot be read."""
    shown: tuple[str, ...] = ()
    """What the rows of the picture are, and of what moments."""
    reason: str = ""
    """Why there is no picture, or a row of it is missing."""


@dataclass(frozen=True)
class Worst:
    """Clips that are the worst by one figure, or that failed (``figure`` is None), worst first."""

    figure: Figure | None
    rows: tuple[int, ...]


def choose_worst(table: ClipTable, most: int) -> list[Worst]:
    """Up to ``most`` clips for each figure, and as many of those that failed.

    Methods take turns, each with its worst, so that one bad method does not hide the others.
    """
    figures = tuple(figure for figure in table.figures if not is_floor(figure))
    by_name = {figure.name: figure for figure in figures}
    chosen = [by_name[name] for name in BY if name in by_name] or main_figures(figures, 2)
    found = []
    for figure in chosen:
        values, measured = table.values[figure.name], table.status[figure.name] == MEASURED
        sign = 1 if figure.better == "higher" else -1
        order = np.lexsort((np.arange(len(table)), sign * values))
        found.append(Worst(figure, _in_turns(table, order[measured[order]], most)))
    failures = np.zeros(len(table), np.int64)  # stays so where a run measures nothing of single clips
    for figure in figures:
        failures += table.status[figure.name] == FAILED
    order = np.lexsort((np.arange(len(table)), -failures))
    found.append(Worst(None, _in_turns(table, order[failures[order] > 0], most)))
    return [worst for worst in found if worst.rows]


def _in_turns(table: ClipTable, order: np.ndarray, most: int) -> tuple[int, ...]:
    of_each = [order[table.method[order] == index][:most].tolist() for index in range(len(table.methods))]
    turns = (row for turn in zip_longest(*of_each) for row in turn if row is not None)
    return tuple(row for row, _ in zip(turns, range(most), strict=False))


def gather(records: Iterable[Record], rows: Iterable[int]) -> dict[int, WorstClip]:
    """The records of ``rows``, by row."""
    wanted = set(rows)
    return {
        row: WorstClip(row, record) for row, record in enumerate(records if wanted else ()) if row in wanted
    }


def draw(folder: Path, base: Path, clips: Mapping[int, WorstClip]) -> dict[int, WorstClip]:
    """Write the pictures of ``clips`` into ``folder/pictures``; older pictures that are none of these go.

    Frames are decoded one video at a time, and only those of the moments shown are held.

    Args:
        base: what the records' file names are relative to.

    Raises:
        OutputError: a picture cannot be written.
    """
    drawn = {row: _draw(folder, base, clip) for row, clip in sorted(clips.items())}
    _remove_others(folder / PICTURES, {Path(clip.picture).name for clip in drawn.values()})
    return drawn


def _draw(folder: Path, base: Path, clip: WorstClip) -> WorstClip:
    files, reel = clip.record.files, Reel()
    names = [name for name in ("source", "generated", "target") if files.get(name)]
    if "generated" not in names:
        return replace(clip, reason="the row names no video")
    labels = {"source": "source", "generated": "generated", "target": "true video"}
    strips: list[Video] = []
    shown: list[str] = []
    reasons: list[str] = []
    try:
        lead = reel.footage(base / files["generated"])
        moments = spread_indices(lead.info.num_frames, min(MOMENTS, lead.info.num_frames))
    except (RecamError, OSError) as error:
        return replace(clip, reason=_one_line(error))
    for name in names:
        footage = reel.footage(base / files[name])
        try:
            there = same_moments(lead.info, footage.info, clip.record.pace if name == "source" else None)
            strips.append(_strip(footage, there[moments].tolist()))
            shown.append(labels[name])
        except (RecamError, OSError) as error:
            reasons.append(_one_line(error))
    if not strips:
        return replace(clip, reason="; ".join(reasons))
    path = f"{PICTURES}/clip-{clip.row + 1:06}.png"
    make_folder(folder / PICTURES)
    contact_sheet(strips, folder / path, shown, columns=len(moments), height=HEIGHT)
    times = ", ".join(f"{index / float(lead.info.fps):.2f}" for index in moments)
    return replace(clip, picture=path, shown=(*shown, f"at {times} s"), reason="; ".join(reasons))


def _strip(footage: Footage, wanted: Sequence[int]) -> Video:
    """The ``wanted`` frames (never falling); decoding stops behind the last."""
    frames: list[np.ndarray] = []
    for index, frame in _until(footage, wanted[-1]):
        frames += [frame] * wanted.count(index)
    return Video(np.stack(frames), footage.info.fps)


def _until(footage: Footage, last: int) -> Iterator[tuple[int, np.ndarray]]:
    for index, frame in enumerate(footage.stream()):
        yield index, frame
        if index == last:
            return


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Remove pictures of an older report, known by their names, and the folder when nothing is left."""
    if not folder.is_dir():
        return
    try:
        for file in sorted(folder.iterdir()):
            if _NAME.fullmatch(file.name) and file.name not in kept:
                file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise OutputError(folder, f"cannot be written: {(error.strerror or str(error)).lower()}") from error


def _one_line(error: Exception) -> str:
    return plain(error)
