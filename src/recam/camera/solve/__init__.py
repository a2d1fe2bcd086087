"""The camera of a video, from its pictures (structure from motion). Needs the extra ``[sfm]``."""

from recam.camera.solve.result import Solution
from recam.camera.solve.solver import GUESSED_FOV, solve_frames
from recam.errors import SolveError

__all__ = ["GUESSED_FOV", "Solution", "SolveError", "solve_frames"]
