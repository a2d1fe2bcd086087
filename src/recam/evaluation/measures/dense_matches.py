"""Mat.Pix.: pixels of a clip that a dense matcher finds in the source's frame of the same time."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from recam.errors import InputError
from recam.evaluation.case import Case
from recam.evaluation.matchers import Loftr, find_plugin, load_loftr
from recam.evaluation.matching import Matched, Matcher, fit_size, moments
from recam.evaluation.measure import Figure, Found, Input, Offer, Skipped
from recam.evaluation.networks import Network
from recam.evaluation.weights import find_weights

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

TAU = 0.5
"""As PlenopticDreamer states it; the paper of ReCamMaster states none."""
WIDTH, HEIGHT = 768, 432
MOMENTS = 21
"""Of a clip, spread over it with its first and last frame: LoFTR takes 12 seconds a pair on one CPU core."""

_ABOUT = (
    f"Pixels of a frame whose match in the source's frame of the same time has a confidence of at least "
    f"{TAU} (Mat.Pix.), frames resized to {WIDTH}x{HEIGHT}, {MOMENTS} frames spread over the clip; "
)
_COMPARE = (
    " LoFTR gives at most one match for every 8x8 pixels, counted as one. Comparable only where matcher, "
    "weights, threshold, size and number of frames are the same: published figures (GIM or RoMa, threshold "
    "and frames not always stated) are not."
)
MEAN = Figure(
    "mat_pix.mean", "Mat.Pix. a frame", "pixels", "higher", f"{_ABOUT}mean over frames.{_COMPARE}", 1, 1
)
SUM = Figure(
    "mat_pix.sum_k", "Mat.Pix. of all frames compared", "thousand pixels", "higher",
    f"{_ABOUT}sum over these frames, in thousands.{_COMPARE}", 1, 3,
)  # fmt: skip


@dataclass(frozen=True)
class DenseMatchMeasure:
    matcher: Matcher
    tau: float = TAU
    width: int = WIDTH
    height: int = HEIGHT
    moments: int = MOMENTS
    name = "mat_pix"
    inputs: tuple[Input, ...] = ("generated", "source")
    figures: tuple[Figure, ...] = (MEAN, SUM)

    @property
    def key(self) -> str:
        settings = f"tau={self.tau} size={self.width}x{self.height} moments={self.moments}"
        return f"mat_pix 1 {settings} {self.matcher.key}"

    def measure(self, case: Case) -> Found:
        counts: list[int] = []
        chosen = moments(case.source_frames, self.moments)
        for moment in chosen:
            pair = (case.generated.frames[moment.generated], case.source.frames[moment.source])
            ours, theirs = (fit_size(frame, self.width, self.height) for frame in pair)
            counts.append(self._pixels(self.matcher.match(ours, theirs)))
        return Found(
            {MEAN.name: float(np.mean(counts)), SUM.name: sum(counts) / 1000},
            details={
                "matcher": self.matcher.name,
                "tau": self.tau,
                "size": f"{self.width}x{self.height}",
                "frames": [moment.generated for moment in chosen],
                "pixels": counts,
            },
        )

    def _pixels(self, found: Matched) -> int:
        """Different pixels of the generated frame: a matcher may give several matches of one."""
        sure = np.floor(found.points_a[found.confidence >= self.tau])
        return len(np.unique(sure, axis=0))


def offer(settings: Settings) -> Offer:
    """Raises:
    CheckpointError: weights or a matcher that cannot be used.
    InputError: two matchers.
    """
    given = [name for name in ("loftr", "loftr-indoor-new", "matcher") if name in settings.weights]
    if len(given) > 1:
        raise InputError(f"--weights {given[0]} and --weights {given[1]} are two matchers; give one")
    if not given:
        return _skipped(
            "a dense matcher",
            "--weights loftr=loftr_outdoor.ckpt, or --weights matcher=FILE.py:FUNCTION for GIM or RoMa",
        )
    spec = settings.weights[given[0]]
    if given[0] == "matcher":
        return Offer((DenseMatchMeasure(find_plugin(spec, settings.device)),))
    if find_spec("kornia") is None:
        return _skipped("kornia", "pip install 'recam[evaluation]'")
    matcher = Loftr(Network(find_weights(given[0], spec), settings.device), given[0] == "loftr-indoor-new")
    load_loftr(matcher.network, matcher.indoor_new)  # so that a wrong file is told before the work
    return Offer((DenseMatchMeasure(matcher),))


def _skipped(needs: str, how: str) -> Offer:
    return Offer(skipped=(Skipped((MEAN, SUM), needs, how),))
