"""Five dimensions of VBench, from their networks or from VBench's own files of results.

Definitions, and how frames are prepared, follow VBench's public code (Huang et al., "VBench", CVPR 2024;
``vbench/subject_consistency.py`` and its siblings), so that figures can stand beside published ones. Where a
network's weights are given they count, else VBench's own results do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recam.errors import CheckpointError, InputError
from recam.evaluation.case import Case, Extractor
from recam.evaluation.footage import Frames
from recam.evaluation.frame_features import VbenchClipFrames, VbenchDinoFrames, resize
from recam.evaluation.measure import Figure, Found, Input, Measure, Offer, Skipped
from recam.evaluation.measures.clip import directions
from recam.evaluation.measures.vbench_import import ImportedMeasure, find_results
from recam.evaluation.networks import CLIP, VIT, Network, call_script, check_folder, check_script, load_linear
from recam.evaluation.weights import Weights, find_weights
from recam.parallel import check_stop

if TYPE_CHECKING:
    import torch

    from recam.evaluation.plan import Settings

IMAGING_SIDE = 512
"""Longer side that larger pictures are reduced to before MUSIQ sees them."""
AMT_MULTIPLE = 16
_SUBJECT = Figure(
    "vbench.subject", "subject consistency", "", "higher",
    "VBench: of DINO ViT-B/16, the mean of a frame's cosines to the frame before and to the first, each at "
    "least 0; mean over all frames but the first. 1 is a still clip, so a camera that moves costs.", 1, 4,
)  # fmt: skip
_BACKGROUND = Figure(
    "vbench.background", "background consistency", "", "higher",
    "VBench: as subject consistency, of CLIP ViT-B/32.", 1, 4,
)  # fmt: skip
_AESTHETIC = Figure(
    "vbench.aesthetic", "aesthetic quality", "", "higher",
    "VBench: LAION's linear aesthetic predictor on CLIP ViT-L/14, over 10, mean over frames.", 1, 4,
)  # fmt: skip
_IMAGING = Figure(
    "vbench.imaging", "imaging quality", "", "higher",
    "VBench: MUSIQ trained on SPAQ, of frames reduced to at most 512 pixels, over 100, mean over frames.",
    1, 4,
)  # fmt: skip
_MOTION = Figure(
    "vbench.motion", "motion smoothness", "", "higher",
    "VBench: every other frame is interpolated by AMT-S from its neighbours; 1 - mean absolute difference to "
    "the true one / 255.", 1, 4,
)  # fmt: skip


@dataclass(frozen=True)
class _Dimension:
    figure: Figure
    name: str
    """VBench's."""
    needs: dict[str, tuple[str, str]]
    """By name of weights: what they are, and an example."""


_CLIP_L14 = ("CLIP ViT-L/14 (a folder of transformers)", "openai/clip-vit-large-patch14")
DIMENSIONS = (
    _Dimension(
        _SUBJECT, "subject_consistency",
        {"dino": ("DINO ViT-B/16 (a folder of transformers)", "facebook/dino-vitb16")},
    ),
    _Dimension(
        _BACKGROUND, "background_consistency",
        {"clip-b32": ("CLIP ViT-B/32 (a folder of transformers)", "openai/clip-vit-base-patch32")},
    ),
    _Dimension(
        _AESTHETIC, "aesthetic_quality",
        {
            "clip-l14": _CLIP_L14,
            "aesthetic": ("LAION's linear aesthetic predictor", "sa_0_4_vit_l_14_linear.pth"),
        },
    ),
    _Dimension(
        _IMAGING, "imaging_quality", {"musiq": ("MUSIQ-SPAQ (TorchScript)", "musiq_spaq.pt")}
    ),
    _Dimension(
        _MOTION, "motion_smoothness", {"amt": ("AMT-S (TorchScript)", "amt_s.pt")}
    ),
)  # fmt: skip


@dataclass(frozen=True)
class ConsistencyMeasure:
    """Subject (DINO) or background (CLIP) consistency."""

    figure: Figure
    frames: Extractor
    inputs: tuple[Input, ...] = ("generated",)

    @property
    def name(self) -> str:
        return self.figure.name

    @property
    def key(self) -> str:
        return f"{self.name} 1 {self.frames.key}"

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (self.figure,)

    def measure(self, case: Case) -> Found:
        features = case.features(case.generated, self.frames)["features"]
        if len(features) < 2:
            return Found.nothing(self.figures, "undefined", "the clip has one frame")
        return Found({self.name: consistency(features)})


@dataclass(frozen=True)
class AestheticMeasure:
    frames: VbenchClipFrames
    head: Weights
    name = _AESTHETIC.name
    inputs: tuple[Input, ...] = ("generated",)
    figures: tuple[Figure, ...] = (_AESTHETIC,)

    @property
    def key(self) -> str:
        return f"{self.name} 1 {self.frames.key} {self.head.sha256}"

    def measure(self, case: Case) -> Found:
        weight, bias = load_linear(self.head)
        features = directions(case.features(case.generated, self.frames)["features"])
        if features.shape[1] != len(weight):
            raise CheckpointError(
                self.head.path,
                f"takes features of {len(weight)} numbers, and those of {self.frames.network.path} have "
                f"{features.shape[1]}; give the predictor for CLIP ViT-L/14",
            )
        return Found({self.name: float((features @ weight + bias).mean()) / 10})


