"""The pipeline: request -> encode -> denoise -> decode."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKLWan, DiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor
from transformers import UMT5EncoderModel

from recam.camera import CameraPath
from recam.errors import CheckpointError, InputError
from recam.files import atomic_folder, bundled_path
from recam.hub import fetch_file, fetch_folder, is_hub_id
from recam.models.checkpoint import DEFAULT_BASE, RELEASES, find_base, load_reference_transformer
from recam.models.flow import flow_schedule
from recam.models.transformer import RecamTransformer3DModel
from recam.pipeline import load
from recam.pipeline.denoise import denoise
from recam.pipeline.encode import decode_latents, encode_prompt, encode_video
from recam.pipeline.machine import Workload, check_machine, choose_device, choose_dtype
from recam.pipeline.progress import Clock, Progress, Reporter
from recam.pipeline.request import (
    Clip,
    Fit,
    Layout,
    SamplingOptions,
    choose_size,
    count_frames,
    frame_indices,
    plan_clip,
)
from recam.pipeline.settings import ModelSettings
from recam.pipeline.weigh import read_layout, weigh_folder, weigh_release, weigh_transformer
from recam.video import Video, frames_to_tensor, tensor_to_frames

BUNDLED = ("tiny",)
"""Models that come with recam."""


@dataclass(frozen=True)
class RecamResult:
    """What a run gives.

    Attributes:
        video: the scene along the new path, with the source's frame rate and sound.
        source: the source as the model saw it, frame for frame beside ``video``.
        path: the pose of each frame.
        latents: ``[1, C, f, h, w]`` float32 on the CPU, before decoding.
        seed: the noise's seed; None when a generator was given.
        notes: what was done to the user's video and path, one sentence each, and the model's own notice.
        seconds: wall clock by stage.
    """

    video: Video
    source: Video
    path: CameraPath
    latents: Tensor
    seed: int | None
    notes: tuple[str, ...]
    seconds: dict[str, float]


class RecamPipeline(DiffusionPipeline):
    """Re-shoots a video along a camera path.

    A diffusers pipeline: ``to``, ``enable_model_cpu_offload``, ``enable_sequential_cpu_offload``, device maps
    and ``components`` work as in any other. ``settings`` holds the model's sizes and defaults.
    """

    model_cpu_offload_seq = "text_encoder->transformer->vae"

    def __init__(
        self,
        transformer: RecamTransformer3DModel,
        vae: AutoencoderKLWan,
        text_encoder: UMT5EncoderModel,
        tokenizer: Any,
        settings: ModelSettings | dict[str, Any] | None = None,
    ) -> None:
        """Put a pipeline together; ``settings`` default to those of the published release."""
        super().__init__()
        if not isinstance(settings, ModelSettings):
            settings = ModelSettings.from_dict(settings or {})
        self.register_modules(
            transformer=transformer, vae=vae, text_encoder=text_encoder, tokenizer=tokenizer
        )
        self.register_to_config(settings=settings.to_dict())
        self._checks_machine = True

    @property
    def settings(self) -> ModelSettings:
        """Sizes and defaults of this model."""
        return ModelSettings.from_dict(self.config["settings"])

    @property
    def layout(self) -> Layout:
        """Strides and patches of this model."""
        return read_layout(self.transformer.config, self.vae.config)

    # Loading and saving

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls,
        model: str | os.PathLike[str] = "tiny",
        torch_dtype: torch.dtype | None = None,
        device: str | torch.device | None = None,
        vae_dtype: torch.dtype = torch.float32,
        cache_dir: str | Path | None = None,
        check: bool = True,
    ) -> RecamPipeline:
        """Load a model.

        Args:
            model: ``"tiny"`` (comes with recam), ``"wan2.1-1.3b"`` (the published release, from the hub),
                a folder, or a hub id ``owner/model``.
            torch_dtype: of transformer and text encoder; default: bfloat16 where the hardware has it, else
                float32.
            device: default: the GPU if there is one. ``"cpu"`` before ``enable_model_cpu_offload()``.
            vae_dtype: of the autoencoder; float32 keeps its colours exact.
            cache_dir: where hub files are kept; default: the hub's usual folder.
            check: refuse, before any weights are fetched or read, what this machine cannot run.

        Raises:
            CheckpointError: no such model, or its folder is incomplete, broken or of another kind.
            MachineError: this machine cannot run it.
        """
        name = os.fspath(model)
        device = torch.device(device) if device is not None else choose_device()
        dtype = torch_dtype or choose_dtype(device)
        if name in RELEASES and not Path(name).exists():
            if check:
                published = ModelSettings()
                need = weigh_release(published, dtype, vae_dtype)
                check_machine(need, device, published.name)
            release = RELEASES[name]
            return cls.from_reference(
                fetch_file(release.repo, release.file, cache_dir),
                release.base,
                torch_dtype=dtype,
                device=device,
                vae_dtype=vae_dtype,
                cache_dir=cache_dir,
                check=check,
            )
        remote = is_hub_id(name)
        folder = fetch_folder(name, load.SMALL_FILES, cache_dir) if remote else local_folder(name)
        settings = load.read_settings(folder)
        if check:
            check_machine(weigh_folder(folder, settings, dtype, vae_dtype), device, settings.name)
        if remote:
            folder = fetch_folder(name, (*load.SMALL_FILES, *load.WEIGHT_FILES), cache_dir)
        pipeline = cls(**load.load_parts(folder, dtype, vae_dtype), settings=settings)
        pipeline._checks_machine = check
        return pipeline.to(device)

    @classmethod
    def from_reference(
        cls,
        checkpoint: str | os.PathLike[str],
        base: str | os.PathLike[str] = DEFAULT_BASE,
        torch_dtype: torch.dtype | None = None,
        device: str | torch.device | None = None,
        vae_dtype: torch.dtype = torch.float32,
        num_attention_heads: int = 12,
        settings: ModelSettings | None = None,
        cache_dir: str | Path | None = None,
        check: bool = True,
    ) -> RecamPipeline:
        """Load a published checkpoint file (``step20000.ckpt``) with the base model that it was trained from.

        Args:
            checkpoint: file with the whole transformer.
            base: folder or hub id with autoencoder, text encoder and tokenizer, in diffusers' layout or
                Wan2.1's own; its transformer is not needed and not fetched.
            num_attention_heads: which the file does not tell.
            settings: default: those of the published release.
            torch_dtype, device, vae_dtype, cache_dir, check: as in :meth:`from_pretrained`.

        Raises:
            CheckpointError: a file is missing, unsafe, broken or of another model.
            MachineError: this machine cannot run it.
        """
        device = torch.device(device) if device is not None else choose_device()
        dtype = torch_dtype or choose_dtype(device)
        transformer = load_reference_transformer(checkpoint, num_attention_heads, dtype)
        settings = settings or ModelSettings()
        if check:  # before the base is fetched or read, so by the transformer alone
            check_machine(weigh_transformer(transformer, settings), device, settings.name)
        parts = load.load_base_parts(find_base(base, cache_dir), dtype, vae_dtype)
        pipeline = cls(transformer, **parts, settings=settings)
        pipeline._checks_machine = check
        return pipeline.to(device)

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:  # type: ignore[override]
        """Write a model folder that ``from_pretrained`` reads; it appears only once it is complete.

        Raises:
            OutputError: the folder holds something already, or cannot be written.
        """
        with atomic_folder(save_directory) as temporary:
            super().save_pretrained(temporary, **kwargs)

    # Running

    def count_frames(self, video: Video, num_frames: int | None = None, fit: Fit | None = None) -> int:
        """Frames that a call would render of this video: how long to make the camera path.

        Raises:
            InputError: as the call itself would.
        """
        if self.settings.fixed_size:
            return self.settings.num_frames
        return count_frames(video.num_frames, num_frames or video.num_frames, self.layout, fit)

    def frame_indices(
        self, video: Video, num_frames: int | None = None, fit: Fit | None = None
    ) -> NDArray[np.int64]:
        """[F]: which of the video's frames a call would show the model; the path has a pose for each.

        Raises:
            InputError: as the call itself would.
        """
        return frame_indices(video, self.settings, self.layout, num_frames, fit)

    def frame_size(self, video: Video) -> tuple[int, int]:
        """(height, width) of the pictures that a call makes of this video, unless asked otherwise.

        The source is cut to that shape, around its middle, and scaled to it.
        """
        return choose_size(video, self.settings)

    @torch.no_grad()
    def __call__(
        self,
        video: Video | Tensor,
        path: CameraPath,
        prompt: str = "",
        negative_prompt: str | None = None,
        num_frames: int | None = None,
        height: int | None = None,
        width: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        shift: float | None = None,
        seed: int | None = None,
        generator: torch.Generator | None = None,
        fit: Fit | None = None,
        progress: Progress = True,
    ) -> RecamResult:
        """Re-shoot ``video`` along ``path``.

        Args:
            video: the source, a Video or a tensor ``[3, F, H, W]`` in [-1, 1].
            path: camera-to-world poses relative to the source's first view, OpenCV axes, metres.
            prompt: what the video shows.
            negative_prompt, num_inference_steps, guidance_scale, shift: default: the model's settings.
            num_frames: frames of the clip; default: as many as the path has.
            height, width: pixels of the result; default: the model's, swapped for a portrait video.
            seed: of the noise; the same seed gives the same video, bit for bit, on the same machine.
            generator: a CPU generator instead of a seed.
            fit: ``"trim"`` or ``"pad"`` where the number of frames does not fit.
            progress: show a bar, or a function called with steps done and steps in all.

        Raises:
            InputError: sizes, counts or values that do not fit; the message says what does.
            MachineError: this machine has not the memory, or on a CPU not the hours.
        """
        # 1. Check everything that can be checked before work begins.
        settings = self.settings
        options = SamplingOptions(
            prompt=prompt,
            negative_prompt=settings.negative_prompt if negative_prompt is None else negative_prompt,
            num_inference_steps=num_inference_steps or settings.num_inference_steps,
            guidance_scale=settings.guidance_scale if guidance_scale is None else guidance_scale,
            shift=settings.shift if shift is None else shift,
        )
        generator, seed = _choose_generator(generator, seed)
        clip = plan_clip(video, path, settings, self.layout, num_frames, height, width, fit)
        device = self._execution_device
        self._check_run(clip, options, device)
        clock = Clock()

        # 2. Text
        prompts = [options.prompt, options.negative_prompt] if options.guided else [options.prompt]
        embeds = encode_prompt(
            self.tokenizer,
            self.text_encoder,
            prompts,
            settings.max_sequence_length,
            device,
            self.transformer.dtype,
        )
        clock.lap("text")

        # 3. Source video
        source = clip.cut()
        pixels = frames_to_tensor(source.frames).unsqueeze(0).to(device)
        source_latents = encode_video(self.vae, pixels)
        clock.lap("encode")

        # 4. Noise -> target latents
        noise = torch.randn(source_latents.shape, generator=generator, dtype=torch.float32)
        poses = clip.path.extrinsics[:: clip.grid.temporal_stride].reshape(1, clip.grid.latent_frames, -1)
        schedule = flow_schedule(options.num_inference_steps, options.shift)
        with Reporter(progress, len(schedule)) as report:
            latents = denoise(
                self.transformer,
                schedule,
                noise.to(device),
                source_latents,
                torch.from_numpy(poses.copy()).float().to(device),
                embeds[:1],
                embeds[1:] if options.guided else None,
                options.guidance_scale,
                on_step=lambda done, _: report(done),
            )
        clock.lap("denoise")

        # 5. Target video
        frames = tensor_to_frames(decode_latents(self.vae, latents)[0])
        clock.lap("decode")
        self.maybe_free_model_hooks()
        notes = clip.notes + ((settings.notice,) if settings.notice else ())
        return RecamResult(
            video=source.with_frames(frames),
            source=source,
            path=clip.path,
            latents=latents.cpu(),
            seed=seed,
            notes=notes,
            seconds=clock.seconds,
        )

    def _check_run(self, clip: Clip, options: SamplingOptions, device: torch.device) -> None:
        if self._checks_machine:
            parts = {name: getattr(self, name) for name in ("transformer", "vae", "text_encoder")}
            work = Workload(
                transformer=self.transformer.config,
                vae=self.vae.config,
                parameters={name: part.num_parameters() for name, part in parts.items()},
                grid=clip.grid,
                steps=options.num_inference_steps,
                guided=options.guided,
                text_length=self.settings.max_sequence_length,
                dtype=self.transformer.dtype,
                vae_dtype=self.vae.dtype,
            )
            check_machine(work, device, self.settings.name, loaded=True)


def local_folder(name: str) -> Path:
    """The folder of a bundled model, or ``name`` itself.

    Raises:
        CheckpointError: there is no such folder.
    """
    if name in BUNDLED:
        return bundled_path(name)
    folder = Path(name)
    if folder.is_dir():
        return folder
    if folder.is_file():
        raise CheckpointError(
            folder,
            "is a file; convert a published checkpoint with recam checkpoint convert, or give a model folder",
        )
    names = ", ".join((*BUNDLED, *RELEASES))
    raise CheckpointError(name, f"is neither a model folder, nor a hub id (owner/model), nor one of {names}")


def _choose_generator(
    generator: torch.Generator | None, seed: int | None
) -> tuple[torch.Generator, int | None]:
    if generator is not None:
        if seed is not None:
            raise InputError("give a seed or a generator, not both")
        if generator.device.type != "cpu":
            raise InputError(
                "the generator must be on the CPU, so that a seed means the same on every machine"
            )
        return generator, None
    if seed is None:
        seed = int(torch.randint(2**31, (1,)).item())
    return torch.Generator("cpu").manual_seed(seed), seed
