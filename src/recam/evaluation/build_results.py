"""The results of methods: which clip each file is, and which files are none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from recam.camera.presets import PUBLISHED_NAMES, find_preset, suggest_preset
from recam.errors import DatasetError, InputError
from recam.evaluation.build_beside import Beside
from recam.evaluation.build_layouts import (
    PACES,
    RESULT_SUFFIXES,
    Parsed,
    Pattern,
    find_layout,
    layout_pattern,
)
from recam.evaluation.build_recipe import PUBLISHED, MethodCounts, Problem, Recipe
from recam.evaluation.build_sources import Places, Source, Sources, nfc, walk_videos


class Presets:
    """What texts mean, in the paths of results and on the command line.

    Where presets are cameras (of a data set, or of one file with several), only their names count.
    """

    def __init__(self, recipe: Recipe, sources: Sources, cameras: Beside | None) -> None:
        self._rename, self._beside = recipe.rename, cameras
        self._own = recipe.preset if cameras is not None else ""
        """A path of the user's own, which files of cameras tell."""
        self.cameras: frozenset[str] | None = None
        if recipe.world is not None:
            self.cameras = frozenset(name for source in sources.all for name in source.views)
        elif cameras is not None and cameras.file is not None:
            from recam.camera.formats import read_cameras

            names = read_cameras(cameras.file).cameras
            self.cameras = frozenset(names) if len(names) > 1 else None
        self.find = lru_cache(65536)(self._find)

    def _find(self, text: str) -> str | None:
        """The preset that ``text`` means: as renamed, a camera, a file of cameras, recam's name or the
        published one or its number; None for none."""
        text = nfc(text)
        text = self._rename.get(text, text)
        if self.cameras is not None:
            numbered = f"cam{int(text):02d}" if text.isdecimal() else text
            return next((name for name in (text, numbered) if name in self.cameras), None)
        if text and (text == self._own or (self._beside is not None and self._beside.names_preset(text))):
            return text
        try:
            return find_preset(text).name
        except InputError:
            return None

    def knows(self, text: str) -> bool:
        return self.find(text) is not None

    def expected(self, recipe: Recipe) -> list[str]:
        """The presets that the user asks for; none where the results are to say it.

        Raises:
            InputError: one is unknown.
        """
        names: list[str] = []
        for name in recipe.presets or ((recipe.preset,) if recipe.preset else ()):
            if name == PUBLISHED and self.cameras is None:
                names += PUBLISHED_NAMES
            elif (known := self.find(name)) is not None:
                names.append(known)
            else:
                raise InputError(f"unknown preset {name!r}; {suggest(name)}")
        return list(dict.fromkeys(names))


def suggest(name: str) -> str:
    """What to do about a preset that nobody knows."""
    near = suggest_preset(name)
    return f"{near}see recam camera list, or say what it means with --rename {name}=PRESET"


@dataclass(frozen=True)
class Clip:
    """What a result is of."""

    source: str
    preset: str
    seed: str


