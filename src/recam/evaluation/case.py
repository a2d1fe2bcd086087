"""One clip under measurement: its videos, the path that was asked for, the lens, and the features
found so far."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recam.camera import CameraPath, Intrinsics
from recam.errors import CameraFileError, InputError
from recam.evaluation.footage import Footage, Frames, Reel, same_moments, stamp
from recam.evaluation.manifest import Row
from recam.evaluation.measure import Input
from recam.evaluation.store import Arrays, Store, content_hash, hashed

Index = NDArray[np.int64]


class Extractor(Protocol):
    """Features of one video, kept by its content: computed once however many clips and measures use them."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str:
        """Changes whenever the same frames would give other features."""
        ...

    def extract(self, frames: Frames, fps: float) -> Arrays:
        """Features of uint8 [F,H,W,3]."""
        ...


@dataclass(frozen=True)
class Job:
    """A row, with the true videos of all rows of its source by their labels (empty where it has none)."""

    row: Row
    views: Mapping[str, Path]
    pairs: tuple[tuple[Path, Path], ...] = ()
    """Generated and true video of the rows of its source and method, each true video once, by labels."""


class Case:
    """A row of the manifest, opened. All is read when it is first asked for."""

    def __init__(self, job: Job, reel: Reel, store: Store) -> None:
        self.row = job.row
        self.job, self._reel, self._store = job, reel, store

    @cached_property
    def generated(self) -> Footage:
        return self._reel.footage(self.row.generated)

    @cached_property
    def source(self) -> Footage:
        return self._reel.footage(self.row.source)

    @cached_property
    def source_frames(self) -> NDArray[np.int64]:
        """[F] for each frame of the generated video, the source's frame of the same time: by the frames that
        the manifest says a method read, else by :func:`recam.evaluation.footage.same_time`."""
        return same_moments(self.generated.info, self.source.info, self.row.pace)

    @cached_property
    def target(self) -> Footage | None:
        """The true video along the path, where the manifest names it."""
        return None if self.row.target is None else self._reel.footage(self.row.target)

    @cached_property
    def views(self) -> dict[str, Footage]:
        """The true videos of all clips of this source, by label; the clip's own is :attr:`view`."""
        return {label: self._reel.footage(path) for label, path in self.job.views.items()}

    @cached_property
    def pairs(self) -> list[tuple[Footage, Footage]]:
        """Generated and true video of the clips of this source by this method, in the order of their labels;
        those of other rows may be broken."""
        return [(self._reel.footage(ours), self._reel.footage(truth)) for ours, truth in self.job.pairs]

    @property
    def view(self) -> str | None:
        """The label of this clip's own true video among :attr:`views`."""
        return next((label for label, path in self.job.views.items() if path == self.row.target), None)

    @cached_property
    def path(self) -> CameraPath:
        """The camera that was asked for, a pose for each frame of the generated video; see
        :meth:`path_of`."""
        return self.path_of(self.generated)

    def path_of(self, footage: Footage) -> CameraPath:
        """The camera that was asked for, a pose for each frame of a video along it.

        A path has a pose for each frame of the true video, where the manifest names one; a video with other
        times takes those of the same moments.

        Raises:
            CameraFileError, InputError: it cannot be read, is not finite, or has fewer frames than the video.
        """
        row, frames = self.row, footage.info.num_frames
        if row.camera is None:
            return CameraPath.preset(row.preset, frames)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # what had to be assumed is the same for every row
            path = CameraPath.load(row.camera, row.camera_name or None, row.source_camera or None)
        true = None if self.target is None else self.target.info
        if true is not None and path.num_frames == true.num_frames != frames:
            return path.take(same_moments(footage.info, true))
        if path.num_frames < frames:
            raise InputError(
                f"{row.camera}: the path has {path.num_frames} frames and the video {footage.path.name} "
                f"{frames}; give a path of at least as many"
            )
        return path.trim(frames)

    @cached_property
    def lens(self) -> Intrinsics | None:
        """The lens of the generated video's first frame; see :meth:`lens_of`."""
        return self.lens_of(self.generated)

    def lens_of(self, footage: Footage) -> Intrinsics | None:
        """The lens of the first frame of a video along the path, in its pixels; None where nothing says
        it."""
        info, row = footage.info, self.row
        if row.fov_degrees is not None:
            return Intrinsics.from_fov_degrees(row.fov_degrees, info.width, info.height)
        if row.focal_mm is not None:
            return Intrinsics.from_focal_mm(row.focal_mm, info.width, info.height)
        known = (self.path if footage is self.generated else self.path_of(footage)).intrinsics
        if known is None or abs(known.width * info.height / (known.height * info.width) - 1) > 0.01:
            return None
        return known.resize(info.width, info.height)

    def lacks(self, inputs: tuple[Input, ...]) -> str:
        """What of ``inputs`` the manifest does not give; "" where it gives all."""
        given: dict[Input, bool] = {
            "target": self.row.target is not None,
            "caption": bool(self.row.caption),
            "views": len(self.job.views) > 1 and self.view is not None,
        }
        return ", ".join(name for name in inputs if not given.get(name, True))

    def key(self, measure: str, inputs: tuple[Input, ...]) -> str:
        """A name for ``measure`` (its key) on the content of this clip's ``inputs``."""
        return hashed(measure, *(f"{name}={self._content(name)}" for name in sorted(inputs)))

    def features(self, footage: Footage, extractor: Extractor, part: Index | None = None) -> Arrays:
        """The features of a video, from the store or made now and kept.

        Args:
            part: [N] the frames that are taken for the video; default: all.
        """

        def make() -> Arrays:
            frames = footage.frames if part is None else footage.frames[part]
            return extractor.extract(frames, float(footage.info.fps))

        key = self.features_key(footage, extractor, part)
        return self.kept(extractor.name, key, make, [footage])

    def kept(self, name: str, key: str, make: Callable[[], Arrays], files: Iterable[Footage]) -> Arrays:
        """What ``make`` finds in ``files``, whose contents ``key`` names; from the store where it is there.

        Raises:
            VideoFileError: one of the files has changed meanwhile.
        """
        arrays = self._store.features(name, key)
        if arrays is None:
            arrays = make()
            for footage in files:
                footage.check_same()
            self._store.keep_features(name, key, arrays)
        return arrays

    @staticmethod
    def features_key(footage: Footage, extractor: Extractor, part: Index | None = None) -> str:
        """Under which ``Store.features(extractor.name, ...)`` finds them."""
        if part is None or np.array_equal(part, np.arange(footage.info.num_frames)):
            return hashed(extractor.key, footage.content)
        return hashed(extractor.key, footage.content, json.dumps(part.tolist()))

    def open(self) -> None:
        """Look at every file of the row, without decoding.

        Raises:
            RecamError: one of them cannot be read, or is not what it should be.
        """
        _ = self._camera_files
        for footage in (self.generated, self.source, self.target):
            if footage is not None:
                _ = footage.content, footage.info
        _ = self.path, self.lens

    def close(self) -> None:
        """The row is done: what is only its own need not stay in memory."""
        others = {self.row.source, self.row.target, *self.job.views.values()}
        if self.row.generated not in others:
            self._reel.release(self.generated)

    def check_same(self) -> None:
        """Call before keeping what was measured: content hashes name what the files were at first.

        Raises:
            FileError: a file of the row has changed since, or is gone.
        """
        views = self.views.values() if "views" in self.__dict__ else ()
        for footage in (self.generated, self.source, self.target, *views):
            if footage is not None:
                footage.check_same()
        for path, (_, stamps) in zip(
            (self.row.camera, self.row.poses), self._camera_files.values(), strict=True
        ):
            if path is not None and _stamps(path) != stamps:
                raise CameraFileError(
                    path, "changed while it was measured; run again when nothing writes to it"
                )

    @cached_property
    def _camera_files(self) -> dict[str, tuple[str, list[tuple[int, ...]]]]:
        """Content hash and stamps of the row's files of cameras; ("", []) for one that it does not name."""
        found = {}
        for name, path in (("camera", self.row.camera), ("poses", self.row.poses)):
            found[name] = ("", [])
            if path is not None:
                stamps = _stamps(path)
                try:
                    found[name] = content_hash(path), stamps
                except OSError as error:
                    raise CameraFileError(path, (error.strerror or str(error)).lower()) from error
        return found

    def _content(self, name: Input) -> str:
        row = self.row
        match name:
            case "generated":
                return self.generated.content
            case "source":
                pace = "" if row.pace is None else f" from {row.pace[0]} by {row.pace[1]}"
                return f"{self.source.content}{pace}"
            case "target":
                return "" if self.target is None else self.target.content
            case "views":
                return json.dumps([self.view, {label: view.content for label, view in self.views.items()}])
            case "camera":
                true = None if self.target is None else self.target.info
                timing = [] if true is None else [true.num_frames, str(true.fps)]
                named = [row.preset, row.camera_name, row.source_camera]
                return json.dumps([self._camera_files["camera"][0], *named, *timing])
            case "lens":
                return json.dumps([row.focal_mm, row.fov_degrees])
            case "caption":
                return row.caption
            case "poses":
                return self._camera_files["poses"][0]
            case "name":
                return json.dumps([row.id, row.method, str(row.generated)])


def _stamps(path: Path) -> list[tuple[int, ...]]:
    """Other numbers when the file, or one of the folder, was written to or replaced."""
    try:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        return [stamp(file) for file in files]
    except OSError as error:
        raise CameraFileError(path, (error.strerror or str(error)).lower()) from error
