"""Can this machine run this model on this clip? Asked before any work.

The figures are estimates, on the safe side by tens of percent:

- weights: parameters times bytes of their type, all parts at once (with offloading: the largest part);
- transformer: of each of S tokens, the float32 stream twice, five copies of width D (query, key, value,
attention
  output, normalised input) and the feed-forward hidden layer twice, in the compute type;
- autoencoder: twelve feature maps of its base width, four frames at full size;
- work of a layer: ``4 S^2 D`` for self-attention, ``4 S L D`` for attention to L text tokens,
  ``2 S (7 D^2 + 2 D ffn)`` and ``4 L D^2`` for the matrices; times layers, steps, and two with guidance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import psutil
import torch

from recam.errors import MachineError
from recam.models.grid import LatentGrid

# A cautious figure: 2048 x 2048 products in float32 were measured at 60e9 a core of a two-core AVX2 machine.
CPU_FLOPS_PER_CORE = 40e9
LONGEST_CPU_RUN_HOURS = 6.0
GIB = 2**30


@dataclass(frozen=True)
class Need:
    """What a run takes.

    Attributes:
        weight_bytes: all parts of the model.
        largest_part_bytes: the largest of them (what offloading needs at once).
        activation_bytes: at the peak, on top of the weights.
        flops: floating point operations of the sampling.
    """

    weight_bytes: int
    largest_part_bytes: int
    activation_bytes: int
    flops: float

    @property
    def total_bytes(self) -> int:
        return self.weight_bytes + self.activation_bytes

    @property
    def offloaded_bytes(self) -> int:
        return self.largest_part_bytes + self.activation_bytes


@dataclass(frozen=True)
class Workload:
    """A model and a clip, from which needs follow.

    Attributes:
        transformer, vae: their configs.
        parameters: of each part with weights, by name.
        grid: sizes of the clip.
        steps: of the sampling.
        guided: two forwards a step.
        text_length: text tokens.
        dtype: of transformer and text encoder.
        vae_dtype: of the autoencoder.
    """

    transformer: Mapping[str, Any]
    vae: Mapping[str, Any]
    parameters: Mapping[str, int]
    grid: LatentGrid
    steps: int
    guided: bool
    text_length: int
    dtype: torch.dtype
    vae_dtype: torch.dtype

    def need(self) -> Need:
        """The estimate, by the formulas at the head of this file."""
        config = self.transformer
        width, hidden = config["num_attention_heads"] * config["attention_head_dim"], config["ffn_dim"]
        tokens, size = 2 * self.grid.tokens, self.dtype.itemsize
        transformer = tokens * (width * (8 + 5 * size) + 2 * hidden * size)
        maps = 12 * self.vae["base_dim"] * 4 * self.grid.height * self.grid.width
        matrices = 2.0 * tokens * (7 * width**2 + 2 * width * hidden) + 4.0 * self.text_length * width**2
        attention = 4.0 * tokens * width * (tokens + self.text_length)
        parts = {
            name: count * (self.vae_dtype if name == "vae" else self.dtype).itemsize
            for name, count in self.parameters.items()
        }
        return Need(
            weight_bytes=sum(parts.values()),
            largest_part_bytes=max(parts.values()),
            activation_bytes=max(transformer, maps * self.vae_dtype.itemsize),
            flops=config["num_layers"] * (attention + matrices) * self.steps * (2 if self.guided else 1),
        )


def check_machine(work: Workload, device: torch.device, name: str, loaded: bool = False) -> None:
    """Refuse what cannot work here.

    Args:
        name: what to call the model.
        loaded: the weights are in memory already, so only the rest must fit.

    Raises:
        MachineError: not enough memory, or on a CPU more than ``LONGEST_CPU_RUN_HOURS`` of work; the message
            gives the figure needed and what to do.
    """
    need = work.need()
    wanted = need.activation_bytes if loaded else need.total_bytes
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        if wanted > free:
            raise MachineError(
                f"{name} needs about {_gib(wanted)} GiB of free GPU memory and {device} has {_gib(free)} of "
                f"{_gib(total)}; ask for fewer frames or a smaller size, or load with device='cpu' and call "
                f"enable_model_cpu_offload() (then about {_gib(need.offloaded_bytes)} GiB)"
            )
    if device.type != "cpu":
        return
    cores = psutil.cpu_count(logical=False) or 1
    hours = need.flops / (cores * CPU_FLOPS_PER_CORE) / 3600
    if hours > LONGEST_CPU_RUN_HOURS:
        on_gpu = replace(work, dtype=torch.bfloat16).need()
        raise MachineError(
            f"{name} needs a GPU with about {_gib(on_gpu.total_bytes)} GiB of memory "
            f"({_gib(on_gpu.offloaded_bytes)} with offloading) and this machine has none; its {cores} CPU "
            f"cores would take about {hours:,.0f} hours. Use --model tiny, or recam draft for a preview "
            "without a model"
        )
    free = psutil.virtual_memory().available
    if wanted > free:
        raise MachineError(
            f"{name} needs about {_gib(wanted)} GiB of memory and {_gib(free)} GiB are free; close other "
            "programs, ask for fewer frames or a smaller size, or use --model tiny"
        )


def _gib(count: int) -> str:
    return f"{count / GIB:.1f}"


def choose_device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it (GPUs from Ampere on, CPUs with AMX), else float32.

    Other CPUs emulate bfloat16 and are about a hundred times slower with it.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    if device.type == "cpu":
        return torch.bfloat16 if torch.cpu._is_amx_tile_supported() else torch.float32
    return torch.float32
