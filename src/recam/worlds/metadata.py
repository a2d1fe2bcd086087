"""What lies in a rendered world, and its caption file ``metadata.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from recam.data.layout import SPLIT_FOLDERS, scene_folders, scene_videos
from recam.files import atomic_file
from recam.worlds.verify import caption_of


@dataclass(frozen=True)
class Entry:
    """Of one scene: what its rows say."""

    caption: str
    cameras: tuple[str, ...]


def scenes_in(base: Path, lenses: Iterable[str] | None = None) -> dict[int, Path]:
    """Scene number to folder of the scenes below ``base``, in folders of these lenses (or any)."""
    wanted = None if lenses is None else set(lenses)
    return {
        int(folder.name[5:]): folder
        for folder in scene_folders(base)
        if wanted is None or folder.parent.name in wanted
    }


def write_metadata(out: Path, known: dict[Path, Entry]) -> None:
    """One row a video, as in the published ``metadata.csv``, of all scenes that are there.

    Args:
        known: what is known of scenes by their folder; of the others scene.json is read.

    Raises:
        DatasetError: a scene whose description cannot be read.
        OutputError: the file cannot be written.
    """
    there: list[Path] | None = None
    # Another run may write the file at the same time: whoever writes last has looked last.
    while (now := _all_scenes(out)) != there:
        there = now
        with atomic_file(out / "metadata.csv") as path, path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["file_name", "text"])
            for folder in there:
                entry = known.get(folder) or Entry(caption_of(folder), tuple(scene_videos(folder)))
                known[folder] = entry
                place = folder.relative_to(out).as_posix()
                rows.writerows((f"{place}/videos/{name}.mp4", entry.caption) for name in entry.cameras)


def _all_scenes(out: Path) -> list[Path]:
    return sorted(
        folder
        for base in SPLIT_FOLDERS.values()
        for folder in scene_folders(out / base)
        if (folder / "scene.json").exists()
    )
