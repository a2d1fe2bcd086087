"""Files that go with a clip of a manifest: its camera, its true video, its cameras by another estimator."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from recam.camera.formats import holds_cameras
from recam.errors import InputError
from recam.evaluation.build_layouts import RESULT_SUFFIXES
from recam.evaluation.build_sources import nfc

What = Literal["cameras", "targets", "poses"]
_FIELDS = ("source", "preset", "method", "seed")


@dataclass(frozen=True)
class Beside:
    """Files by source and preset.

    Attributes:
        given: a pattern of paths with ``{source}``, ``{preset}``, ``{method}``, ``{seed}``; or a folder, in
            which ``source__preset``, ``preset/source`` and ``source/preset`` are looked for, with any suffix
            (for cameras ``preset`` and ``source`` too; for poses in the method's folder first); or, for
            cameras, one file.

    Raises:
        InputError: it is none of these.
    """

    given: str
    what: What
    _known: dict[str, list[Path]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if "{" in self.given:
            wrong = [name for name in re.findall(r"\{(\w*)\}", self.given) if name not in _FIELDS]
            if wrong:
                fields = ", ".join(f"{{{name}}}" for name in _FIELDS)
                raise InputError(f"--{self.what} {self.given!r} has {{{wrong[0]}}}; fields are {fields}")
            return
        path = Path(self.given)
        if path.is_dir():
            for key, file in _entries(path, self.what == "targets"):
                self._known.setdefault(key, []).append(file)
        elif not path.exists():
            raise InputError(f"--{self.what} {self.given!r}: no such file or folder")
        elif self.what != "cameras":
            raise InputError(f"--{self.what} {self.given!r} must be a folder or a pattern, not one file")

    @property
    def file(self) -> Path | None:
        """The one file for all clips, where one was given."""
        return Path(self.given) if "{" not in self.given and not Path(self.given).is_dir() else None

    @property
    def folder(self) -> Path:
        """The folder that all of it lies in."""
        fixed = Path(self.given.split("{", 1)[0] + "x").parent if "{" in self.given else Path(self.given)
        return fixed if fixed.is_dir() else fixed.parent

    def find(self, source: str, presets: tuple[str, ...], method: str = "", seed: str = "") -> Path | None:
        """The file of a clip; None where there is none.

        Args:
            presets: what the preset may be called, recam's name first.

        Raises:
            InputError: two files could be meant.
        """
        if self.file is not None:
            return self.file
        for preset in presets:
            if "{" in self.given:
                path = Path(
                    self._filled({"source": source, "preset": preset, "method": method, "seed": seed})
                )
                if path.exists():
                    return path
                continue
            for key in self._keys(source, preset, method):
                files = self._known.get(key, [])
                if len(files) > 1:
                    raise InputError(f"--{self.what}: {files[0]} and {files[1]} could both be of {key}")
                if files:
                    return files[0]
        return None

    def names_preset(self, preset: str) -> bool:
        """Whether there is a camera file for ``preset``, which then need not be one of recam's."""
        if self.what != "cameras" or not preset:
            return False
        if "{preset}" in self.given:
            text = self._filled(dict.fromkeys(_FIELDS, "*") | {"preset": glob.escape(preset)})
            return next(glob.iglob(text), None) is not None
        return nfc(preset) in self._presets

    @cached_property
    def _presets(self) -> frozenset[str]:
        """All that a file's path may say as a preset."""
        parts = (part for key in self._known for part in (key, *key.split("/"), key.split("__", 1)[-1]))
        return frozenset(parts)

    def _filled(self, values: Mapping[str, str]) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self.given)

    def _keys(self, source: str, preset: str, method: str) -> Iterator[str]:
        own = (f"{source}__{preset}", f"{preset}/{source}", f"{source}/{preset}")
        if self.what == "poses":
            yield from (f"{method}/{key}" for key in own if method)
        yield from own
        if self.what == "cameras":
            yield from (preset, source)


def _entries(folder: Path, videos: bool) -> Iterator[tuple[str, Path]]:
    """Files below ``folder``, two folders deep at most, and folders of cameras, by their paths without
    suffix."""
    for place, folders, files in os.walk(folder, followlinks=True):
        below = Path(place).relative_to(folder)
        cameras = [] if videos else [name for name in folders if holds_cameras(Path(place) / name)]
        names = [(nfc(name), name) for name in sorted(cameras)]
        for name in sorted(files):
            stem, suffix = os.path.splitext(name)
            if not name.startswith(".") and (not videos or suffix.lower() in RESULT_SUFFIXES):
                names.append((nfc(stem), name))
        for stem, name in names:
            yield (below / stem).as_posix(), Path(place) / name
        folders[:] = [name for name in sorted(folders) if name not in cameras and not name.startswith(".")]
        if len(below.parts) >= 2:
            folders.clear()
