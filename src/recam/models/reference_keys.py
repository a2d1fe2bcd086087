"""Names of the published checkpoint's tensors, and ours for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# The published camera layers and the transformer of Wan2.1; ``{n}`` is the block. diffusers' own converter
# replaces substrings and lets unknown keys through, so the table is written out and a key that it lacks is an
# error.
_TOP = {
    "patch_embedding": "patch_embedding",
    "text_embedding.0": "condition_embedder.text_embedder.linear_1",
    "text_embedding.2": "condition_embedder.text_embedder.linear_2",
    "time_embedding.0": "condition_embedder.time_embedder.linear_1",
    "time_embedding.2": "condition_embedder.time_embedder.linear_2",
    "time_projection.1": "condition_embedder.time_proj",
    "head.head": "proj_out",
}
_BLOCK = {
    **{
        f"{theirs}.{a}": f"{ours}.{b}"
        for theirs, ours in (("self_attn", "attn1"), ("cross_attn", "attn2"))
        for a, b in (("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("o", "to_out.0"))
    },
    "norm3": "norm2",
    "ffn.0": "ffn.net.0.proj",
    "ffn.2": "ffn.net.2",
    "cam_encoder": "camera_encoder",
    "projector": "projector",
}
_BLOCK_WEIGHT_ONLY = {
    f"{theirs}.{norm}": f"{ours}.{norm}"
    for theirs, ours in (("self_attn", "attn1"), ("cross_attn", "attn2"))
    for norm in ("norm_q", "norm_k")
}
CAMERA_LAYERS = ("camera_encoder", "projector")
"""Our names, inside a block, of what the published training added to Wan2.1."""


def reference_to_ours(num_layers: int) -> dict[str, str]:
    """Every key of a published transformer with ``num_layers`` blocks -> our key."""
    keys = {"head.modulation": "scale_shift_table"}
    for theirs, ours in _TOP.items():
        keys |= {f"{theirs}.{part}": f"{ours}.{part}" for part in ("weight", "bias")}
    for n in range(num_layers):
        a = b = f"blocks.{n}"
        keys[f"{a}.modulation"] = f"{b}.scale_shift_table"
        for theirs, ours in _BLOCK.items():
            keys |= {f"{a}.{theirs}.{part}": f"{b}.{ours}.{part}" for part in ("weight", "bias")}
        for theirs, ours in _BLOCK_WEIGHT_ONLY.items():
            keys[f"{a}.{theirs}.weight"] = f"{b}.{ours}.weight"
    return keys


def count_blocks(keys: Iterable[str]) -> int:
    """Number of transformer blocks that ``keys`` name (the highest index plus one)."""
    indices = [int(match[1]) for key in keys if (match := re.match(r"blocks\.(\d+)\.", key))]
    return max(indices, default=-1) + 1


def list_problems(
    found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]], limit: int = 8
) -> list[str]:
    """How ``found`` (key -> shape) differs from ``expected``: missing, unexpected and misshaped keys."""
    missing = [key for key in expected if key not in found]
    unexpected = [key for key in found if key not in expected]
    misshaped = [
        f"{key} is {list(found[key])}, not {list(expected[key])}"
        for key in expected
        if key in found and tuple(found[key]) != tuple(expected[key])
    ]
    problems = []
    for name, keys in (("missing", missing), ("unexpected", unexpected), ("misshaped", misshaped)):
        if keys:
            more = f" and {len(keys) - limit} more" if len(keys) > limit else ""
            problems.append(f"{len(keys)} {name} ({', '.join(keys[:limit])}{more})")
    return problems
