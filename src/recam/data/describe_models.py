"""What writes captions: a vision-language model of ``transformers``, or a function of the user's own."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from recam.errors import CheckpointError, InputError, MachineError
from recam.hub import fetch_folder, is_hub_id
from recam.pipeline.machine import choose_device, choose_dtype

DEFAULT_PROMPT = (
    "These are frames of one short video, in order. Describe the video in one or two plain sentences: who or "
    "what is seen, what they do, and where. Do not mention the camera, the frames or their number."
)
Frames = Sequence[NDArray[np.uint8]]
"""A few frames of one clip in order, each uint8 [H,W,3] RGB."""
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class CaptionOptions:
    """How captions are written.

    Attributes:
        prompt: what the model is asked.
        device: such as ``"cuda:0"``; None: a GPU if there is one.
        dtype: of the weights, such as ``"bfloat16"``; None: the fastest exact enough.
        max_tokens: that a caption may take.
    """

    prompt: str = DEFAULT_PROMPT
    device: str | None = None
    dtype: str | None = None
    max_tokens: int = 120


class Captioner(Protocol):
    """Writes captions of clips, several at a time."""

    def __call__(self, clips: Sequence[Frames]) -> Sequence[str]:
        """One caption for each clip, in order; "" where it has none."""
        ...


def load_captioner(model: str, options: CaptionOptions | None = None) -> Captioner:
    """The captioner of a name.

    Args:
        model: a folder with a vision-language model, a hub id (downloaded once), or ``module:function``: a
            function that takes :class:`CaptionOptions` and returns a :class:`Captioner`.

    Raises:
        CheckpointError: no such model, or none that writes text about images.
        InputError: no such module or function.
    """
    options = options or CaptionOptions()
    if _FUNCTION.fullmatch(model) and not Path(model).exists():
        return _own_captioner(model, options)
    return TransformersCaptioner(model, options)


def _own_captioner(name: str, options: CaptionOptions) -> Captioner:
    module, _, function = name.partition(":")
    here = os.getcwd()
    if here not in sys.path:  # as `python -m` has it: users keep the module where they work
        sys.path.insert(0, here)
    try:
        made: Any = importlib.import_module(module)
        for part in function.split("."):
            made = getattr(made, part)
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"captioner {name}: {error}; give module:function of a module that can be imported"
        ) from error
    wrong = f"captioner {name}: must be a function that takes CaptionOptions and returns a function"
    if not callable(made):
        raise InputError(wrong)
    captioner: Any = made(options)
    if not callable(captioner):
        raise InputError(wrong)
    return cast(Captioner, captioner)


class TransformersCaptioner:
    """A vision-language model by ``AutoModelForImageTextToText``.

    Chat models see all frames of a clip as images of one question; those without a chat see the middle frame.

    Raises:
        CheckpointError: the model cannot be loaded, or writes no text about images.
        MachineError: the device cannot be used.
    """

    def __init__(self, model: str, options: CaptionOptions) -> None:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self.name, self.options = model, options
        folder = fetch_folder(model, _FILES) if is_hub_id(model) else Path(model)
        device = _usable(options.device) if options.device else choose_device()
        dtype = getattr(torch, options.dtype) if options.dtype else choose_dtype(device)
        try:
            self.processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True)
            network: Any = AutoModelForImageTextToText.from_pretrained(
                folder, local_files_only=True, dtype=dtype
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, AttributeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise CheckpointError(
                model, f"cannot be used as a model that describes images ({reason})"
            ) from error
        self.network = network.to(device).eval()
        tokenizer = getattr(self.processor, "tokenizer", self.processor)
        tokenizer.padding_side = "left"  # what is written follows the question at once
        self.has_chat = bool(getattr(self.processor, "chat_template", None))

    @torch.inference_mode()
    def __call__(self, clips: Sequence[Frames]) -> list[str]:
        inputs = (self._questions(clips) if self.has_chat else self._pictures(clips)).to(
            self.network.device, dtype=self.network.dtype
        )
        written = self.network.generate(**inputs, do_sample=False, max_new_tokens=self.options.max_tokens)
        asked = inputs.get("input_ids")
        if asked is not None and torch.equal(written[:, : asked.shape[1]], asked):
            written = written[:, asked.shape[1] :]  # models with a decoder of its own repeat no question
        texts = self.processor.batch_decode(written, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]

    def _questions(self, clips: Sequence[Frames]) -> Any:
        chats = [
            [
                {
                    "role": "user",
                    "content": [
                        *({"type": "image", "image": Image.fromarray(frame)} for frame in frames),
                        {"type": "text", "text": self.options.prompt},
                    ],
                }
            ]
            for frames in clips
        ]
        return self.processor.apply_chat_template(
            chats,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        )

    def _pictures(self, clips: Sequence[Frames]) -> Any:
        pictures = [Image.fromarray(frames[len(frames) // 2]) for frames in clips]
        return self.processor(images=pictures, return_tensors="pt")


def _usable(device: str) -> torch.device:
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise MachineError(f"device {device} cannot be used: {reason}; leave it out, or use cpu") from error