@dataclass(frozen=True)
class ImagingMeasure:
    network: Network
    name = _IMAGING.name
    inputs: tuple[Input, ...] = ("generated",)
    figures: tuple[Figure, ...] = (_IMAGING,)

    @property
    def key(self) -> str:
        return f"{self.name} 1 {self.network.key}"

    def measure(self, case: Case) -> Found:
        scores: list[float] = []
        for frame in case.generated.frames:
            check_stop()
            score = call_script(
                self.network, "(pictures [1,3,H,W] from 0 to 1) -> score [1]", imaging_picture(frame)
            )
            scores.append(float(score.double().mean()))
        return Found({self.name: float(np.mean(scores)) / 100})


@dataclass(frozen=True)
class MotionMeasure:
    network: Network
    name = _MOTION.name
    inputs: tuple[Input, ...] = ("generated",)
    figures: tuple[Figure, ...] = (_MOTION,)

    @property
    def key(self) -> str:
        return f"{self.name} 1 {self.network.key}"

    def measure(self, case: Case) -> Found:
        frames = case.generated.frames
        if len(frames) < 3:
            return Found.nothing(self.figures, "undefined", "the clip has fewer than three frames")
        return Found({self.name: smoothness(frames, self._between)})

    def _between(self, first: NDArray[np.uint8], last: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import torch

        check_stop()
        height, width = first.shape[:2]
        down, right = -height % AMT_MULTIPLE, -width % AMT_MULTIPLE
        margins = (right // 2, right - right // 2, down // 2, down - down // 2)
        ends = [
            torch.nn.functional.pad(_picture(frame), margins, mode="replicate") for frame in (first, last)
        ]
        middle = call_script(
            self.network,
            "(first [1,3,H,W] from 0 to 1, last [1,3,H,W], time [1,1,1,1]) -> frame [1,3,H,W]",
            *ends,
            torch.full((1, 1, 1, 1), 0.5),
        )
        if middle.shape != ends[0].shape:
            raise InputError(
                f"{self.network.path.name}: gives {list(middle.shape)} for frames of {list(ends[0].shape)}"
            )
        top, left = margins[2], margins[0]
        shown = middle[0, :, top : top + height, left : left + width].permute(1, 2, 0).numpy() * np.float32(
            255
        )
        return shown.clip(0, 255).astype(np.uint8)


def consistency(features: NDArray[np.generic]) -> float:
    """VBench's consistency of features [F,D]: the mean of ``(max(0, cos to the one before) + max(0, cos to
    the first)) / 2`` over all but the first."""
    found = directions(features)
    before = np.sum(found[1:] * found[:-1], axis=1).clip(0)
    first = (found[1:] @ found[0]).clip(0)
    return float((before + first).mean() / 2)


def smoothness(
    frames: Frames, between: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]
) -> float:
    """VBench's motion smoothness of uint8 [F,H,W,3]: frames 1, 3, 5 ... against what ``between`` makes of
    their neighbours; a last frame without a successor does not count."""
    errors = [
        np.abs(frames[middle].astype(np.int16) - between(frames[middle - 1], frames[middle + 1])).mean()
        for middle in range(1, len(frames) - 1, 2)
    ]
    return float((255 - np.mean(errors)) / 255)


def imaging_picture(frame: NDArray[np.uint8]) -> torch.Tensor:
    """[1,3,h,w], 0 to 1: VBench's ``imaging_quality`` mode "longer", its default."""
    height, width = frame.shape[:2]
    scale = min(1.0, IMAGING_SIDE / max(height, width))
    return resize(frame[None], (int(scale * height), int(scale * width)), "bilinear") / 255


def offer(settings: Settings) -> Offer:
    """Raises:
    CheckpointError: weights cannot be found.
    ResultsError: VBench's results cannot be read.
    """
    results, imported = (None, frozenset[str]())
    if settings.vbench is not None:
        results, imported = find_results(settings.vbench)
    measures: list[Measure] = []
    skipped: list[Skipped] = []
    for dimension in DIMENSIONS:
        lacking = {name: need for name, need in dimension.needs.items() if name not in settings.weights}
        if not lacking:
            measures.append(_measure(dimension, settings))
        elif results is not None and dimension.name in imported:
            measures.append(ImportedMeasure(_imported(dimension.figure), dimension.name, results))
        else:
            needs = " and ".join(what for what, _ in lacking.values())
            how = " ".join(f"--weights {name}={example}" for name, (_, example) in lacking.items())
            skipped.append(
                Skipped((dimension.figure,), needs, f"{how}, or --vbench RESULTS with VBench's own figures")
            )
    return Offer(tuple(measures), skipped=tuple(skipped))


def _measure(dimension: _Dimension, settings: Settings) -> Measure:
    found = {name: find_weights(name, settings.weights[name]) for name in dimension.needs}
    networks = {name: Network(weights, settings.device) for name, weights in found.items()}
    match dimension.figure.name:
        case "vbench.subject":
            return ConsistencyMeasure(_SUBJECT, VbenchDinoFrames(check_folder(networks["dino"], VIT)))
        case "vbench.background":
            return ConsistencyMeasure(
                _BACKGROUND, VbenchClipFrames(check_folder(networks["clip-b32"], CLIP), 32)
            )
        case "vbench.aesthetic":
            return AestheticMeasure(
                VbenchClipFrames(check_folder(networks["clip-l14"], CLIP), 14), found["aesthetic"]
            )
        case "vbench.imaging":
            return ImagingMeasure(check_script(networks["musiq"]))
        case _:
            return MotionMeasure(check_script(networks["amt"]))


def _imported(figure: Figure) -> Figure:
    return replace(
        figure,
        title=f"{figure.title} (imported)",
        about=f"{figure.about} Imported from VBench's own results.",
    )


def _picture(frame: NDArray[np.uint8]) -> torch.Tensor:
    """[1,3,H,W], 0 to 1."""
    return resize(frame[None], (frame.shape[0], frame.shape[1]), "bilinear") / 255
