"""The sources of a manifest: a folder of videos, or the scenes of a multi-camera data set."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from recam.camera.presets import PRESETS, PUBLISHED_NAMES
from recam.data.captions import CAPTION_FILES, Captions, load_captions
from recam.data.index import VIDEO_SUFFIXES, IndexedScene, open_index
from recam.data.layout import SPLIT_FOLDERS
from recam.errors import DatasetError, FileError


@dataclass(frozen=True)
class View:
    """A true video of a scene along the path that a result should take."""

    video: Path
    camera_file: Path
    label: str
    """What to report it by: the kind of move, where that is known."""


@dataclass(frozen=True)
class Source:
    """A video to re-shoot."""

    name: str
    """Unique; of a video, its name without suffix."""
    video: Path
    aliases: tuple[str, ...]
    """What results may call it, its name included; in NFC."""
    caption: str = ""
    indices: tuple[int, ...] = ()
    """Its places in the caption file, from 0: what the published script numbers its results by."""
    camera: str = ""
    """Which camera of the scene it is; "" for a video on its own."""
    views: Mapping[str, View] = field(default_factory=dict)
    """The scene's other cameras, by name."""
    focal_mm: float | None = None


@dataclass(frozen=True)
class Sources:
    """All sources, in the order of their names, numbers by value."""

    all: tuple[Source, ...]
    captions: Path | None = None
    """The file that gave captions and numbers."""
    unknown: Mapping[int, str] = field(default_factory=dict)
    """Places in the caption file whose video is not there, and its name."""
    unreadable: tuple[str, ...] = ()
    """Scenes that cannot be read, and why."""


def nfc(text: str) -> str:
    """The text in NFC: file systems disagree on how to write an accent."""
    return unicodedata.normalize("NFC", text)


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key to sort by, in which clip2 comes before clip10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name)]


class Places:
    """Real places of many files of a few folders: links to folders are followed once."""

    def __init__(self) -> None:
        self._real = lru_cache(65536)(Path.resolve)

    def named(self, path: Path) -> Path:
        """The file in its folder's real place; a link keeps its own name."""
        return self._real(path.parent) / path.name

    def real(self, path: Path) -> Path:
        """Where the file is, all links followed."""
        named = self.named(path)
        return named.resolve() if named.is_symlink() else named


def walk_videos(folder: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Videos below a folder as paths relative to it, with slashes; links to folders are followed once."""
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = os.path.relpath(place, folder).replace(os.sep, "/")
        for name in sorted(files):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                yield name if below == "." else f"{below}/{name}"


def folder_sources(folder: Path, captions: Path | None = None) -> Sources:
    """The videos in ``folder``, or in its folder ``videos``; a caption file beside them is found by itself.

    Raises:
        DatasetError: no videos, two of one name, or a broken caption file.
    """
    if not folder.is_dir():
        raise DatasetError(folder, "no such folder; give the folder of the source videos")
    found = _videos(folder)
    if not found and (folder / "videos").is_dir():
        found = _videos(folder / "videos")
    if not found:
        raise DatasetError(folder, f"holds no videos ({', '.join(VIDEO_SUFFIXES)})")
    place = next(iter(found.values())).parent
    texts = _captions(captions, folder, place)
    keys: dict[str, str] = {}
    for name, video in found.items():
        keys |= dict.fromkeys(_caption_keys(video, place, texts), name)
    indices: dict[str, list[int]] = {}
    unknown: dict[int, str] = {}
    written: dict[str, str] = {}
    for number, key in enumerate(texts.order):
        name = keys.get(nfc(key))
        if name is None:
            unknown[number] = key
            continue
        indices.setdefault(name, []).append(number)
        written.setdefault(name, texts.texts[key])
    return Sources(
        tuple(
            Source(name, video, _aliases(name), written.get(name, ""), tuple(indices.get(name, ())))
            for name, video in sorted(found.items(), key=lambda item: natural(item[0]))
        ),
        texts.source,
        unknown,
    )


def _videos(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in VIDEO_SUFFIXES or path.name.startswith(".") or not path.is_file():
            continue
        name = nfc(path.stem)
        if name in found:
            raise DatasetError(path, f"and {found[name].name} are both called {name}; rename one")
        found[name] = path
    return found


def _captions(file: Path | None, folder: Path, place: Path) -> Captions:
    if file is None:
        near = (folder, place, *([folder.parent] if folder.name == "videos" else []))
        file = next((path for at in near for name in CAPTION_FILES if (path := at / name).exists()), None)
    return Captions() if file is None else load_captions(file.parent, file)


def _caption_keys(video: Path, place: Path, captions: Captions) -> Iterator[str]:
    yield from (
        nfc(video.stem),
        nfc(video.name),
        nfc(f"videos/{video.name}"),
        nfc(f"{place.name}/{video.name}"),
    )
    if captions.source is not None:
        yield nfc(os.path.relpath(video, captions.source.parent).replace(os.sep, "/"))


def _aliases(name: str) -> tuple[str, ...]:
    """GCD drops ``_p0`` and ``_rgb`` from the names of its inputs."""
    return tuple(dict.fromkeys((name, name.replace("_p0", "").replace("_rgb", ""))))


def world_sources(root: Path, camera: str = "", captions: Path | None = None) -> Sources:
    """Every scene of a data set that ``recam data index`` reads: one camera's video is the source, the others
    are true views along their cameras' paths.

    Args:
        camera: which camera is the source; default: the first of each scene.

    Raises:
        DatasetError: no scenes, or none that has that camera and another.
    """
    index = open_index(root, captions)
    found: list[Source] = []
    unreadable: list[str] = []
    last = [name.rsplit("/", 1)[-1] for name in index.names]
    for name in index.names:
        try:
            scene = index.scene(name)
        except FileError as error:
            unreadable.append(str(error))
            continue
        short = name.rsplit("/", 1)[-1]
        aliases = [name, name.replace("/", "-"), name.replace("/", "_")]
        if name == ".":
            aliases = [root.resolve().name]
        elif last.count(short) == 1:
            aliases.append(short)
        source = camera or next(iter(scene.files.videos), "")
        if source not in scene.files.videos or len(scene.files.videos) < 2:
            unreadable.append(f"{root / name}: has no camera {source!r}, or no other than it")
            continue
        found.append(_scene_source(scene, source, tuple(dict.fromkeys(map(nfc, aliases)))))
    if not found:
        reasons = f"; {unreadable[0]}" if unreadable else ""
        raise DatasetError(root, f"has no scene to take sources from{reasons}")
    found.sort(key=lambda source: natural(source.name))
    return Sources(tuple(found), index.captions.source, {}, tuple(unreadable))


def _scene_source(scene: IndexedScene, camera: str, aliases: tuple[str, ...]) -> Source:
    published = scene.name == SPLIT_FOLDERS["val"].as_posix()
    views = {
        name: View(video, scene.files.camera_path, _label(name, scene.files.moves[name], published))
        for name, video in scene.files.videos.items()
        if name != camera
    }
    return Source(
        aliases[0], scene.files.videos[camera], aliases, scene.captions[camera], (), camera, views,
        scene.focal_mm,
    )  # fmt: skip


def _label(camera: str, move: str, published: bool) -> str:
    """The published validation scene's cameras are the ten presets by number; scene.json says the moves."""
    if move:
        return move
    numbers = {f"cam{PRESETS[name].id:02d}": name for name in PUBLISHED_NAMES}
    return numbers.get(camera, camera) if published else camera
