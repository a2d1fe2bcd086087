"""The transformer: Wan2.1's, with the source video joined along the frame axis and a camera in every block.

Shapes: B batch, C latent channels, f / fs latent frames of target / source, h w latent rows and columns,
S = tokens of both, D model width, L text length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.hooks._helpers import TransformerBlockMetadata, TransformerBlockRegistry
from diffusers.loaders import FromOriginalModelMixin, PeftAdapterMixin
from diffusers.models._modeling_parallel import ContextParallelInput, ContextParallelOutput
from diffusers.models.attention import AttentionMixin, FeedForward
from diffusers.models.cache_utils import CacheMixin
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.normalization import FP32LayerNorm
from diffusers.models.transformers.transformer_wan import (
    WanAttention,
    WanAttnProcessor,
    WanRotaryPosEmbed,
    WanTimeTextImageEmbedding,
)
from diffusers.utils import apply_lora_scale
from torch import Tensor, nn

from recam.errors import InputError
from recam.models.camera_layers import CameraEncoder, CameraRows, Projector, RayEmbedder, add_per_frame
from recam.models.reference_keys import count_blocks, list_problems, reference_to_ours


class PairRotaryPosEmbed(WanRotaryPosEmbed):
    """Rotary table (real cosine and sine) of the target's tokens followed by the source's.

    ``source_rope="shifted"`` (published): source frame t sits at frame index f + t. ``"aligned"`` (as
    ReDirector proposes): at t, the same as the target frame of the same time.
    """

    def __init__(
        self, attention_head_dim: int, patch_size: tuple[int, int, int], max_seq_len: int, source_rope: str
    ) -> None:
        super().__init__(attention_head_dim, patch_size, max_seq_len)
        self.source_rope = source_rope

    def forward(self, hidden_states: Tensor, source_hidden_states: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """Latents (only their shapes count) -> cosine and sine, each ``[1, S, 1, head_dim]``."""
        if self.source_rope == "shifted":
            frames = hidden_states.shape[2] + source_hidden_states.shape[2]
            shape = hidden_states.shape
            return super().forward(hidden_states.new_empty(()).expand(*shape[:2], frames, *shape[3:]))  # type: ignore[return-value]
        target, source = super().forward(hidden_states), super().forward(source_hidden_states)
        return torch.cat([target[0], source[0]], dim=1), torch.cat([target[1], source[1]], dim=1)


class RecamTransformerBlock(nn.Module):
    """Self-attention over target and source with the camera, cross-attention to the text, feed-forward."""

    def __init__(
        self, dim: int, ffn_dim: int, num_heads: int, eps: float, camera_dim: int, camera_init_std: float
    ) -> None:
        super().__init__()
        head_dim = dim // num_heads
        self.norm1 = FP32LayerNorm(dim, eps, elementwise_affine=False)
        self.camera_encoder = CameraEncoder(camera_dim, dim, camera_init_std)
        self.attn1 = WanAttention(
            dim=dim, heads=num_heads, dim_head=head_dim, eps=eps, processor=WanAttnProcessor()
        )
        self.projector = Projector(dim)
        self.norm2 = FP32LayerNorm(dim, eps, elementwise_affine=True)
        self.attn2 = WanAttention(
            dim=dim,
            heads=num_heads,
            dim_head=head_dim,
            eps=eps,
            cross_attention_dim_head=head_dim,
            processor=WanAttnProcessor(),
        )
        self.norm3 = FP32LayerNorm(dim, eps, elementwise_affine=False)
        self.ffn = FeedForward(dim, inner_dim=ffn_dim, activation_fn="gelu-approximate")
        self.scale_shift_table = nn.Parameter(torch.randn(1, 6, dim) / dim**0.5)

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        temb: Tensor,
        rotary_emb: tuple[Tensor, Tensor],
        camera: Tensor,
    ) -> Tensor:
        """Tokens ``[B, S, D]``, text ``[B, L, D]``, time ``[B, 6, D]``, cameras ``[B, n, 12]`` -> tokens."""
        shift_msa, scale_msa, gate_msa, shift_ff, scale_ff, gate_ff = (
            self.scale_shift_table + temb.float()
        ).chunk(6, dim=1)

        attn_input = (self.norm1(hidden_states.float()) * (1 + scale_msa) + shift_msa).type_as(hidden_states)
        # Called as modules, not by their weights, so that LoRA may wrap them.
        attn_input = add_per_frame(attn_input, self.camera_encoder(camera.to(attn_input.dtype)))
        attn_output = self.projector(self.attn1(attn_input, None, None, rotary_emb))
        hidden_states = (hidden_states.float() + attn_output * gate_msa).type_as(hidden_states)

        attn_input = self.norm2(hidden_states.float()).type_as(hidden_states)
        hidden_states = hidden_states + self.attn2(attn_input, encoder_hidden_states, None, None)

        ff_input = (self.norm3(hidden_states.float()) * (1 + scale_ff) + shift_ff).type_as(hidden_states)
        ff_output = self.ffn(ff_input)
        return (hidden_states.float() + ff_output.float() * gate_ff).type_as(hidden_states)


class RecamTransformer3DModel(
    ModelMixin, ConfigMixin, PeftAdapterMixin, FromOriginalModelMixin, CacheMixin, AttentionMixin
):
    """Predicts the velocity of the target latents, given the source latents, the text and the target's
    cameras.

    Config, besides that of diffusers' ``WanTransformer3DModel``:
        camera_dim: numbers a camera, 12 for a 3x4 matrix.
        camera_init_std: standard deviation of the camera layers' start; 0 leaves the text-to-video model
            unchanged.
        source_rope: ``"shifted"`` (published) or ``"aligned"``: where source frames sit in rotary time.
        ray_features, tan_half_fov: add viewing-ray features to the tokens (see :class:`RayEmbedder`). Off in
            the published model.
    """

    # Read by diffusers for loading, offloading, casting, compiling and context parallelism.
    _supports_gradient_checkpointing = True
    _skip_layerwise_casting_patterns: ClassVar = [
        "patch_embedding",
        "condition_embedder",
        "ray_embedder",
        "norm",
    ]
    _no_split_modules: ClassVar = ["RecamTransformerBlock"]
    _keep_in_fp32_modules: ClassVar = [
        "rope",
        "time_embedder",
        "scale_shift_table",
        "norm1",
        "norm2",
        "norm3",
    ]
    _repeated_blocks: ClassVar = ["RecamTransformerBlock"]
    _cp_plan: ClassVar = {
        "rope": {
            0: ContextParallelInput(split_dim=1, expected_dims=4, split_output=True),
            1: ContextParallelInput(split_dim=1, expected_dims=4, split_output=True),
        },
        "camera_rows": {0: ContextParallelInput(split_dim=1, expected_dims=3, split_output=True)},
        "blocks.0": {"hidden_states": ContextParallelInput(split_dim=1, expected_dims=3, split_output=False)},
        "proj_out": ContextParallelOutput(gather_dim=1, expected_dims=3),
    }

    @register_to_config
    def __init__(
        self,
        patch_size: tuple[int, int, int] = (1, 2, 2),
        num_attention_heads: int = 12,
        attention_head_dim: int = 128,
        in_channels: int = 16,
        out_channels: int = 16,
        text_dim: int = 4096,
        freq_dim: int = 256,
        ffn_dim: int = 8960,
        num_layers: int = 30,
        eps: float = 1e-6,
        rope_max_seq_len: int = 1024,
        camera_dim: int = 12,
        camera_init_std: float = 0.0,
        source_rope: Literal["shifted", "aligned"] = "shifted",
        ray_features: bool = False,
        tan_half_fov: float | None = None,
    ) -> None:
        super().__init__()
        patch_size = tuple(patch_size)  # type: ignore[assignment]  # JSON gives a list
        if source_rope not in ("shifted", "aligned"):
            raise InputError(f"source_rope={source_rope!r} must be 'shifted' or 'aligned'")
        if patch_size[0] != 1:
            raise InputError(
                f"patch_size={patch_size} must keep one latent frame a token (every frame has a camera)"
            )
        dim = num_attention_heads * attention_head_dim

        self.rope = PairRotaryPosEmbed(attention_head_dim, patch_size, rope_max_seq_len, source_rope)
        self.patch_embedding = nn.Conv3d(in_channels, dim, kernel_size=patch_size, stride=patch_size)
        self.ray_embedder = None
        if ray_features:
            if not tan_half_fov or tan_half_fov <= 0:
                raise InputError(f"tan_half_fov={tan_half_fov} must be positive when ray_features is on")
            self.ray_embedder = RayEmbedder(dim, tan_half_fov)
        self.condition_embedder = WanTimeTextImageEmbedding(
            dim=dim, time_freq_dim=freq_dim, time_proj_dim=dim * 6, text_embed_dim=text_dim
        )
        self.camera_rows = CameraRows()
        self.blocks = nn.ModuleList(
            RecamTransformerBlock(dim, ffn_dim, num_attention_heads, eps, camera_dim, camera_init_std)
            for _ in range(num_layers)
        )
        self.norm_out = FP32LayerNorm(dim, eps, elementwise_affine=False)
        self.proj_out = nn.Linear(dim, out_channels * math.prod(patch_size))
        self.scale_shift_table = nn.Parameter(torch.randn(1, 2, dim) / dim**0.5)
        self.gradient_checkpointing = False

    @apply_lora_scale("attention_kwargs")
    def forward(
        self,
        hidden_states: Tensor,
        source_hidden_states: Tensor,
        timestep: Tensor,
        encoder_hidden_states: Tensor,
        camera: Tensor,
        attention_kwargs: dict[str, Any] | None = None,
        return_dict: bool = False,
    ) -> Tensor | Transformer2DModelOutput:
        """Predict the velocity of the target latents.

        Args:
            hidden_states: noisy target latents ``[B, C, f, h, w]``.
            source_hidden_states: source latents ``[B, C, fs, h, w]``; fs may differ from f.
            timestep: ``[B]`` (or a scalar) in 0..1000.
            encoder_hidden_states: prompt embeddings ``[B, L, text_dim]``.
            camera: ``[B, f, 12]``, the target's 3x4 camera-to-world matrices row by row, relative to the
                first source camera, metres, OpenCV axes.
            attention_kwargs: ``{"scale": s}`` scales LoRA layers.
            return_dict: wrap the result as diffusers' models do.

        Returns:
            velocity ``[B, C_out, f, h, w]``.

        Raises:
            InputError: shapes that do not belong together.
        """
        self._check_shapes(hidden_states, source_hidden_states, camera)
        frames, source_frames = hidden_states.shape[2], source_hidden_states.shape[2]
        _, p_h, p_w = self.config["patch_size"]
        grid = (frames, hidden_states.shape[3] // p_h, hidden_states.shape[4] // p_w)
        target_tokens = math.prod(grid)

        # 1. Tokens: target first, source second, each in the order frame, row, column.
        rotary_emb = self.rope(hidden_states, source_hidden_states)
        joined = torch.cat([hidden_states, source_hidden_states], dim=2)
        tokens = self.patch_embedding(joined).flatten(2).transpose(1, 2).contiguous()
        if self.ray_embedder is not None:
            tokens = tokens + self.ray_embedder(camera, grid, source_frames).to(tokens.dtype)

        # 2. Conditions
        # Context parallelism cuts the sequence anywhere, so there every token carries its own camera row.
        per_token = grid[1] * grid[2] if getattr(self, "_parallel_config", None) is not None else 1
        rows = self.camera_rows(camera, source_frames, per_token)
        temb, timestep_proj, text, _ = self.condition_embedder(
            timestep.expand(hidden_states.shape[0]), encoder_hidden_states
        )
        timestep_proj = timestep_proj.unflatten(1, (6, -1))

        # 3. Blocks
        checkpointed = self._gradient_checkpointing_func if self.gradient_checkpointing else None
        for block in self.blocks:
            if checkpointed is not None and torch.is_grad_enabled():
                tokens = checkpointed(block, tokens, text, timestep_proj, rotary_emb, rows)
            else:
                tokens = block(tokens, text, timestep_proj, rotary_emb, rows)

        # 4. Head. The prediction for the source is thrown away; a plain run does not even compute it.
        if per_token == 1:
            tokens = tokens[:, :target_tokens]
        shift, scale = (self.scale_shift_table.to(temb.device) + temb.unsqueeze(1)).chunk(2, dim=1)
        shift, scale = shift.to(tokens.device), scale.to(tokens.device)
        tokens = (self.norm_out(tokens.float()) * (1 + scale) + shift).type_as(tokens)
        patches = self.proj_out(tokens)[:, :target_tokens]
        velocity = (
            patches.unflatten(2, (p_h, p_w, -1))
            .unflatten(1, grid)
            .permute(0, 6, 1, 2, 4, 3, 5)  # B f h w ph pw C -> B C f h ph w pw
            .flatten(5, 6)
            .flatten(3, 4)
        )
        return Transformer2DModelOutput(sample=velocity) if return_dict else velocity

    def _check_shapes(self, hidden_states: Tensor, source_hidden_states: Tensor, camera: Tensor) -> None:
        target, source = tuple(hidden_states.shape), tuple(source_hidden_states.shape)
        _, p_h, p_w = self.config["patch_size"]
        if target[:2] + target[3:] != source[:2] + source[3:]:
            raise InputError(
                f"source latents {source} must match target latents {target} in all but their frames"
            )
        if target[3] % p_h or target[4] % p_w:
            raise InputError(f"latents of {target[3]}x{target[4]} do not divide into patches of {p_h}x{p_w}")
        if tuple(camera.shape) != (target[0], target[2], self.config["camera_dim"]):
            expected = (target[0], target[2], self.config["camera_dim"])
            raise InputError(
                f"camera is {tuple(camera.shape)}, not {expected} (batch, latent frames, numbers)"
            )
        longest = (
            target[2] + source[2] if self.config["source_rope"] == "shifted" else max(target[2], source[2])
        )
        if max(longest, target[3] // p_h, target[4] // p_w) > self.config["rope_max_seq_len"]:
            raise InputError(
                f"the clip is longer than the model's {self.config['rope_max_seq_len']} rotary positions"
            )

    @classmethod
    def from_reference_state_dict(
        cls, state_dict: Mapping[str, Tensor], num_attention_heads: int = 12, **config: Any
    ) -> RecamTransformer3DModel:
        """Build the model of a published checkpoint; sizes are read from the tensors, heads cannot be.

        Tensors are taken over as they are (dtype, device, memory), also from the meta device.

        Raises:
            InputError: keys that are missing, unexpected or of another shape; all kinds are listed.
        """
        shapes = {key: tuple(value.shape) for key, value in state_dict.items()}
        try:
            dim, in_channels, *patch_size = shapes["patch_embedding.weight"]
            sizes = {
                "patch_size": tuple(patch_size),
                "attention_head_dim": dim // num_attention_heads,
                "in_channels": in_channels,
                "out_channels": shapes["head.head.weight"][0] // math.prod(patch_size),
                "text_dim": shapes["text_embedding.0.weight"][1],
                "freq_dim": shapes["time_embedding.0.weight"][1],
                "ffn_dim": shapes["blocks.0.ffn.0.weight"][0],
                "num_layers": count_blocks(shapes),
                "camera_dim": shapes["blocks.0.cam_encoder.weight"][1],
            }
        except (KeyError, IndexError, ValueError) as error:
            raise InputError(
                f"not a published ReCamMaster transformer: {error} is missing or of another shape among its "
                f"{len(shapes)} tensors (a plain Wan2.1 transformer lacks cam_encoder)"
            ) from error
        if dim % num_attention_heads:
            raise InputError(f"num_attention_heads={num_attention_heads} does not divide the width {dim}")
        with torch.device("meta"):
            model = cls(num_attention_heads=num_attention_heads, **(sizes | config))
        old = model.rope  # computed, not loaded, so it must be built again where numbers are real
        model.rope = PairRotaryPosEmbed(
            old.attention_head_dim, old.patch_size, old.max_seq_len, old.source_rope
        )
        names = reference_to_ours(sizes["num_layers"])
        ours = {key: tuple(value.shape) for key, value in model.state_dict().items()}
        problems = list_problems(shapes, {theirs: ours[name] for theirs, name in names.items()})
        if problems:
            raise InputError("not a published ReCamMaster transformer: " + "; ".join(problems))
        model.load_state_dict(
            {names[key]: value for key, value in state_dict.items()}, strict=True, assign=True
        )
        return model.eval()


TransformerBlockRegistry.register(
    RecamTransformerBlock,
    TransformerBlockMetadata(return_hidden_states_index=0),
)
