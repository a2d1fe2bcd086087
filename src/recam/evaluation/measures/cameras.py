"""How far the camera of the generated clip is from the one that was asked for, in every convention in use."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from recam.camera import CameraPath, Poses
from recam.errors import SolveError
from recam.evaluation.case import Case
from recam.evaluation.footage import Footage
from recam.evaluation.measure import Figure, Found, Input, Missing, Offer, Skipped
from recam.evaluation.pose_error import STILL_METRES, PoseErrors, pose_errors
from recam.evaluation.pose_solve import FoundCamera, Taking, read_camera, solve_camera

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

ZOOMS = (
    "the path changes the lens, and a camera is solved with one lens for the whole clip; give the cameras of "
    "an estimator that follows the lens (poses)"
)
_STAYS = "the target does not move"
_NO_WAY = "the camera that was found never leaves its start, so it has no direction"
_NO_EXTENT = "the target stays at one place, so its path has no extent"


def camera_figures(taking: Taking, prefix: str = "") -> tuple[Figure, ...]:
    """The columns, each named by what it is; their definitions are those of ``pose_error``."""
    start = "the source's first camera" if taking.tied else "the clip's first frame"
    frames = f"{taking.frames} frames"
    still = "Undefined where the target does not move."
    noise = "The estimator's own error on the true video. " if prefix else ""

    def figure(name: str, title: str, unit: str, about: str, digits: int = 3) -> Figure:
        shown = f"{title} (true video)" if prefix else title
        return Figure(f"{prefix}{name}", shown, unit, "lower", noise + about, digits=digits)

    return (
        figure(
            "rotation.mean_degrees", "rotation, mean", "degrees",
            f"Angle between the found and the asked orientation, relative to {start}, mean over {frames} "
            "spread over the clip (all of a shorter one): WorldScore's RotErr.",
        ),
        figure(
            "rotation.sum_radians", "rotation, sum", "radians",
            f"The same, summed over {frames}: RotErr of CameraCtrl, CamI2V and the ReCamMaster paper. It "
            "grows with the number of frames.",
        ),
        figure(
            "rotation.pairs_degrees", "rotation, all pairs", "degrees",
            f"Angle between the found and the asked turn from one frame to another, mean over all ordered "
            f"pairs of {frames}: ReDirector's RotErr.",
        ),
        figure(
            "translation.max_norm_mean", "translation, max-norm mean", "",
            f"Each path over its own largest distance from {start}, then the distance between the two, mean "
            f"over {frames}; 0 to 2. {still}",
        ),
        figure(
            "translation.max_norm_sum", "translation, max-norm sum", "",
            f"The same, summed over {frames}: CamI2V's TransErr. It grows with the number of frames. {still}",
        ),
        figure(
            "translation.metres", "translation, least squares", "metres",
            "Distance after the scale of least squares, which may not be negative, mean over "
            f"{frames}: InfCam's. The metres are those of the path that was asked for. {still}",
        ),
        figure(
            "translation.umeyama_over_extent", "translation, Umeyama (blind to direction)", "",
            "Distance after the best turn, shift and scale (Umeyama 1991) over the extent of the asked path: "
            "ReDirector's TransErr. Blind to direction: a camera that goes the other way scores 0. "
            f"{still}", 4,
        ),
        figure(
            "translation.direction_degrees", "translation, direction", "degrees",
            f"Angle between the found and the asked way from {start}, mean over the frames that have left "
            f"it. {still} Undefined too where the found camera never leaves its start.", 2,
        ),
        figure(
            "cam_mc", "CamMC", "",
            "Sum of the Frobenius norms of the difference of [R|t], positions over their own largest "
            f"distance, over {frames}: CamI2V's CamMC. {still}",
        ),
    )  # fmt: skip


def camera_values(
    found: FoundCamera, path: CameraPath, tied: bool, figures: tuple[Figure, ...], prefix: str = ""
) -> Found:
    """The figures of :func:`camera_figures` for a found camera against the path that was asked for."""
    asked = path.poses.matrices[found.frames]
    true = Poses(np.concatenate([np.eye(4)[None], asked]) if tied else asked)
    errors = pose_errors(found.poses, true, tied=tied)
    values = {f"{prefix}{name}": value for name, value in _named(errors).items()}
    missing = {
        figure.name: Missing("undefined", _reason(figure.name, errors))
        for figure in figures
        if values.get(figure.name) is None
    }
    details = {**found.details, "frames": len(found.frames), **({} if prefix else _ways(found.poses, true))}
    return Found({figure.name: values.get(figure.name) for figure in figures}, missing, details)


def solved_values(
    case: Case, footage: Footage, taking: Taking, figures: tuple[Figure, ...], prefix: str = ""
) -> Found:
    """The figures of a video along the case's path, by solving its camera; why there are none, if so."""
    path = case.path if footage is case.generated else case.path_of(footage)
    if path.changes_lens:
        return Found.nothing(figures, "undefined", ZOOMS)
    try:
        found = solve_camera(case, footage, taking)
    except SolveError as error:
        return without_camera(figures, path, taking.tied, str(error), prefix)
    return camera_values(found, path, taking.tied, figures, prefix)


