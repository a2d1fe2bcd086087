"""The options that say which model paints a video and how, and the run that they make."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recam.apps.cli.frame import quiet_libraries
from recam.errors import ExpressionError, FileError, InputError

if TYPE_CHECKING:
    from recam.camera import CameraPath
    from recam.pipeline import RecamPipeline, RecamResult
    from recam.video import Video, VideoInfo

Fit = Literal["trim", "pad"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]

PromptOption = Annotated[str, typer.Option("--prompt", "-p", help="What the video shows.")]
NegativePromptOption = Annotated[
    str | None,
    typer.Option("--negative-prompt", help="What it should not look like.", show_default="the model's"),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="MODEL",
        help="tiny (bundled), wan2.1-1.3b (the published release), a model folder, or a hub id.",
    ),
]  # fmt: skip
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="The same seed gives the same video.", show_default="random"),
]
StepsOption = Annotated[
    int | None, typer.Option("--steps", min=1, help="Steps from noise to video.", show_default="the model's")
]
GuidanceOption = Annotated[
    float | None,
    typer.Option(
        "--guidance", help="How strictly to follow the prompt; 1 is off.", show_default="the model's"
    ),
]
ClipFramesOption = Annotated[
    int | None,
    typer.Option("--num-frames", min=1, help="Frames to render: 4n + 1.", show_default="the model's"),
]
HeightOption = Annotated[
    int | None, typer.Option("--height", min=1, help="Pixels.", show_default="the model's")
]
WidthOption = Annotated[
    int | None, typer.Option("--width", min=1, help="Pixels.", show_default="the model's")
]
FitOption = Annotated[
    Fit | None,
    typer.Option("--fit", help="Where the frame count does not fit: shorten, or repeat the last frame."),
]
DeviceOption = Annotated[
    str | None, typer.Option("--device", help="cpu, cuda, cuda:1 ...", show_default="a GPU if there is one")
]
DtypeOption = Annotated[
    Dtype, typer.Option("--dtype", help="Number format of the model; auto is the fastest exact enough.")
]


@dataclass(frozen=True)
class ModelRun:
    """What the user said about the model and its run.

    Raises:
        InputError: a guidance that is no number from 0 on.
    """

    model: str = "tiny"
    prompt: str = ""
    negative_prompt: str | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    num_frames: int | None = None
    height: int | None = None
    width: int | None = None
    fit: Fit | None = None
    device: str | None = None
    dtype: Dtype = "auto"

    def __post_init__(self) -> None:
        if self.guidance is not None and not (math.isfinite(self.guidance) and self.guidance >= 0):
            raise InputError(f"--guidance {self.guidance} must be 0 or more (1 is off)")

    def load(self) -> RecamPipeline:
        """The model's pipeline on its device."""
        import torch

        from recam.pipeline import RecamPipeline

        quiet_libraries()
        check_device(self.device)
        torch_dtype = None if self.dtype == "auto" else getattr(torch, self.dtype)
        return RecamPipeline.from_pretrained(self.model, torch_dtype=torch_dtype, device=self.device)

    def shoot(
        self,
        pipe: RecamPipeline,
        video: Video,
        path: CameraPath,
        num_frames: int | None,
        progress: Callable[..., None],
    ) -> RecamResult:
        """Re-shoot ``video`` along ``path``."""
        return pipe(
            video,
            path,
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            num_frames=num_frames,
            height=self.height,
            width=self.width,
            num_inference_steps=self.steps,
            guidance_scale=self.guidance,
            seed=self.seed,
            fit=self.fit,
            progress=progress,
        )


def check_device(device: str | None) -> None:
    """Refuse a ``--device`` that this machine does not have; None is whatever is best."""
    if device is None:
        return
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"--device {device} cannot be used: {reason}; leave it out, or use cpu") from error


def load_stretch(source: Path, info: VideoInfo, pipe: RecamPipeline, num_frames: int) -> Video:
    """As much of the video's start as the model will see of it; all of a long one might not fit into memory.

    Args:
        num_frames: of the clip; a model of a fixed size takes its own count, at its own rate.
    """
    from recam.video import Video

    settings, most = pipe.settings, num_frames
    if settings.fixed_size:
        most = math.ceil(settings.num_frames * max(1.0, float(info.fps) / settings.fps)) + 1
    return Video.load(source, max_frames=min(info.num_frames, most))


_OPTIONS = {
    "num_frames": "--num-frames",
    "num_inference_steps": "--steps",
    "guidance_scale": "--guidance",
    "height": "--height",
    "width": "--width",
    "fit": "--fit",
    "device": "--device",
    "seed": "--seed",
}


@contextlib.contextmanager
def in_options() -> Iterator[None]:
    """Put the pipeline's errors into the words of the command line: ``fit='trim'`` becomes ``--fit trim``."""
    names = "|".join(_OPTIONS)
    try:
        yield
    except (FileError, ExpressionError):
        raise
    except InputError as error:
        text = re.sub(
            rf"\b({names})=(['\"]?)([\w.:-]+)\2", lambda match: f"{_OPTIONS[match[1]]} {match[3]}", str(error)
        )
        if text == str(error):
            raise
        raise type(error)(text) from error
