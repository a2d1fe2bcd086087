"""Wan2.1's own autoencoder and text-encoder files, as diffusers' and transformers' classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from diffusers import AutoencoderKLWan
from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers
from torch import Tensor, nn
from transformers import UMT5Config, UMT5EncoderModel

from recam.errors import InputError
from recam.models.reference_keys import count_blocks, list_problems

_TEXT_TOP = {"token_embedding.weight": "shared.weight", "norm.weight": "encoder.final_layer_norm.weight"}
_TEXT_BLOCK = {
    "norm1": "layer.0.layer_norm",
    "attn.q": "layer.0.SelfAttention.q",
    "attn.k": "layer.0.SelfAttention.k",
    "attn.v": "layer.0.SelfAttention.v",
    "attn.o": "layer.0.SelfAttention.o",
    "pos_embedding.embedding": "layer.0.SelfAttention.relative_attention_bias",
    "norm2": "layer.1.layer_norm",
    "ffn.gate.0": "layer.1.DenseReluDense.wi_0",
    "ffn.fc1": "layer.1.DenseReluDense.wi_1",
    "ffn.fc2": "layer.1.DenseReluDense.wo",
}


def vae_from_reference_state_dict(state_dict: Mapping[str, Tensor]) -> AutoencoderKLWan:
    """The autoencoder of ``Wan2.1_VAE.pth``; keys may carry the prefix ``model.``. Tensors are taken over.

    Raises:
        InputError: keys that are missing, unexpected or of another shape.
    """
    plain = {key.removeprefix("model."): value for key, value in state_dict.items()}
    try:
        base_dim = plain["encoder.conv1.weight"].shape[0]
        z_dim = plain["conv2.weight"].shape[0]
    except KeyError as error:
        raise InputError(f"not a Wan2.1 autoencoder: {error} is missing") from error
    with torch.device("meta"):
        model = AutoencoderKLWan(base_dim=base_dim, z_dim=z_dim)
    _fill(model, convert_wan_vae_to_diffusers(plain), "a Wan2.1 autoencoder")
    return model.eval()


def text_encoder_from_reference_state_dict(state_dict: Mapping[str, Tensor]) -> UMT5EncoderModel:
    """The text encoder of ``models_t5_umt5-xxl-enc-bf16.pth``; sizes are read from the tensors, which are
    taken over.

    Raises:
        InputError: keys that are missing, unexpected or of another shape.
    """
    shapes = {key: tuple(value.shape) for key, value in state_dict.items()}
    try:
        vocab_size, width = shapes["token_embedding.weight"]
        buckets, heads = shapes["blocks.0.pos_embedding.embedding.weight"]
        config = UMT5Config(
            vocab_size=vocab_size,
            d_model=width,
            d_kv=shapes["blocks.0.attn.q.weight"][0] // heads,
            d_ff=shapes["blocks.0.ffn.fc1.weight"][0],
            num_layers=count_blocks(shapes),
            num_heads=heads,
            relative_attention_num_buckets=buckets,
            feed_forward_proj="gated-gelu",
        )
    except (KeyError, ValueError) as error:
        raise InputError(f"not a Wan2.1 text encoder: {error} is missing or of another shape") from error
    renamed = {_text_key(key): value for key, value in state_dict.items()}
    with torch.device("meta"):
        model = UMT5EncoderModel(config)
    embedding = renamed.get("shared.weight")
    if embedding is not None and "encoder.embed_tokens.weight" in model.state_dict():
        renamed["encoder.embed_tokens.weight"] = embedding  # the same tensor, under the encoder's own name
    _fill(model, renamed, "a Wan2.1 text encoder")
    model.tie_weights()
    return model.eval()


def _text_key(key: str) -> str:
    if key in _TEXT_TOP:
        return _TEXT_TOP[key]
    match = re.fullmatch(r"blocks\.(\d+)\.(.+)\.weight", key)
    if match and match[2] in _TEXT_BLOCK:
        return f"encoder.block.{match[1]}.{_TEXT_BLOCK[match[2]]}.weight"
    return key  # unknown: the strict comparison reports it


def _fill(model: nn.Module, state_dict: Mapping[str, Any], what: str) -> None:
    problems = list_problems(
        {key: tuple(value.shape) for key, value in state_dict.items()},
        {key: tuple(value.shape) for key, value in model.state_dict().items()},
    )
    if problems:
        raise InputError(f"not {what}: " + "; ".join(problems))
    model.load_state_dict(dict(state_dict), strict=True, assign=True)
