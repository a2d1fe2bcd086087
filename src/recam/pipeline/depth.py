"""Depth of a video's frames from a depth-estimation model of ``transformers`` that is on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from recam.draft import DEFAULT_DEPTH, DepthKind, DepthMaps
from recam.errors import CheckpointError, InputError

DEFAULT_DEPTH_MODEL = "depth-anything/Depth-Anything-V2-Small-hf"
"""The estimator that ``model`` stands for: 25 million parameters, Apache-2.0, inverse depth without unit."""

_INVERSE = ("dpt", "depth_anything", "prompt_depth_anything", "tipsv2_dpt")
_METRIC = ("zoedepth", "depth_pro", "glpn")


def estimated_depth(
    model: str | os.PathLike[str] = DEFAULT_DEPTH_MODEL,
    median: float = DEFAULT_DEPTH,
    kind: DepthKind | None = None,
    device: str | torch.device | None = None,
) -> DepthMaps:
    """Depth maps that a model makes frame by frame as they are asked for. Nothing is downloaded.

    Each frame is estimated alone, and numbers without unit are scaled by the first frame's median.

    Args:
        model: a folder with the model, or the id of one in the hub's cache.
        median: metres that the first frame's median stands for, where the model's depth has no unit.
        kind: what its numbers mean; default: what its configuration says.
        device: where to run it; default: a GPU if there is one.

    Raises:
        CheckpointError: the model is not on this machine, is broken, or estimates no depth.
        InputError: what its numbers mean is neither known nor said.
    """
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation, DepthEstimationPipeline

    try:
        processor = AutoImageProcessor.from_pretrained(model, local_files_only=True)
        network: Any = AutoModelForDepthEstimation.from_pretrained(model, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        where = "cannot be used" if Path(model).is_dir() else "is not on this machine"
        remedy = f"fetch one with: hf download {DEFAULT_DEPTH_MODEL}"
        raise CheckpointError(model, f"{where} as a depth-estimation model; {remedy} ({reason})") from error
    kind = kind or kind_of(network.config)
    if kind is None:
        raise InputError(
            f"{model}: it is not known what the numbers of a {network.config.model_type} model mean; say so "
            "with kind (--depth-kind): metric, inverse or relative"
        )
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    estimate = DepthEstimationPipeline(model=network, image_processor=processor, device=torch.device(device))

    def read(index: int, frame: np.ndarray) -> np.ndarray:
        result: Any = estimate(Image.fromarray(frame))
        return result["predicted_depth"].detach().float().cpu().numpy()

    return DepthMaps(read, kind, str(model), None, median=median)


def kind_of(config: Any) -> DepthKind | None:
    """What the numbers of a model with this configuration mean, where that is known."""
    if getattr(config, "depth_estimation_type", None) == "metric" or config.model_type in _METRIC:
        return "metric"
    return "inverse" if config.model_type in _INVERSE else None
