"""Against the true video: PSNR, SSIM, and whether it is the nearest of all true views of the scene."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recam.evaluation.case import Case
from recam.evaluation.measure import Figure, Found, Input, Missing, Offer
from recam.evaluation.pictures import likeness, nearest_view

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

_PSNR = Figure(
    "psnr", "PSNR", "dB", "higher", "Against the true video: of the mean square error over all frames, "
    "peak 255.",
    digits=2,
)  # fmt: skip
_SSIM = Figure(
    "ssim", "SSIM", "", "higher", "Against the true video: Wang et al. 2004, sigma 1.5, RGB, mean."
)
_NEAREST = Figure(
    "nearest_view",
    "nearest view is the true one",
    "",
    "higher",
    "1 where, of the true videos along all paths of the scene, the clip's own is the nearest by mean "
    "square error: "
    "does the method follow the camera at all. Chance is one over the number of paths.",
)


@dataclass(frozen=True)
class LikenessMeasure:
    name = "likeness"
    key = "likeness 1"
    inputs: tuple[Input, ...] = ("generated", "target")
    figures: tuple[Figure, ...] = (_PSNR, _SSIM)

    def measure(self, case: Case) -> Found:
        assert case.target is not None
        found = likeness(case.generated.frames, case.target.frames)
        if math.isinf(found.psnr):
            missing = {_PSNR.name: Missing("undefined", "equal to the true video: infinite")}
            return Found({_PSNR.name: None, _SSIM.name: found.ssim}, missing)
        return Found({_PSNR.name: found.psnr, _SSIM.name: found.ssim})


@dataclass(frozen=True)
class NearestViewMeasure:
    name = "nearest_view"
    key = "nearest view 1"
    inputs: tuple[Input, ...] = ("generated", "views")
    figures: tuple[Figure, ...] = (_NEAREST,)

    def measure(self, case: Case) -> Found:
        views = {label: view.stream() for label, view in case.views.items()}
        nearest = nearest_view(case.generated.frames, views)
        return Found(
            {_NEAREST.name: float(nearest == case.view)}, details={"nearest": nearest, "views": len(views)}
        )


def offer(settings: Settings) -> Offer:
    return Offer((LikenessMeasure(), NearestViewMeasure()))
