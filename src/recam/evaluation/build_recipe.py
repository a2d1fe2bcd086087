"""What a manifest is made of, and what is told of how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PUBLISHED = "published"
"""Stands for the ten published presets in :attr:`Recipe.presets`."""


@dataclass(frozen=True)
class Recipe:
    """What a manifest is made of. Give ``sources`` or ``world``."""

    results: Mapping[str, Path]
    """Folders of results, by method."""
    sources: Path | None = None
    """A folder of videos (or one with ``videos/`` and a caption file in it)."""
    world: Path | None = None
    """A multi-camera data set: results are of a scene's source camera, along another camera's path."""
    source_camera: str = ""
    """Which camera filmed the source. With ``world``, default: the first; with one file of several cameras:
    at whose first frame the paths begin, default: each path at its own."""
    layouts: Mapping[str, str] = field(default_factory=dict)
    """By method, "" for all others: a layout's name or a pattern; default: found by the files."""
    preset: str = ""
    """Of all results, where their paths name none."""
    presets: tuple[str, ...] = ()
    """Expected of every source and method; default: all that any method's results name."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """Presets by what a method calls them."""
    captions: Path | None = None
    cameras: str = ""
    """Camera files: see :class:`Beside`. With one file of several cameras, presets are their names."""
    targets: str = ""
    """True videos: see :class:`Beside`."""
    poses: str = ""
    """Cameras of the results by another estimator: see :class:`Beside`."""
    fov_degrees: float | None = None
    """Lens of the sources: horizontal angle of view."""
    paces: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By method, "" for all others: (start, stride) of the source's frames that it read, see
    :attr:`recam.evaluation.manifest.Row.pace`; default: by the rates, but for ReCamMaster's own layout,
    whose script reads a source's first frames one by one and writes another rate."""
    root: Path | None = None
    """Folder that all files lie in; default: the manifest's."""
    keep_missing: bool = True
    """Whether what a method did not make becomes a row."""


@dataclass(frozen=True)
class Problem:
    """A file that is in no row."""

    kind: str
    """``unknown preset``, ``no source``, ``duplicate``, ``unreadable``."""
    path: str
    reason: str


@dataclass
class MethodCounts:
    """What was found of one method."""

    layout: str
    found: int = 0
    missing: int = 0
    ignored: list[str] = field(default_factory=list)
    """Videos that do not follow the layout."""


@dataclass
class Built:
    """A manifest and how it came about."""

    rows: list[dict[str, Any]]
    sources: int
    presets: tuple[str, ...]
    methods: dict[str, MethodCounts]
    missing: list[str]
    """Ids of what is expected and not there."""
    problems: list[Problem]
    lacking: dict[str, int]
    """Rows without a ``camera``, ``target``, ``poses`` or ``caption`` where a file or folder of them was
    given."""

    @property
    def complete(self) -> bool:
        """Whether all that was expected is there, and all that is there was placed."""
        return not self.missing and not self.problems
