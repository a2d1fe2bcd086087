"""The noise floor: what the camera errors are where the camera is known to be right.

The true video is solved like a generated one. What is left is the estimator's own error; a difference
between methods that is smaller says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recam.errors import SolveError
from recam.evaluation.case import Case
from recam.evaluation.measure import Figure, Found, Input, Offer
from recam.evaluation.measures.cameras import (
    ZOOMS,
    camera_figures,
    camera_values,
    can_solve,
    taking_of,
    without_camera,
    without_pycolmap,
)
from recam.evaluation.pose_solve import Taking, solve_camera

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
        path = case.path_of(case.target)
        if path.changes_lens:
            return Found.nothing(self.figures, "undefined", ZOOMS)
        try:
            found = solve_camera(case, case.target, self.taking)
        except SolveError as error:
            return without_camera(self.figures, path, self.taking.tied, str(error), PREFIX)
        return camera_values(found, path, self.taking.tied, self.figures, PREFIX)


def offer(settings: Settings) -> Offer:
    measure = FloorMeasure(taking_of(settings))
    return Offer((measure,)) if can_solve() else without_pycolmap(measure.figures)