def without_camera(
    figures: tuple[Figure, ...], path: CameraPath, tied: bool, reason: str, prefix: str = ""
) -> Found:
    """Nothing was found: translations still are undefined, and no failure, where the target does not move."""
    places = path.poses.translations
    away = np.linalg.norm(places if tied else places - places[0], axis=1)
    nothing = Found.nothing(figures, "failed", " ".join(reason.split()))
    if away.max() >= STILL_METRES:
        return nothing
    still = {
        figure.name: Missing("undefined", _STAYS)
        for figure in figures
        if not figure.name.startswith(f"{prefix}rotation.")
    }
    return Found(nothing.values, {**nothing.missing, **still})


def _ways(estimated: Poses, true: Poses) -> dict[str, list[list[float]]]:
    """Positions [F,3] relative to the start, for a drawing: ``asked`` in metres, and ``solved`` brought to
    the same reach. Nothing for a target that does not move."""
    ours, theirs = (poses.relative_to(poses[0]).translations for poses in (estimated, true))
    reached, far = (float(np.linalg.norm(way, axis=1).max()) for way in (ours, theirs))
    if far < STILL_METRES:
        return {}
    scaled = ours * (far / reached) if reached > 0 else ours
    return {"asked": theirs.round(4).tolist(), "solved": scaled.round(4).tolist()}


def _named(errors: PoseErrors) -> dict[str, float | None]:
    values: dict[str, float | None] = {
        f"rotation.{name}": value for name, value in vars(errors.rotation).items()
    }
    if errors.translation is not None:
        for name, value in vars(errors.translation).items():
            values[name if name == "cam_mc" else f"translation.{name}"] = value
    return values


def _reason(figure: str, errors: PoseErrors) -> str:
    """Why a figure has no value although the camera was found."""
    if errors.translation is None:
        return _STAYS
    return _NO_WAY if figure.endswith("direction_degrees") else _NO_EXTENT


@dataclass(frozen=True)
class CameraMeasure:
    """The generated clip's camera, solved from its pictures or, where the manifest names ``poses``, read."""

    taking: Taking

    name = "cameras"

    @property
    def key(self) -> str:
        return f"cameras 2, {self.taking.key}"

    @property
    def inputs(self) -> tuple[Input, ...]:
        always: tuple[Input, ...] = ("generated", "camera", "lens", "poses")
        return (*always, "source") if self.taking.tied else always

    @property
    def figures(self) -> tuple[Figure, ...]:
        return camera_figures(self.taking)

    def measure(self, case: Case) -> Found:
        if case.row.poses is not None:
            found = read_camera(case.row.poses, case.generated.info.num_frames, self.taking)
            return camera_values(found, case.path, self.taking.tied, self.figures)
        return solved_values(case, case.generated, self.taking, self.figures)


def can_solve() -> bool:
    """Whether pycolmap is installed."""
    return find_spec("pycolmap") is not None


def without_pycolmap(figures: tuple[Figure, ...]) -> Offer:
    """The figures are skipped, and what to install is said."""
    return Offer(skipped=(Skipped(figures, "pycolmap (structure from motion)", "pip install 'recam[sfm]'"),))


def taking_of(settings: Settings) -> Taking:
    return Taking(settings.pose_frames, settings.seed, settings.prepend_source)


def offer(settings: Settings) -> Offer:
    measure = CameraMeasure(taking_of(settings))
    return Offer((measure,)) if can_solve() else without_pycolmap(measure.figures)
