"""VBench's own figures, from the files it writes: ``NAME_eval_results.json``.

Such a file holds, for each dimension, the mean and a figure of each video::

    {"subject_consistency": [0.95, [{"video_path": "ours/arc-left/01.mp4", "video_results": 0.95}, ...]]}

VBench states whatever path it was given, and scores one folder at a time. A figure is taken for a clip only
where names leave no doubt: the file's name is that of the clip, and the clip's folder and method (where the
manifest names one) stand in the path that VBench states, in the path of its file below the given folder, or
in its file's name; or the file's name is the clip's id. Nothing is matched by order or by likeness.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from recam.errors import ResultsError
from recam.evaluation.case import Case
from recam.evaluation.manifest import Row
from recam.evaluation.measure import Figure, Found, Input, Missing
from recam.evaluation.store import hashed

PATTERN = "*_eval_results.json"
MOST_BYTES = 1 << 28
"""Of a file of results: VBench writes about 200 bytes a video and dimension."""


DIMENSIONS = {
    "subject_consistency": 1.0,
    "background_consistency": 1.0,
    "aesthetic_quality": 1.0,
    "imaging_quality": 100.0,
    "motion_smoothness": 1.0,
}
"""What is taken from such files, and what makes a video's figure 0 to 1: VBench divides its mean of
``imaging_quality`` by 100, but no video's figure. Other dimensions are left alone, whatever they hold."""


@dataclass(frozen=True)
class Results:
    """VBench's files below a path, known by their content."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Entry:
    """VBench's figure of one video."""

    stated: str
    """The path in the file."""
    names: tuple[str, ...]
    """All that names the video: the file of results and folders above it, the stated path."""
    value: float

    @property
    def name(self) -> str:
        return self.names[-1]


Entries = Mapping[str, Mapping[str, tuple[Entry, ...]]]
"""By dimension, then by the name of the video's file without its suffix."""


@dataclass(frozen=True)
class ImportedMeasure:
    """A figure of VBench, imported."""

    figure: Figure
    dimension: str
    results: Results
    inputs: tuple[Input, ...] = field(default=("generated", "name"), init=False)

    @property
    def name(self) -> str:
        return self.figure.name

    @property
    def key(self) -> str:
        return f"{self.name} imported 1 {self.results.sha256}"

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (self.figure,)

    def measure(self, case: Case) -> Found:
        found = find_entry(read_entries(self.results)[self.dimension], case.row)
        if isinstance(found, str):
            return Found.nothing(self.figures, "lacking", f"{self.dimension}: {found}")
        details = {"imported": found.stated}
        if not math.isfinite(found.value):
            missing = {self.name: Missing("failed", f"VBench's {self.dimension} is not finite")}
            return Found({self.name: None}, missing, details)
        return Found({self.name: found.value / DIMENSIONS[self.dimension]}, details=details)


def find_results(path: Path) -> tuple[Results, frozenset[str]]:
    """VBench's files at ``path`` (a file, or a folder in which they are looked for), all read and checked.

    Returns:
        what :class:`ImportedMeasure` needs, and which of :data:`DIMENSIONS` the files hold.

    Raises:
        ResultsError: there are none, one is broken, or they hold none of the dimensions.
    """
    sha256, entries = _read_all(path)
    if not entries:
        raise ResultsError(
            path, f"holds no dimension of VBench that is imported here: {', '.join(DIMENSIONS)}"
        )
    for dimension, by_stem in entries.items():
        most, full = max(entry.value for found in by_stem.values() for entry in found), DIMENSIONS[dimension]
        if full > 1 and most <= 1:
            raise ResultsError(
                path,
                f"{dimension} of its videos is at most {most:.3g}; VBench writes 0 to {full:g} for a video "
                "(and divides the mean alone); give its own file",
            )
    return Results(path.absolute(), sha256), frozenset(entries)


@lru_cache(maxsize=4)
def read_entries(results: Results) -> Entries:
    """All figures of ``results``; read once a process.

    Raises:
        ResultsError: the files are no longer what they were.
    """
    sha256, entries = _read_all(results.path)
    if sha256 != results.sha256:
        raise ResultsError(results.path, "changed while it was used; run again")
    return entries


