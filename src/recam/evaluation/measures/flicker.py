"""How much a clip flickers, as VBench takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recam.evaluation.case import Case
from recam.evaluation.measure import Figure, Found, Input, Offer
from recam.evaluation.pictures import flicker

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

_FIGURE = Figure(
    "vbench.flicker",
    "temporal flicker",
    "",
    "higher",
    "VBench: 1 - mean absolute difference of adjacent frames / 255. 1 is a still clip, so a camera that "
    "moves costs.",
    digits=4,
)


@dataclass(frozen=True)
class FlickerMeasure:
    name = "flicker"
    key = "flicker 1"
    inputs: tuple[Input, ...] = ("generated",)
    figures: tuple[Figure, ...] = (_FIGURE,)

    def measure(self, case: Case) -> Found:
        return Found({_FIGURE.name: flicker(case.generated.frames)})


def offer(settings: Settings) -> Offer:
    return Offer((FlickerMeasure(),))
