"""Every video of a data set encoded once: the latent cache, CACHE/latents-<name>, and how it is written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recam.data.cache_run import FillReport, Made, RunOptions, check_seen, fill, named_folder
from recam.data.captions import Captions
from recam.data.encoders import Encoders
from recam.data.index import DatasetIndex, IndexedScene, Layout, checked_files, fingerprint
from recam.data.shards import Record, write_part
from recam.data.views import ClipSettings, Window, choose_window, find_lens, read_window
from recam.errors import DatasetError, FileError, InputError
from recam.models.grid import LatentGrid
from recam.pipeline.encode import encode_video
from recam.pipeline.machine import choose_device
from recam.video import frames_to_tensor, probe

POSES = "/poses"
"""Name of a scene's poses among its tensors; no camera is called so."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_PIXELS_AT_ONCE = 2**20  # of a batch; small clips are encoded several at a time, which is three times as fast


def check_dtypes(**dtypes: str) -> None:
    """Raise InputError, by its name, for one that is not of ``DTYPES``."""
    for name, dtype in dtypes.items():
        if dtype not in DTYPES:
            raise InputError(f"{name}={dtype!r} must be one of {', '.join(DTYPES)}")


@dataclass(frozen=True)
class LatentSettings:
    """What a latent cache is made with, besides the autoencoder; part of its name."""

    clip: ClipSettings
    """The clip of each video; nothing in it may be drawn."""
    dtype: str = "float32"
    """Of the latents as they are kept: float32, bfloat16 or float16."""
    vae_dtype: str = "float32"
    """Of the autoencoder's arithmetic."""

    def __post_init__(self) -> None:
        check_dtypes(dtype=self.dtype, vae_dtype=self.vae_dtype)
        if "drawn" in (self.clip.start, self.clip.crop):
            raise InputError("a cache holds one clip of each video: its start and crop cannot be drawn")


@dataclass(frozen=True)
class _Job:
    """All that a worker process needs to encode a scene by its name."""

    root: Path
    layout: Layout
    folder: Path
    encoders: Encoders
    settings: LatentSettings
    device: str


def latents_folder(
    cache_folder: str | os.PathLike[str], encoders: Encoders, settings: LatentSettings
) -> Path:
    """``CACHE/latents-<name>``: another autoencoder or other settings, another folder.

    Raises:
        CheckpointError: there is no autoencoder.
    """
    return named_folder(cache_folder, _facts(encoders, settings))


def cache_latents(
    index: DatasetIndex,
    cache_folder: str | os.PathLike[str],
    encoders: Encoders,
    settings: LatentSettings,
    options: RunOptions | None = None,
    *,
    names: Sequence[str] | None = None,
    again: bool = False,
    device: str | None = None,
    on_unit: Callable[[int, int, Made], None] | None = None,
) -> FillReport:
    """Encode every video of a data set that the cache does not hold yet.

    The latents are the mode of the autoencoder's distribution, normalised, as the pipeline uses them. Every
    scene is kept as soon as it is done; the same call goes on after a kill.

    Args:
        cache_folder: holds a folder for each autoencoder and set of settings.
        names: only these scenes.
        again: videos that changed since they were encoded are encoded anew; else they are an error.
        device: default: the GPU if there is one.
        on_unit: called with (scenes done, scenes to do, what was made).

    Raises:
        FileError, InputError, MachineError: as ``recam.data.cache_run.fill``; ``CheckpointError`` without an
            autoencoder.
    """
    folder = latents_folder(cache_folder, encoders, settings)
    wanted = list(index.names if names is None else names)
    size = _latent_bytes(encoders, settings)
    sizes = {name: size * max(1, _count_videos(index, name)) for name in wanted}
    job = _Job(
        *(index.root.absolute(), index.layout, folder.absolute(), encoders, settings),
        device or str(choose_device()),
    )
    threads = torch.get_num_threads()
    try:
        return fill(
            folder,
            _facts(encoders, settings),
            sizes,
            partial(_encode_scene, job),
            options or RunOptions(),
            stale=partial(_stale, index),
            again=again,
            finish=partial(_finish, index, set(wanted)),
            on_unit=on_unit,
        )
    finally:
        torch.set_num_threads(threads)


def _facts(encoders: Encoders, settings: LatentSettings) -> dict[str, Any]:
    return {"kind": "latents", "format": 1, "vae": encoders.vae_name(), **asdict(settings)}


def _latent_bytes(encoders: Encoders, settings: LatentSettings) -> int:
    """Of one clip, for the plan of the shards; 16 channels where the config does not say."""
    config = encoders.folder / "vae" / "config.json"
    channels = json.loads(config.read_text()).get("z_dim", 16) if config.exists() else 16
    clip = settings.clip
    grid = LatentGrid(clip.num_frames, clip.height, clip.width, patch_size=(1, 1, 1))
    return int(np.prod(grid.latent_shape(1, channels))) * DTYPES[settings.dtype].itemsize


