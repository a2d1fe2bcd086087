"""``recam evaluate build``: a manifest from a folder of sources, the presets, and what methods made of them.

Every source under every preset is expected of every method. What is not there becomes a row all the same, so
that scoring reports it; what cannot be placed is told, with the reason. No video is opened.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from recam.camera.presets import PRESETS
from recam.errors import InputError
from recam.evaluation.build_beside import Beside, What
from recam.evaluation.build_layouts import Pattern
from recam.evaluation.build_recipe import Built, MethodCounts, Problem, Recipe
from recam.evaluation.build_results import Clip, Finder, Presets
from recam.evaluation.build_sources import Places, Source, folder_sources, natural, world_sources
from recam.files import atomic_file, check_output_path

__all__ = ["Built", "MethodCounts", "Problem", "Recipe", "build_manifest"]

_KEYS: dict[What, str] = {"cameras": "camera", "targets": "target", "poses": "poses"}


def build_manifest(output: str | os.PathLike[str] | None, recipe: Recipe, *, write: bool = True) -> Built:
    """Find the results and write ``manifest.jsonl``; rows of one source stand together.

    Args:
        output: the manifest; None to only look, with paths relative to the folder that all files share.
        write: False to only look.

    Raises:
        InputError: the recipe contradicts itself, a layout fits nothing, or files lie outside the root.
        DatasetError: sources, results or captions that cannot be used.
        OutputError: ``output`` cannot be written.
    """
    if output is None:
        return _build(recipe, None)
    path = check_output_path(output)
    built = _build(recipe, path.parent.resolve())
    if write:
        with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            for row in built.rows:
                file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
    return built


def _build(recipe: Recipe, base: Path | None) -> Built:
    if not recipe.results:
        raise InputError("give at least one folder of results")
    if recipe.world is not None and (recipe.cameras or recipe.targets):
        raise InputError("--world has its own cameras and true videos; leave --cameras and --targets out")
    given: dict[What, str] = {"cameras": recipe.cameras, "targets": recipe.targets, "poses": recipe.poses}
    beside: dict[What, Beside] = {what: Beside(text, what) for what, text in given.items() if text}
    base, root = _base_and_root(recipe, beside, base)
    if recipe.world is not None:
        sources = world_sources(recipe.world, recipe.source_camera, recipe.captions)
    else:
        assert recipe.sources is not None
        sources = folder_sources(recipe.sources, recipe.captions)
    presets = Presets(recipe, sources, beside.get("cameras"))
    asked = presets.expected(recipe)
    if recipe.source_camera and recipe.world is None:
        _check_source_camera(recipe, presets)
    finder = Finder(recipe, sources, presets, root)
    for method, folder in recipe.results.items():
        finder.look(method, folder)
    seen = {clip.preset for clips in finder.found.values() for clip in clips}
    order = asked + sorted(seen - set(asked), key=_preset_order)
    writer = _Writer(recipe, base, beside, presets, finder)
    for source in sources.all:
        for preset in order:
            for method in recipe.results:
                writer.add(source, preset, method, wanted=not asked or preset in asked)
    wanted = [_KEYS[what] for what in beside] + (["caption"] if sources.captions else [])
    lacking = {key: sum(key not in row for row in writer.rows) for key in wanted}
    return Built(
        writer.rows, len(sources.all), tuple(order), finder.counts, writer.missing, finder.problems,
        {key: count for key, count in lacking.items() if count},
    )  # fmt: skip


class _Writer:
    """The rows of a manifest, as they are put together."""

    def __init__(
        self, recipe: Recipe, base: Path, beside: dict[What, Beside], presets: Presets, finder: Finder
    ) -> None:
        self._recipe, self._base, self._beside = recipe, base, beside
        self._presets, self._finder = presets, finder
        self._places = Places()
        self._ids: set[str] = set()
        self._seeds = {
            method: sorted({clip.seed for clip in clips} or {""}, key=natural)
            for method, clips in finder.found.items()
        }
        self.rows: list[dict[str, Any]] = []
        self.missing: list[str] = []

    def add(self, source: Source, preset: str, method: str, wanted: bool) -> None:
        """The rows of one source, preset and method: what was found, and where ``wanted`` what was not."""
        pattern = self._finder.patterns[method]
        if (source.views and preset not in source.views) or (
            "index" in pattern.fields and not source.indices
        ):
            return
        for seed in self._seeds[method]:
            path = self._finder.found[method].get(Clip(source.name, preset, seed))
            if path is None and not wanted:
                continue
            row = self._row(source, preset, method, seed, path or self._place(source, preset, method, seed))
            if path is None:
                self._finder.counts[method].missing += 1
                self.missing.append(row["id"])
            if path is not None or self._recipe.keep_missing:
                self.rows.append(row)

    def _place(self, source: Source, preset: str, method: str, seed: str) -> Path:
        """Where a result that is missing should be."""
        pattern: Pattern = self._finder.patterns[method]
        number = str(PRESETS[preset].id) if preset in PRESETS and "index" in pattern.fields else preset
        values = {
            "source": source.name,
            "index": str(source.indices[0]) if source.indices else "",
            "preset": self._finder.spelled.get((method, preset), number),
            "seed": seed,
        }
        return self._recipe.results[method] / pattern.path(values)

    def _row(self, source: Source, preset: str, method: str, seed: str, path: Path) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": self._id(method, source.name, preset, seed),
            "source": self._written(source.video),
            "generated": self._written(path),
            "method": method,
            "preset": preset,
        }
        view = source.views.get(preset)
        if view is not None:
            row |= {"preset": view.label, "camera": self._written(view.camera_file)}
            row |= {
                "camera_name": preset,
                "source_camera": source.camera,
                "target": self._written(view.video),
            }
        names = tuple(dict.fromkeys((preset, self._finder.spelled.get((method, preset), preset))))
        for what, beside in self._beside.items():
            file = beside.find(source.name, names, method, seed)
            if file is not None:
                row[_KEYS[what]] = self._written(file)
        if view is None and self._presets.cameras is not None:
            row |= {"camera_name": preset, "source_camera": self._recipe.source_camera}
        if source.caption:
            row["caption"] = source.caption
        if self._recipe.fov_degrees is not None:
            row["fov_degrees"] = self._recipe.fov_degrees
        elif source.focal_mm is not None:
            row["focal_mm"] = source.focal_mm
        pace = self._recipe.paces.get(method, self._recipe.paces.get("", self._finder.paces.get(method)))
        if pace is not None:
            row |= {"source_start": pace[0], "source_stride": pace[1]}
        return {key: value for key, value in row.items() if value != ""}

    def _id(self, method: str, source: str, preset: str, seed: str) -> str:
        parts = (method, source, preset, f"seed{seed}" if seed else "")
        text = re.sub(r"[^\w.@=+ -]+", "-", "__".join(part for part in parts if part)).lstrip(" ")
        name, number = text[:190], 1
        while name in self._ids:
            number += 1
            name = f"{text[:180]}-{number}"
        self._ids.add(name)
        return name

    def _written(self, path: Path) -> str:
        """The path as the manifest has it; what a link is called stays, folders are resolved."""
        return os.path.relpath(self._places.named(path), self._base).replace(os.sep, "/")


def _base_and_root(recipe: Recipe, beside: dict[What, Beside], base: Path | None) -> tuple[Path, Path]:
    """The folder that paths are relative to, and the one that they must not leave."""
    if (recipe.sources is None) == (recipe.world is None):
        raise InputError("give the sources as a folder of videos (--sources) or a data set (--world)")
    given = [place for place in (recipe.sources, recipe.world, *recipe.results.values()) if place]
    places = [place.resolve() for place in (*given, *(one.folder for one in beside.values()))]
    common = os.path.commonpath([*places, *([base] if base else [])])
    root = Path(recipe.root or base or common).resolve()
    outside = [place for place in places if not place.is_relative_to(root)]
    if outside:
        raise InputError(
            f"{outside[0]} lies outside {root}, which all files of a manifest must lie in; write the "
            f"manifest to {common} (-o {common}/manifest.jsonl), or give --root {common} here and to "
            "recam evaluate"
        )
    return base or root, root


def _check_source_camera(recipe: Recipe, presets: Presets) -> None:
    known = sorted(presets.cameras or ())
    if recipe.source_camera not in known:
        raise InputError(
            f"--source-camera {recipe.source_camera!r} must be a camera of a data set (--world) or of one "
            f"file with several (--cameras FILE): {', '.join(known) or 'there is none'}"
        )


def _preset_order(name: str) -> tuple[int, list[tuple[int, int, str]]]:
    number = PRESETS[name].id if name in PRESETS else 0
    return (number or 99, natural(name))