def find_entry(entries: Mapping[str, tuple[Entry, ...]], row: Row) -> Entry | str:
    """The figure of a row's generated video, or why there is none that is beyond doubt."""
    file = row.generated.name
    named = [entry for entry in entries.get(row.generated.stem, ()) if entry.name == file]
    wanted = [row.generated.parent.name, *([row.method] if row.method else [])]
    fitting = [entry for entry in named if all(name in entry.names[:-1] for name in wanted)]
    fitting = fitting or list(entries.get(row.id, ()))
    if not fitting and not named:
        return f"VBench's results hold no video {file}"
    if not fitting:
        lacks = " and ".join(map(repr, wanted))
        return (
            f"of VBench's videos named {file} ({named[0].stated!r:.120} ...) none is this clip beyond doubt: "
            f"neither path nor file of results names {lacks}; put such files into folders of these names"
        )
    nearest = max(_common_tail(entry, row) for entry in fitting)
    best = [entry for entry in fitting if _common_tail(entry, row) == nearest]
    if len({repr(entry.value) for entry in best}) > 1:  # by their text: nan is equal to nan
        return (
            f"VBench's results hold {len(best)} videos that may be this one, such as {best[0].stated!r:.200}"
        )
    return best[0]


def _common_tail(entry: Entry, row: Row) -> int:
    """How many names at the end agree."""
    count = 0
    for one, other in zip(reversed(entry.names), reversed(row.generated.parts), strict=False):
        if one != other:
            break
        count += 1
    return count


def _read_all(path: Path) -> tuple[str, Entries]:
    if path.is_dir():
        files = sorted(file for file in path.rglob(PATTERN) if file.is_file())
        if not files:
            raise ResultsError(path, f"holds no {PATTERN}; give the folder that VBench wrote to, or its file")
    elif path.is_file():
        files = [path]
    else:
        raise ResultsError(path, "does not exist; give VBench's NAME_eval_results.json, or a folder of them")
    entries: dict[str, dict[str, list[Entry]]] = {}
    hashes: list[str] = []
    for file in files:
        place = PurePosixPath(file.relative_to(path).as_posix() if path.is_dir() else file.name)
        content = _content(file)
        hashes += [str(place), hashlib.sha256(content).hexdigest()]
        above = (*place.parts[:-1], place.name.removesuffix(".json").removesuffix("_eval_results"))
        for dimension, found in _videos(file, content):
            stated = found["video_path"]
            names = (*above, *(part for part in re.split(r"[\\/]+", stated) if part not in ("", ".", "..")))
            entry = Entry(stated, names, float(found["video_results"]))
            entries.setdefault(dimension, {}).setdefault(PurePosixPath(entry.name).stem, []).append(entry)
    return hashed(*hashes), {
        dimension: {stem: tuple(found) for stem, found in by_stem.items()}
        for dimension, by_stem in entries.items()
    }


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ResultsError(file, f"is larger than {MOST_BYTES >> 20} MiB; this is no file of VBench")
        return file.read_bytes()
    except OSError as error:
        raise ResultsError(file, f"cannot be read: {(error.strerror or str(error)).lower()}") from error


def _videos(file: Path, content: bytes) -> list[tuple[str, Mapping[str, Any]]]:
    """Dimension and entry of each video.

    Raises:
        ResultsError: not VBench's layout.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ResultsError(file, f"is no JSON ({error})") from error
    if not isinstance(data, dict) or not data:
        raise ResultsError(file, "is not VBench's: an object of dimensions is expected")
    found: list[tuple[str, Mapping[str, Any]]] = []
    for dimension in [name for name in DIMENSIONS if name in data]:
        result = data[dimension]
        if not (isinstance(result, list) and len(result) == 2 and isinstance(result[1], list)):
            raise ResultsError(
                file, f"{dimension!r:.80} is not VBench's: [mean, a list of videos] is expected"
            )
        for number, video in enumerate(result[1], start=1):
            if not isinstance(video, dict) or not isinstance(video.get("video_path"), str):
                raise ResultsError(file, f"{dimension}, video {number}: has no video_path")
            value = video.get("video_results")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ResultsError(file, f"{dimension}, video {number}: video_results is no number")
            if not re.split(r"[\\/]+", video["video_path"])[-1].strip("."):
                raise ResultsError(file, f"{dimension}, video {number}: video_path names no file")
            found.append((dimension, video))
    return found