class Finder:
    """Finds the results of methods, and notes what cannot be placed."""

    def __init__(self, recipe: Recipe, sources: Sources, presets: Presets, root: Path) -> None:
        self._recipe, self._sources, self._presets, self._root = recipe, sources, presets, root
        self.problems: list[Problem] = [Problem("unreadable", "", reason) for reason in sources.unreadable]
        self.counts: dict[str, MethodCounts] = {}
        self.patterns: dict[str, Pattern] = {}
        self.spelled: dict[tuple[str, str], str] = {}
        """How a method spells a preset."""
        self.found: dict[str, dict[Clip, Path]] = {}
        self.paces: dict[str, tuple[int, int]] = {}
        """Of methods whose layout tells it."""

    def look(self, method: str, folder: Path) -> None:
        """Find a method's results below ``folder``.

        Raises:
            DatasetError: no such folder, or no videos in it.
            InputError: its layout cannot be told, or lacks what tells preset or source.
        """
        files = self._files(folder)
        layout, pattern = self._layout(method, folder, files)
        counts = self.counts[method] = MethodCounts(layout)
        if layout in PACES:
            self.paces[method] = PACES[layout]
        found: dict[Clip, Path] = {}
        for relative in files:
            parsed, _ = pattern.parse(nfc(relative), self._longest_first, self._presets.knows)
            if parsed is None:
                counts.ignored.append(relative)
                continue
            path = folder / relative
            clip = self._clip(parsed, str(path))
            if clip is None:
                continue
            if clip in found:
                self._problem("duplicate", path, f"is of the same clip as {found[clip]}")
                continue
            found[clip] = path
            self.spelled.setdefault((method, clip.preset), parsed.preset or clip.preset)
            counts.found += 1
        self.patterns[method], self.found[method] = pattern, found

    def _problem(self, kind: str, path: Path | str, reason: str) -> None:
        self.problems.append(Problem(kind, str(path), reason))

    def _files(self, folder: Path) -> list[str]:
        if not folder.is_dir():
            raise DatasetError(folder, "no such folder; give the folder of a method's results")
        files: list[str] = []
        places = Places()
        for relative in walk_videos(folder, RESULT_SUFFIXES):
            try:
                relative.encode()
            except UnicodeEncodeError:
                shown = os.fsencode(relative).decode("utf-8", "backslashreplace")
                self._problem("unreadable", shown, "its name is no UTF-8; rename it")
                continue
            path = places.real(folder / relative)
            if path in self._source_videos:
                continue
            if not path.is_relative_to(self._root):
                self._problem("unreadable", folder / relative, f"is a link that leads out of {self._root}")
                continue
            files.append(relative)
        if not files:
            raise DatasetError(folder, f"holds no results: no videos ({', '.join(RESULT_SUFFIXES)})")
        return files

    def _layout(self, method: str, folder: Path, files: list[str]) -> tuple[str, Pattern]:
        recipe = self._recipe
        given = recipe.layouts.get(method, recipe.layouts.get(""))
        if given is not None:
            name, pattern = given, layout_pattern(given)
        else:
            texts = [nfc(file) for file in files]
            name, pattern = find_layout(texts, self._longest_first, self._presets.knows, str(folder))
        if "preset" not in pattern.fields and not recipe.preset:
            raise InputError(
                f"pattern {pattern.text!r} names no {{preset}}; say with --preset which it is of all"
            )
        if "index" in pattern.fields and not self._by_index:
            raise InputError(
                f"layout {name} numbers its results by the lines of metadata.csv, which was not found beside "
                "the sources; give it with --captions"
            )
        return name, pattern

    def _clip(self, parsed: Parsed, path: str) -> Clip | None:
        said = parsed.preset or self._recipe.preset
        preset = self._presets.find(said)
        if preset is None:
            self._problem("unknown preset", path, f"{said!r}; {suggest(said)}")
            return None
        by_index = bool(parsed.index)
        source = self._by_index.get(int(parsed.index)) if by_index else self._by_alias.get(parsed.source)
        if source is None:
            self._problem("no source", path, self._why_no_source(parsed))
            return None
        if source.views and preset not in source.views:
            reason = f"{source.name} has no camera {preset} besides its source camera {source.camera}"
            self._problem("unknown preset", path, reason)
            return None
        return Clip(source.name, preset, str(int(parsed.seed)) if parsed.seed else "")

    def _why_no_source(self, parsed: Parsed) -> str:
        if not parsed.index:
            return f"there is no source called {parsed.source!r}"
        named = self._sources.unknown.get(int(parsed.index))
        if named is None:
            return f"{self._sources.captions} has no entry {parsed.index} (counted from 0)"
        return (
            f"entry {parsed.index} of {self._sources.captions} is {named!r}, which is not among the sources"
        )

    @cached_property
    def _source_videos(self) -> set[Path]:
        return {source.video.resolve() for source in self._sources.all}

    @cached_property
    def _by_alias(self) -> Mapping[str, Source]:
        """A name always means its own; another alias that two sources share means neither."""
        found: dict[str, Source | None] = {}
        for source in self._sources.all:
            for alias in source.aliases:
                found[alias] = None if alias in found else source
        found |= {source.name: source for source in self._sources.all}
        return {alias: source for alias, source in found.items() if source is not None}

    @cached_property
    def _by_index(self) -> Mapping[int, Source]:
        return {index: source for source in self._sources.all for index in source.indices}

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted(self._by_alias, key=lambda alias: (-len(alias), alias))
