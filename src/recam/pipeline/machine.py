"""Can this machine run this model on this clip? Asked before any work.

The figures are estimates, on the safe side by tens of percent:

- weights: parameters times bytes of their type, all parts at once (with offloading: the largest part);
- transformer: of each of S tokens, the float32 stream twice, five copies of width D (query, key, value,
attention
  output, normalised input) and the feed-forward hidden layer twice, in the compute type;
- autoencoder: twelve feature maps of its base width, four frames at full size;
- work: ``4 S^2 D`` for self-attention and ``2 S (4 D^2 + D^2 + 2 D^2 + 2 D ffn)`` for the matrices of a
layer, times
  layers, steps, and two with guidance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil
import torch

from recam.errors import MachineError
from recam.models.grid import LatentGrid

# What the float32 matrix products of one core reach; measured on a two-core AVX2 machine.
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


def estimate_need(
    transformer_config: Mapping[str, Any],
    vae_config: Mapping[str, Any],
    part_bytes: Mapping[str, int],
    grid: LatentGrid,
    steps: int,
    guided: bool,
    bytes_per_value: int,
    vae_bytes_per_value: int = 4,
) -> Need:
    """Estimate with the formulas at the head of this file.

    Args:
        part_bytes: bytes of each part's weights, by name.
        bytes_per_value: of the transformer's compute type.
    """
    config = transformer_config
    width = config["num_attention_heads"] * config["attention_head_dim"]
    tokens = 2 * grid.tokens
    hidden = config["ffn_dim"]
    transformer = tokens * (width * (8 + 5 * bytes_per_value) + 2 * hidden * bytes_per_value)
    vae = 12 * vae_config["base_dim"] * 4 * grid.height * grid.width * vae_bytes_per_value
    matrices = 2.0 * tokens * (7 * width**2 + 2 * width * hidden)
    forward = config["num_layers"] * (4.0 * tokens**2 * width + matrices)
    return Need(
        weight_bytes=sum(part_bytes.values()),
        largest_part_bytes=max(part_bytes.values()),
        activation_bytes=max(transformer, vae),
        flops=forward * steps * (2 if guided else 1),
    )


def check_machine(need: Need, device: torch.device, name: str, loaded: bool = False) -> None:
    """Refuse what cannot work here.

    Args:
        name: what to call the model.
        loaded: the weights are in memory already, so only the rest must fit.

    Raises:
        MachineError: not enough memory, or on a CPU more than ``LONGEST_CPU_RUN_HOURS`` of work; the message
            gives the figure needed and what to do.
    """
    wanted = need.activation_bytes if loaded else need.total_bytes
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        if wanted > free:
            raise MachineError(
                f"{name} needs about {wanted / GIB:.1f} GiB of free GPU memory and {device} has "
                f"{free / GIB:.1f} of {total / GIB:.1f}; ask for fewer frames or a smaller size, or load "
                "with device='cpu' and call enable_model_cpu_offload() "
                f"(then about {need.offloaded_bytes / GIB:.1f} GiB)"
            )
        return
    if device.type != "cpu":
        return
    cores = psutil.cpu_count(logical=False) or 1
    hours = need.flops / (cores * CPU_FLOPS_PER_CORE) / 3600
    if hours > LONGEST_CPU_RUN_HOURS:
        raise MachineError(
            f"{name} needs a GPU with about {need.total_bytes / GIB:.0f} GiB of memory "
            f"({need.offloaded_bytes / GIB:.0f} with offloading) and this machine has none; its {cores} CPU "
            f"cores would take about {hours:,.0f} hours. "
            "Use --model tiny, or recam draft for a preview without a model"
        )
    free = psutil.virtual_memory().available
    if wanted > free:
        raise MachineError(
            f"{name} needs about {wanted / GIB:.1f} GiB of memory and {free / GIB:.1f} GiB are free; "
            "close other programs, ask for fewer frames or a smaller size, or use --model tiny"
        )


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
