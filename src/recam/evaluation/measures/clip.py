"""CLIP-T, CLIP-F and CLIP-V: does a clip show its caption, hold together from frame to frame, and show what
the source shows at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recam.evaluation.case import Case
from recam.evaluation.footage import Footage
from recam.evaluation.frame_features import ClipFrames, caption_features
from recam.evaluation.measure import Figure, Found, Input, Offer, Skipped
from recam.evaluation.networks import CLIP, Network, check_folder
from recam.evaluation.weights import find_weights

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

_TEXT = Figure(
    "clip.t", "CLIP-T", "", "higher",
    "100 times the cosine of the caption's and a frame's CLIP embedding, mean over all frames.", 1, 2,
)  # fmt: skip
_FRAMES = Figure(
    "clip.f", "CLIP-F", "", "higher",
    "100 times the cosine of the CLIP embeddings of adjacent frames, mean over all pairs. 100 is a still "
    "clip.", 1, 2,
)  # fmt: skip
_SOURCE = Figure(
    "clip.v", "CLIP-V", "", "higher",
    "100 times the cosine of the CLIP embeddings of a frame and the source's frame of the same time, mean "
    "over all frames. 100 is a copy of the source, so a camera that moves costs.", 1, 2,
)  # fmt: skip


@dataclass(frozen=True)
class ClipTextMeasure:
    frames: ClipFrames
    name = _TEXT.name
    inputs: tuple[Input, ...] = ("generated", "caption")
    figures: tuple[Figure, ...] = (_TEXT,)

    @property
    def key(self) -> str:
        return f"{self.name} 1 {self.frames.key}"

    def measure(self, case: Case) -> Found:
        caption = caption_features(self.frames.network, case.row.caption)
        value = _directions(case, case.generated, self.frames) @ directions(caption.features)
        details: dict[str, Any] = {}
        if caption.used < caption.tokens:
            details["caption"] = f"cut to {caption.used} of its {caption.tokens} tokens, CLIP's most"
        return Found({_TEXT.name: 100 * float(value.mean())}, details=details)


@dataclass(frozen=True)
class ClipFramesMeasure:
    frames: ClipFrames
    name = _FRAMES.name
    inputs: tuple[Input, ...] = ("generated",)
    figures: tuple[Figure, ...] = (_FRAMES,)

    @property
    def key(self) -> str:
        return f"{self.name} 1 {self.frames.key}"

    def measure(self, case: Case) -> Found:
        found = _directions(case, case.generated, self.frames)
        if len(found) < 2:
            return Found.nothing(self.figures, "undefined", "the clip has one frame")
        return Found({_FRAMES.name: 100 * float(np.sum(found[1:] * found[:-1], axis=1).mean())})


@dataclass(frozen=True)
class ClipSourceMeasure:
    frames: ClipFrames
    name = _SOURCE.name
    inputs: tuple[Input, ...] = ("generated", "source")
    figures: tuple[Figure, ...] = (_SOURCE,)

    @property
    def key(self) -> str:
        return f"{self.name} 1 {self.frames.key}"

    def measure(self, case: Case) -> Found:
        generated, source = (
            _directions(case, footage, self.frames) for footage in (case.generated, case.source)
        )
        return Found(
            {_SOURCE.name: 100 * float(np.sum(generated * source[case.source_frames], axis=1).mean())}
        )


def _directions(case: Case, footage: Footage, frames: ClipFrames) -> NDArray[np.float64]:
    """[F,D] what the frames of a video show, as directions."""
    return directions(case.features(footage, frames)["features"])


def directions(features: NDArray[np.generic]) -> NDArray[np.float64]:
    """Features [...,D] at length 1, in float64; a feature of zeros stays so, and has cosine 0 with all."""
    exact = np.asarray(features, dtype=np.float64)
    return exact / np.maximum(np.linalg.norm(exact, axis=-1, keepdims=True), 1e-12)


def offer(settings: Settings) -> Offer:
    if "clip" not in settings.weights:
        figures = (_TEXT, _FRAMES, _SOURCE)
        return Offer(
            skipped=(
                Skipped(
                    figures, "CLIP (a folder of transformers)", "--weights clip=openai/clip-vit-large-patch14"
                ),
            )
        )
    weights = find_weights("clip", settings.weights["clip"])
    frames = ClipFrames(check_folder(Network(weights, settings.device), CLIP))
    return Offer((ClipTextMeasure(frames), ClipFramesMeasure(frames), ClipSourceMeasure(frames)))