def _count_videos(index: DatasetIndex, name: str) -> int:
    try:
        return len(index.scene(name).files.videos)
    except FileError:  # named when its turn comes
        return 0


@cache
def _vae(encoders: Encoders, device: str, dtype: str) -> Any:
    """Loaded once a process."""
    return encoders.load_vae(torch.device(device), DTYPES[dtype])


def _encode_scene(job: _Job, name: str) -> Made:
    """Encode all videos of a scene and keep them; in a worker process."""
    check_seen(job.folder)
    torch.set_num_threads(1)  # the last bits depend on their number, and processes side by side are as fast
    vae = _vae(job.encoders, job.device, job.settings.vae_dtype)
    try:
        tensors, facts = _encode(job, DatasetIndex(job.root, job.layout, (), Captions()).scene(name), vae)
    except FileError as error:
        return Made(broken=error)
    size = write_part(job.folder, name, tensors, facts)
    clips = len(facts["cameras"])
    return Made(size, clips, clips * job.settings.clip.num_frames)


def _encode(job: _Job, scene: IndexedScene, vae: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:
    index = DatasetIndex(job.root, job.layout, (), Captions())
    clip, files = job.settings.clip, scene.files
    if not files.videos:
        raise DatasetError(files.folder, "has no videos")
    cameras = files.read_cameras()
    windows: dict[str, Window] = {}
    lenses: dict[str, list[float] | None] = {}
    at_once = max(1, _PIXELS_AT_ONCE // (clip.num_frames * clip.height * clip.width))
    names = list(files.videos)
    tensors: dict[str, Tensor] = {}
    for first in range(0, len(names), at_once):
        batch = []
        for camera in names[first : first + at_once]:
            info = probe(files.videos[camera])
            window = windows[camera] = choose_window(info, len(cameras.cameras[camera]), clip)
            lens = find_lens(scene, cameras, camera, info.width, info.height)
            seen = None if lens is None else window.lens(lens)
            lenses[camera] = seen and [seen.fx, seen.fy, seen.cx, seen.cy]
            batch.append(frames_to_tensor(read_window(info, window)))
        latents = encode_video(vae, torch.stack(batch).to(job.device)).cpu().to(DTYPES[job.settings.dtype])
        for camera, one in zip(names[first : first + at_once], latents, strict=True):
            if not torch.isfinite(one).all():
                raise DatasetError(files.videos[camera], "its latents are not finite; try another --dtype")
            tensors[camera] = one
    poses = [cameras.cameras[camera].matrices[windows[camera].frames, :3] for camera in names]
    tensors[POSES] = torch.from_numpy(np.stack(poses))
    facts = {
        "cameras": names,
        "lens": lenses,
        "windows": {camera: asdict(window) for camera, window in windows.items()},
        "temporal_stride": vae.config["scale_factor_temporal"],
        "sources": {index.relative(path): fingerprint(path) for path in _sources(scene)},
    }
    return tensors, facts


def _sources(scene: IndexedScene) -> list[Path]:
    """The files that latents and poses are made from; captions may change without them."""
    return [path for path in checked_files(scene) if path.name != "scene.json"]


def _stale(index: DatasetIndex, record: Record, made: float) -> str | None:
    """Why a record no longer fits its files, or None; bytes are compared where only the time differs."""
    scene = index.scene(record["unit"])
    sources, times = record["facts"]["sources"], record.get("times", {})
    there = {index.relative(path): path for path in _sources(scene)}
    for name, path in there.items():
        if name not in sources:
            return f"{name} was added"
        try:
            state = path.stat()
        except OSError:
            return f"{name} is gone"
        if state.st_size != sources[name]["bytes"]:
            return f"{name} changed ({sources[name]['bytes']} bytes, now {state.st_size})"
        same_time = times[name] == state.st_mtime_ns if name in times else state.st_mtime < made
        if not same_time and fingerprint(path) != sources[name]:
            return f"{name} changed"
    gone = next((name for name in sources if name not in there), None)
    return f"{gone} is gone" if gone else None


def _finish(index: DatasetIndex, wanted: set[str], record: Record) -> Record:
    """What changes without the latents, as it is now: captions, moves, times of the files."""
    if record["unit"] not in wanted:
        return record
    scene = index.scene(record["unit"])
    times = {index.relative(path): path.stat().st_mtime_ns for path in _sources(scene)}
    return record | {"captions": scene.captions, "moves": scene.files.moves, "times": times}
