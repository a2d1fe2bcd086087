"""``recam data cache``: videos and captions encoded once, and read back when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from recam.apps.cli.data.shared import SHOWN, CaptionFile, many
from recam.apps.cli.frame import DONE, USER_INPUT, JsonFlag, Output, quiet_libraries
from recam.apps.cli.model_options import DeviceOption, check_device
from recam.errors import InputError

if TYPE_CHECKING:
    from recam.data.cache_run import FillReport, RunOptions
    from recam.data.encoders import Encoders
    from recam.data.index import DatasetIndex
    from recam.data.views import ClipSettings

Number = Literal["float32", "bfloat16", "float16"]
EXAMPLES = (
    "recam data cache world -o cache --workers 2",
    "recam data cache world -o cache --model runs/autoencoder --only latents",
    "recam data cache MultiCamVideo -o cache --model wan2.1-1.3b --dtype bfloat16 --ray auto --ray-gpus 1",
    "recam data cache clips -o cache --frames 17 --stride 2 --on-error skip --max-skipped 5",
    "recam data cache cache --verify",
)
_MB = 1e6


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("cache", epilog="\n\n".join(EXAMPLES))(cache)


def cache(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="The data set, as for recam data index; with --verify, the cache.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="CACHE", help="Where to.", show_default=False),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="Whose encoders: tiny, wan2.1-1.3b, a model folder, a run of recam train "
            "autoencoder, or a hub id.",
        ),
    ] = "tiny",
    only: Annotated[
        Literal["latents", "text"] | None,
        typer.Option("--only", help="Only the videos, or only the captions.", show_default="both"),
    ] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", min=1, help="Frames a clip: 4n + 1.", show_default="the model's")
    ] = None,
    height: Annotated[
        int | None, typer.Option("--height", min=8, help="Pixels.", show_default="the model's")
    ] = None,
    width: Annotated[
        int | None, typer.Option("--width", min=8, help="Pixels.", show_default="the model's")
    ] = None,
    stride: Annotated[int, typer.Option("--stride", min=1, help="Take one frame in so many.")] = 1,
    start: Annotated[int, typer.Option("--start", min=0, help="First frame.")] = 0,
    dtype: Annotated[Number, typer.Option("--dtype", help="Number format that is kept.")] = "float32",
    encoder_dtype: Annotated[
        Number, typer.Option("--encoder-dtype", help="Number format of the encoders' arithmetic.")
    ] = "float32",
    captions: CaptionFile = None,
    scenes: Annotated[
        int | None, typer.Option("--scenes", min=1, help="Only the first so many.", show_default="all")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, help="Processes side by side.")] = 1,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Encode on this Ray cluster; auto: the one this machine belongs to.",
            show_default=False,
        ),
    ] = None,
    ray_gpus: Annotated[
        float, typer.Option("--ray-gpus", min=0, help="GPUs that one task on the cluster takes.")
    ] = 0,
    device: DeviceOption = None,
    on_error: Annotated[
        Literal["stop", "skip"],
        typer.Option("--on-error", help="What a broken video does: stop, or be left out and counted."),
    ] = "stop",
    max_skipped: Annotated[
        int, typer.Option("--max-skipped", min=0, help="With --on-error skip: scenes that may be left out.")
    ] = 0,
    changed: Annotated[
        Literal["stop", "encode"],
        typer.Option("--changed", help="What a video does that changed since it was encoded."),
    ] = "stop",
    shard_mb: Annotated[float, typer.Option("--shard-mb", min=0.001, help="Size of a shard, about.")] = 268.0,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every byte of the cache DIR back; encode nothing.")
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    """Encode every video and every caption of a data set once.

    The result is CACHE/latents-NAME and CACHE/text-NAME, whose names follow
    from the encoders' contents and the settings: a changed setting is a new
    cache, never a mix. The same command goes on where a run was stopped or
    killed, and encodes what was added.
    """  # fmt: skip
    with Output(as_json) as out:
        if verify:
            return _verify(out, folder)
        if output is None:
            raise InputError("say where to with -o CACHE")
        from recam.data.cache_run import RunOptions
        from recam.data.encoders import find_encoders
        from recam.data.index import open_index

        quiet_libraries()
        if ray is None:
            check_device(device)
        index, encoders = open_index(folder, captions), find_encoders(model)
        options = RunOptions(
            *(workers, ray, ray_gpus, on_error, max_skipped), shard_bytes=int(shard_mb * _MB)
        )
        data: dict[str, Any] = {"folder": str(folder), "model": model}
        lines: list[str] = []
        if only != "text":
            clip = _clip(index, encoders, frames, height, width, stride, start)
            report = _latents(
                *(out, index, output, encoders, clip, dtype, encoder_dtype, options, scenes),
                *(changed == "encode", device),
            )
            _tell(data, lines, "latents", report, "scene")
        if only != "latents":
            report = _text(out, index, output, encoders, dtype, encoder_dtype, options, device)
            _tell(data, lines, "text", report, "caption")
        out.result(data, *lines)
    return DONE


def _clip(
    index: DatasetIndex,
    encoders: Encoders,
    frames: int | None,
    height: int | None,
    width: int | None,
    stride: int,
    start: int,
) -> ClipSettings:
    """As asked, else as the model's clips are, else (a run of stage 1) as the first video is."""
    from recam.data.views import ClipSettings
    from recam.errors import DatasetError
    from recam.models.grid import nearest_frames
    from recam.video import probe

    model = encoders.settings
    if model is not None:
        known = model.num_frames, model.height, model.width
    elif None in (frames, height, width):
        scene = index.scene(index.names[0])
        if not scene.files.videos:
            raise DatasetError(
                scene.files.folder, "has no videos to take --frames, --height and --width from"
            )
        info = probe(next(iter(scene.files.videos.values())))
        most = nearest_frames(max(1, (info.num_frames - start - 1) // stride + 1))[0]
        known = most, info.height, info.width
    else:
        known = 1, 8, 8
    return ClipSettings(frames or known[0], height or known[1], width or known[2], stride, start)


def _latents(
    out: Output,
    index: DatasetIndex,
    output: Path,
    encoders: Encoders,
    clip: ClipSettings,
    dtype: str,
    vae_dtype: str,
    options: RunOptions,
    scenes: int | None,
    again: bool,
    device: str | None,
) -> FillReport:
    from recam.data.cache_latents import LatentSettings, cache_latents

    settings = LatentSettings(clip, dtype, vae_dtype)
    with out.progress("encoding scenes") as update:
        return cache_latents(
            *(index, output, encoders, settings, options),
            names=index.names[:scenes],
            again=again,
            device=device,
            on_unit=lambda done, total, _: update(done, total),
        )


def _text(
    out: Output,
    index: DatasetIndex,
    output: Path,
    encoders: Encoders,
    dtype: str,
    encoder_dtype: str,
    options: RunOptions,
    device: str | None,
) -> FillReport:
    from recam.data.cache_text import TextSettings, cache_text, distinct_captions
    from recam.pipeline.settings import ModelSettings

    most = (encoders.settings or ModelSettings()).max_sequence_length
    with out.progress("encoding captions") as update:
        return cache_text(
            distinct_captions(index),
            *(output, encoders, TextSettings(most, dtype, encoder_dtype), options),
            device=device,
            on_unit=lambda done, total, _: update(done, total),
        )


def _tell(data: dict[str, Any], lines: list[str], kind: str, report: FillReport, what: str) -> None:
    seconds = max(report.seconds, 1e-9)
    rates = {
        "clips_per_second": report.clips / seconds,
        "frames_per_second": report.frames / seconds,
        "megabytes_per_second": report.bytes / seconds / _MB,
    }
    data[kind] = {
        "output": str(report.folder),
        "encoded": report.made,
        "kept": report.kept,
        "skipped": {name: str(error) for name, error in report.skipped.items()},
        "made_anew": list(report.lost),
        "clips": report.clips,
        "frames": report.frames,
        "bytes": report.bytes,
        "seconds": report.seconds,
        **rates,
        "total_units": report.units,
        "total_shards": report.shards,
        "total_bytes": report.total_bytes,
    }
    lines += [f"{path}: was gone; its {what}s are encoded anew" for path in report.lost[:SHOWN]]
    lines += [f"left out: {name}: {error}" for name, error in list(report.skipped.items())[:SHOWN]]
    done = f"{many(report.made, what)} encoded"
    if report.made:
        speed = f"{rates['clips_per_second']:.1f} {what if kind == 'text' else 'clip'}s/s"
        if kind == "latents":
            speed += f", {rates['frames_per_second']:.0f} frames/s"
        done += f" in {report.seconds:.1f} s ({speed}, {rates['megabytes_per_second']:.2f} MB/s)"
    left_out = f", {len(report.skipped)} left out" if report.skipped else ""
    holds = f"{many(report.units, what)}, {report.total_bytes / _MB:.1f} MB in {many(report.shards, 'shard')}"
    lines.append(f"{report.folder}: {done}, {report.kept} there already{left_out}; it holds {holds}")


def _verify(out: Output, folder: Path) -> int:
    from recam.data.shards import SETTINGS, existing_shards, verify

    found = [folder] if (folder / SETTINGS).exists() else sorted(
        path.parent for path in folder.glob(f"*/{SETTINGS}")
    )  # fmt: skip
    if not found:
        raise InputError(f"{folder}: holds no cache of recam data cache (latents-NAME or text-NAME)")
    problems: list[str] = []
    shards = 0
    total = sum(len(existing_shards(path)) for path in found)
    with out.progress("reading shards", total) as update:
        for path in found:
            try:
                for _, wrong in verify(path):
                    shards += 1
                    problems += map(str, wrong)
                    update(shards, None)
            except InputError as error:  # the index
                problems.append(str(error))
    data = {"folder": str(folder), "caches": list(map(str, found)), "shards": shards, "problems": problems}
    read = f"{folder}: {many(len(found), 'cache')}, {many(shards, 'shard')} read"
    end = f"{read}: {many(len(problems), 'problem')}" if problems else f"{read}: all is well"
    out.result(data | {"clean": not problems}, *problems[:SHOWN], end)
    return USER_INPUT if problems else DONE
