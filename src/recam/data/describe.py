"""Captions for a data set that has none: written clip by clip, kept as they come, one file at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.data.describe_models import Captioner
from recam.data.index import DatasetIndex, IndexedScene
from recam.errors import DatasetError, FileError, InputError, OutputError
from recam.files import atomic_file, check_output_path
from recam.video import probe, read_frames


@dataclass
class Described:
    """What was done.

    Attributes:
        output: the file with all captions.
        written: captions that were written in this run.
        resumed: taken from a run that was stopped.
        kept: scenes (or videos) that had a caption already.
        failed: what has no caption and why, each one line.
    """

    output: Path
    written: int = 0
    resumed: int = 0
    kept: int = 0
    failed: list[str] = field(default_factory=list)


def describe_dataset(
    index: DatasetIndex,
    captioner: Captioner,
    output: str | os.PathLike[str],
    *,
    settings: dict[str, Any] | None = None,
    frames: int = 3,
    batch: int = 1,
    every_video: bool = False,
    overwrite: bool = False,
    on_done: Callable[[int], None] | None = None,
) -> Described:
    """Write a caption for every scene that has none, and all captions of the data set into one JSON file.

    Each caption is added to ``OUTPUT.part.jsonl`` as it comes; a run that was stopped goes on from there.
    That file vanishes when ``output`` is written.

    Args:
        output: a .json file, an object of paths and texts as ``recam.data.captions`` reads it. It holds what
            the data set's caption file has as well; captions that exist are never changed.
        settings: what makes captions what they are (model, prompt ...): a run that was stopped goes on only
            where these are the same.
        frames: of a clip that are shown to the captioner, evenly spread.
        batch: clips described at once.
        every_video: one caption for each video; otherwise one for each scene, by its first camera.
        overwrite: write captions anew also where there are some.
        on_done: called with the number of clips done or passed over.

    Raises:
        InputError: an argument cannot be used, or the stopped run was made with other settings.
        OutputError: the output cannot be written, or holds other captions than the data set's.
    """
    output = check_output_path(output)
    if output.suffix.lower() != ".json":
        raise InputError(f"captions are written as .json, not as {output.name}; give a name that ends so")
    if frames < 1 or batch < 1:
        raise InputError(f"frames and batch must be at least 1, not {frames} and {batch}")
    source = index.captions.source
    if output.exists() and (source is None or not output.samefile(source)) and not overwrite:
        raise OutputError(
            output, f"exists already and is not what was read; read it with --captions {output}, or overwrite"
        )
    report = Described(output)
    journal = _Journal(output, {**(settings or {}), "frames": frames, "every_video": every_video})
    done = 0
    wanted = _wanted(index, every_video, overwrite, dict(journal.texts), report)
    with journal.open() as add:
        while some := list(islice(wanted, batch)):
            clips: list[tuple[str, list[NDArray[np.uint8]]]] = []
            for name, video in some:
                try:
                    clips.append((name, spread_frames(video, frames)))
                except FileError as error:
                    report.failed.append(str(error))
            written = list(captioner([pictures for _, pictures in clips])) if clips else []
            if len(written) != len(clips):
                raise InputError(f"the captioner gave {len(written)} captions for {len(clips)} clips")
            for (name, _), text in zip(clips, written, strict=True):
                if not text.strip():
                    report.failed.append(f"{name}: the captioner wrote nothing")
                    continue
                add(name, text.strip())
                report.written += 1
            done += len(some)
            if on_done:
                on_done(report.kept + report.resumed + done)
    with atomic_file(output) as path:
        texts = _merged(index, journal.texts)
        path.write_text(json.dumps(texts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    journal.path.unlink(missing_ok=True)
    return report


def spread_frames(video: Path, count: int) -> list[NDArray[np.uint8]]:
    """The middle frames of ``count`` equal parts of a video.

    Raises:
        VideoFileError: it cannot be decoded.
    """
    info = probe(video)
    count = min(count, info.num_frames)
    wanted = {int((2 * part + 1) * info.num_frames / (2 * count)) for part in range(count)}
    return [
        frame for index, frame in enumerate(islice(read_frames(info), max(wanted) + 1)) if index in wanted
    ]


def _wanted(
    index: DatasetIndex, every_video: bool, overwrite: bool, known: dict[str, str], report: Described
) -> Iterator[tuple[str, Path]]:
    """What is still to be described: the path that the caption is for, and a video."""
    for name in index.names:
        try:
            scene = index.scene(name)
        except FileError as error:
            report.failed.append(str(error))
            continue
        if not scene.files.videos:
            report.failed.append(f"{name}: has no video")
        for key, cameras in _parts(index, scene, every_video):
            if not overwrite and all(scene.captions[camera] for camera in cameras):
                report.kept += 1
            elif key in known:
                report.resumed += 1
            else:
                yield key, scene.files.videos[cameras[0]]


def _parts(index: DatasetIndex, scene: IndexedScene, every_video: bool) -> Iterator[tuple[str, list[str]]]:
    """What has a caption of its own: its path and its cameras."""
    videos = scene.files.videos
    if every_video:
        yield from ((index.relative(path), [camera]) for camera, path in videos.items())
    elif videos:
        yield scene.name, list(videos)


def _merged(index: DatasetIndex, written: dict[str, str]) -> dict[str, str]:
    """The data set's captions with those that were written, which no caption of a video may hide."""
    texts = dict(index.captions.texts)
    for name in set(written) & set(index.names):
        scene = index.scene(name)
        if all(scene.captions.values()):  # it was written anew
            for path in map(index.relative, scene.files.videos.values()):
                for key in (path, path.removeprefix("train/"), name.removeprefix("train/")):
                    texts.pop(key, None)
    return {**texts, **written}


class _Journal:
    """Captions as they come, one JSON line each after a line of settings; survives a killed run.

    Raises:
        InputError: it is of a run with other settings.
        DatasetError: it cannot be read.
    """

    def __init__(self, output: Path, settings: dict[str, Any]) -> None:
        self.path = output.with_name(f"{output.name}.part.jsonl")
        self.texts: dict[str, str] = {}
        self._begin, self._length = json.dumps({"settings": settings}) + "\n", 0
        if not self.path.exists():
            return
        try:
            content = self.path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]  # of a killed run, the last may be half a line
            records = [json.loads(line) for line in whole.splitlines()]
            if records and records[0] != {"settings": settings}:
                raise InputError(
                    f"{self.path} is of a run with other settings ({json.dumps(records[0])}); give the same, "
                    "or remove it to begin anew"
                )
            self.texts = {record["file_name"]: str(record["text"]) for record in records[1:]}
            self._length = len(whole)
        except OSError as error:
            raise DatasetError(self.path, f"cannot be read: {_reason(error)}") from error
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, InputError):
                raise
            raise DatasetError(self.path, "is no record of captions; remove it to begin anew") from error

    @contextmanager
    def open(self) -> Iterator[Callable[[str, str], None]]:
        """Yield ``add(name, text)``.

        Raises:
            OutputError: the disk is full or the file cannot be written.
        """
        with self._writing(), self.path.open("ab") as file:
            file.truncate(self._length)
            if not self._length:
                file.write(self._begin.encode())

            def add(name: str, text: str) -> None:
                self.texts[name] = text
                with self._writing():
                    file.write(json.dumps({"file_name": name, "text": text}).encode() + b"\n")
                    file.flush()

            yield add

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if isinstance(error, FileError):
                raise
            raise OutputError(self.path, f"cannot be written: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
