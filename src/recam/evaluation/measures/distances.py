"""What FID and FVD share: features of the generated videos against features of other videos, as Gaussians."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np

from recam.errors import InputError, OutputError
from recam.evaluation.case import Case, Extractor, Index
from recam.evaluation.distribution import FeatureStatistics, frechet_distance
from recam.evaluation.footage import Footage, same_moments
from recam.evaluation.measure import Figure, Input, SetValue
from recam.evaluation.store import Arrays, Store, hashed
from recam.evaluation.weights import PUBLISHED, Weights


class VideoFeatures(Extractor, Protocol):
    """Features of a video that are compared as a distribution."""

    @property
    def least_frames(self) -> int:
        """A shorter video has none."""
        ...


@dataclass(frozen=True)
class DistanceMeasure:
    """The Frechet distance of the generated videos' features to those of their sources, or true videos.

    Every row counts once on the generated side; each distinct video of the other side counts once, at the
    times that the generated one shows.
    """

    figure: Figure
    extractor: VideoFeatures
    array: str
    """Which array [N,D] of the extractor is compared."""
    reference: Literal["source", "target"]
    remark: str = ""
    """What is to be said beside the figure whatever its value."""

    @property
    def name(self) -> str:
        return self.figure.name

    @property
    def key(self) -> str:
        return f"{self.extractor.key}, {self.array} against {self.reference}"

    @property
    def inputs(self) -> tuple[Input, ...]:
        return ("generated", self.reference)

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (self.figure,)

    def prepare(self, case: Case) -> dict[str, Any]:
        """Raises:
        InputError: a video has too few frames, or the network cannot take it.
        """
        other, part = _other(case, self.reference)
        least = self.extractor.least_frames
        for told, frames in (
            ("generated video has", case.generated.info.num_frames),
            (_TOLD[self.reference], len(part)),
        ):
            if frames < least:
                raise InputError(f"the {told} fewer than the {least} frames that {self.figure.title} takes")
        case.features(case.generated, self.extractor)
        case.features(other, self.extractor, part)
        return {
            "generated": case.features_key(case.generated, self.extractor),
            self.reference: case.features_key(other, self.extractor, part),
        }

    def score(self, notes: Iterable[Mapping[str, Any]], store: Store) -> dict[str, SetValue]:
        """Args:
            notes: can be iterated over more than once.

        Raises:
            OutputError: features that were kept are gone.
        """
        keys = (f"{note['generated']} {note[self.reference]}" for note in notes)
        return {
            self.figure.name: remembered(
                store, itertools.chain([self.array], keys), lambda: self._distance(notes, store)
            )
        }

    def _distance(self, notes: Iterable[Mapping[str, Any]], store: Store) -> SetValue:
        ours, theirs, seen = FeatureStatistics(), FeatureStatistics(), set()
        for note in notes:
            ours.add(kept_features(store, self.extractor.name, note["generated"])[self.array])
            if note[self.reference] not in seen:
                seen.add(note[self.reference])
                theirs.add(kept_features(store, self.extractor.name, note[self.reference])[self.array])
        return distance_value(ours, theirs, self.remark)


_TOLD = {
    "source": "source video has, at the times of the generated one,",
    "target": "true video has, at the times of the generated one,",
}


def _other(case: Case, reference: Literal["source", "target"]) -> tuple[Footage, Index]:
    """The video to compare with, and its frames at the times of the generated one's, as far as it goes."""
    if reference == "source":
        other, part = case.source, case.source_frames
    else:
        assert case.target is not None
        other, part = case.target, same_moments(case.generated.info, case.target.info)
    ends = np.flatnonzero(part == other.info.num_frames - 1)
    return other, part[: ends[0] + 1] if len(ends) else part


def remembered(store: Store, features: Iterable[str], measure: Callable[[], SetValue]) -> SetValue:
    """What ``measure`` makes of ``features`` (keys that name them, in their order), kept in the store: with
    2,048 numbers a frame it takes a minute for 10,000 clips, and a report may be written again."""
    digest = hashlib.sha256()
    for key in features:
        digest.update(f"{key}\n".encode())
    key = hashed("frechet 1", digest.hexdigest())
    known = store.facts("frechet", key)
    if known is None:
        known = asdict(measure())
        store.keep_facts("frechet", key, known)
    return SetValue(**known)


def distance_value(ours: FeatureStatistics, theirs: FeatureStatistics, remark: str = "") -> SetValue:
    """The distance of two sets with what must be known of it; none for fewer than two vectors.

    Rounded to what it is good for: beyond, the number of threads of a machine's algebra shows.
    """
    if min(ours.count, theirs.count) < 2:
        few = f"a distance needs 2 samples of either side at least; here are {ours.count} and {theirs.count}"
        return SetValue(None, ours.count, few)
    found = frechet_distance(ours.gaussian(), theirs.gaussian())
    value = float(f"{round(found.value, 8):.10g}")
    return SetValue(value, ours.count, "; ".join(part for part in (found.note, remark) if part))


def kept_features(store: Store, extractor: str, key: str) -> Arrays:
    """Features that a measure's ``prepare`` has kept.

    Raises:
        OutputError: they are gone.
    """
    arrays = store.features(extractor, key)
    if arrays is None:
        raise OutputError(
            store.folder, f"features ({extractor} {key}) are gone or damaged; run the same command again"
        )
    return arrays


def weights_remark(name: str, weights: Weights) -> str:
    """What a reader must know of ``weights`` for the network ``name``: "" for the published file."""
    if weights.sha256 == PUBLISHED[name]:
        return ""
    return (
        f"weights {weights.sha256[:12]} are not the published file ({PUBLISHED[name][:12]}): compare only "
        "figures of the same weights"
    )
