"""What a model folder says about its own model: sizes and defaults, kept in ``model_index.json``."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recam.errors import InputError

# Wan2.1's own negative prompt, which the published inference uses.
WAN_NEGATIVE_PROMPT = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，"
    "JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，"
    "形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)


@dataclass(frozen=True)
class ModelSettings:
    """Sizes and defaults of a model. Those of the published release unless given."""

    name: str = "ReCamMaster on Wan2.1-T2V-1.3B"
    """What to call the model."""
    num_frames: int = 81
    """Frames of a clip, unless asked otherwise."""
    height: int = 480
    """Pixels; a portrait video swaps height and width."""
    width: int = 832
    """Pixels."""
    fps: float = 15.0
    """Frames a second of the videos it was trained on."""
    fixed_size: bool = False
    """It knows only this count, size and ``fps``; videos are cropped, resized and resampled to them."""
    num_inference_steps: int = 50
    """Euler steps from noise to video."""
    guidance_scale: float = 5.0
    """Classifier-free guidance; 1 switches it off and halves the work."""
    shift: float = 5.0
    """Shift of the noise levels towards noise."""
    max_sequence_length: int = 512
    """Text tokens that the transformer sees."""
    negative_prompt: str = WAN_NEGATIVE_PROMPT
    """What guidance leads away from, unless given."""
    notice: str = ""
    """What a user should be told once, e.g. which footage the model is not for."""

    def __post_init__(self) -> None:
        counts = ("num_frames", "height", "width", "num_inference_steps", "max_sequence_length")
        for name in counts:
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise InputError(
                    f"model setting {name}={getattr(self, name)!r} must be a whole number from 1 on"
                )
        for name in ("fps", "guidance_scale", "shift"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
                raise InputError(f"model setting {name}={value!r} must be a positive number")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelSettings:
        """From a folder's JSON.

        Raises:
            InputError: a name that no setting has, or a value out of range.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise InputError(
                f"unknown model settings {', '.join(unknown)}; known: {', '.join(sorted(known))}"
            )
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
