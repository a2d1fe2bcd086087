"""The noise floor: what the camera errors are where the camera is known to be right.

The true video is solved like a generated one. What is left is the estimator's own error; a difference
between methods that is smaller says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recam.evaluation.case import Case
from recam.evaluation.measure import Figure, Found, Input, Offer
from recam.evaluation.measures.cameras import (
    camera_figures,
    can_solve,
    solved_values,
    taking_of,
    without_pycolmap,
)
from recam.evaluation.pose_solve import Taking

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

PREFIX = "floor."


@dataclass(frozen=True)
class FloorMeasure:
    """Camera errors of the true video. The clip itself is no input: all methods share one solving."""

    taking: Taking

    name = "floor"

    @property
    def key(self) -> str:
        return f"floor 2, {self.taking.key}"

    @property
    def inputs(self) -> tuple[Input, ...]:
        always: tuple[Input, ...] = ("target", "camera", "lens")
        return (*always, "source") if self.taking.tied else always

    @property
    def figures(self) -> tuple[Figure, ...]:
        return camera_figures(self.taking, PREFIX)

    def measure(self, case: Case) -> Found:
        assert case.target is not None
        return solved_values(case, case.target, self.taking, self.figures, PREFIX)


def offer(settings: Settings) -> Offer:
    measure = FloorMeasure(taking_of(settings))
    return Offer((measure,)) if can_solve() else without_pycolmap(measure.figures)
