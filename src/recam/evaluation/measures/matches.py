"""Verified SIFT matches per same-time pair: how much of the source a clip still shows, without weights."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from recam.evaluation.case import Case
from recam.evaluation.footage import Footage
from recam.evaluation.matching import SiftRules, count_verified, moments, sift_finder
from recam.evaluation.measure import Figure, Found, Input, Offer, Skipped

if TYPE_CHECKING:
    from recam.camera.solve.features import Features
    from recam.evaluation.plan import Settings

MOMENTS = 9
"""Moments of a clip that are compared, its first and last frame among them: half a second each, per video."""
_SIDE = SiftRules().side
FIGURE = Figure(
    "sift.matches_per_pair",
    "verified SIFT matches per same-time pair",
    "matches",
    "higher",
    f"Mean over {MOMENTS} moments spread over the clip: SIFT matches of a frame and the source's frame of "
    f"the same time that agree with one epipolar geometry (RANSAC). Features are looked for at a longer "
    f"side of {_SIDE} pixels, at most 1800 a frame; fewer than {SiftRules().least} count as 0. Not Mat.Pix.: "
    "no dense matcher. A copy of the source scores highest, so read it beside the camera errors.",
    digits=1,
)


@dataclass(frozen=True)
class SiftMeasure:
    """The source's features are held in memory for all clips of it that a process scores in a row; on disk
    they would take 5 MB a video."""

    rules: SiftRules
    moments: int = MOMENTS
    name = "sift"
    inputs: tuple[Input, ...] = ("generated", "source")
    figures: tuple[Figure, ...] = (FIGURE,)

    @property
    def key(self) -> str:
        return f"sift 1 moments={self.moments} {self.rules.key}"

    def measure(self, case: Case) -> Found:
        find = sift_finder(self.rules)
        chosen = moments(case.source_frames, self.moments)
        seen = _source_features(case.source, tuple(moment.source for moment in chosen), self.rules)
        counts = [
            count_verified(find(case.generated.frames[moment.generated]), features, self.rules)
            for moment, features in zip(chosen, seen, strict=True)
        ]
        return Found(
            {FIGURE.name: sum(counts) / len(counts)},
            details={"frames": [moment.generated for moment in chosen], "matches": counts},
        )


def _source_features(footage: Footage, indices: tuple[int, ...], rules: SiftRules) -> tuple[Features, ...]:
    key = (footage.content, indices, rules)
    if key not in _HELD:
        find = sift_finder(rules)
        _HELD[key] = tuple(find(footage.frames[index]) for index in indices)
        while len(_HELD) > 2:  # rows of one source come one after another
            _HELD.pop(next(iter(_HELD)))
    return _HELD[key]


_HELD: dict[tuple[str, tuple[int, ...], SiftRules], tuple[Features, ...]] = {}


def offer(settings: Settings) -> Offer:
    if find_spec("pycolmap") is None:
        return Offer(skipped=(Skipped((FIGURE,), "pycolmap", "pip install 'recam[sfm]'"),))
    return Offer((SiftMeasure(SiftRules(seed=settings.seed)),))
