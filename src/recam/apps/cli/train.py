"""``recam train``: one command a stage; the same command goes on where a run stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recam.apps.cli.frame import JsonFlag, Output, quiet_libraries, show_help
from recam.apps.cli.options import check_output_folder, nearest_folder
from recam.errors import InputError, OutputError
from recam.files import check_output_path

if TYPE_CHECKING:
    from recam.data.clips import Clips
    from recam.data.layout import SceneFiles

AUTOENCODER = "recam train autoencoder world --out runs/autoencoder"
TRANSFORMER = "recam train transformer world --autoencoder runs/autoencoder --out runs/transformer"
EXPORT = "recam train export runs/transformer my-model --autoencoder runs/autoencoder --world world"

WorldArgument = Annotated[
    Path,
    typer.Argument(metavar="WORLD", help="A folder made by recam world render.", show_default=False),
]
OutOption = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FOLDER", help="The run: checkpoint, log, result.", show_default=False
    ),
]
PresetOption = Annotated[str, typer.Option("--preset", help="Complete settings by name.")]
ScenesOption = Annotated[
    int | None, typer.Option("--scenes", min=1, help="Train on the first so many scenes.", show_default="all")
]
MinutesOption = Annotated[
    float | None,
    typer.Option("--max-minutes", min=0, help="Stop then; the same command goes on.", show_default="none"),
]
CacheOption = Annotated[
    Path | None,
    typer.Option("--cache", metavar="FOLDER", help="For decoded clips.", show_default="beside --out"),
]

AutoencoderOption = Annotated[
    Path, typer.Option("--autoencoder", metavar="FOLDER", help="The run of stage 1.", show_default=False)
]

group = typer.Typer(
    help="Train a model of your own on a synthetic world.",
    epilog="recam world render world --engine tiny --scenes 1000\n\n"
    f"{AUTOENCODER}\n\n{TRANSFORMER}\n\n{EXPORT}",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def register(app: typer.Typer) -> None:
    """Add ``recam train`` to ``app``."""
    app.add_typer(group, name="train")


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


@group.command("autoencoder", epilog=f"{AUTOENCODER}\n\n{AUTOENCODER} --max-minutes 30")
def train_stage_1(
    world: WorldArgument,
    out_dir: OutOption,
    preset: PresetOption = "tiny",
    scenes: ScenesOption = None,
    max_minutes: MinutesOption = None,
    cache: CacheOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Stage 1: a small video autoencoder on the world's clips.

    The result is FOLDER/vae. A run that was stopped goes on, exactly, when the
    same command is given again.
    """
    with Output(as_json) as out:
        from recam.training import presets

        settings = _preset(preset, presets, "autoencoder")
        found = _scenes(world, scenes)
        _check_run_folder(out_dir)
        from recam.training.autoencoder import train_autoencoder

        quiet_libraries()
        clips = _clips(out, found, cache or out_dir.parent / "cache")
        told: list[str] = []
        result = train_autoencoder(
            clips,
            out_dir,
            settings,
            show_progress=out.shows_progress,
            max_minutes=max_minutes,
            report=told.append,
        )
        _report(out, out_dir, result, told, len(found))


@group.command(
    "transformer", epilog=f"{TRANSFORMER}\n\n{TRANSFORMER} --start-from assets/tiny --max-minutes 60"
)
def train_stage_2(
    world: WorldArgument,
    out_dir: OutOption,
    autoencoder: Annotated[
        Path | None,
        typer.Option("--autoencoder", metavar="FOLDER", help="The run of stage 1.", show_default=False),
    ] = None,
    latents: Annotated[
        Path | None,
        typer.Option(
            "--latents",
            metavar="FOLDER",
            help="WORLD's latents, made by recam data cache, instead of --autoencoder.",
            show_default=False,
        ),
    ] = None,
    preset: PresetOption = "tiny",
    start_from: Annotated[
        Path | None,
        typer.Option("--start-from", metavar="FOLDER", help="Begin from this model's weights."),
    ] = None,
    scenes: ScenesOption = None,
    max_minutes: MinutesOption = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", metavar="FOLDER", help="For latents.", show_default="beside --out"),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Stage 2: the camera-conditioned transformer and its text encoder.

    The result is FOLDER/parts. A run that was stopped goes on, exactly, when
    the same command is given again. Every clip is encoded once, with the
    autoencoder of stage 1, unless --latents says where that was done.
    """
    with Output(as_json) as out:
        from recam.training import presets

        settings = _preset(preset, presets, "transformer")
        found = _scenes(world, scenes)
        if (autoencoder is None) == (latents is None):
            raise InputError("give either --autoencoder FOLDER, the run of stage 1, or --latents FOLDER")
        for option, folder in (
            *(("--autoencoder", autoencoder), ("--latents", latents), ("--start-from", start_from)),
        ):
            if folder is not None and not folder.is_dir():
                raise InputError(f"{option} {folder}: no such folder")
        _check_run_folder(out_dir)
        from recam.data.latents import LatentViews
        from recam.training.transformer import train_transformer

        quiet_libraries()
        if autoencoder is not None:
            latents = _encode(out, world, found, autoencoder, cache or out_dir.parent / "cache")
        assert latents is not None
        names = [scene.folder.relative_to(world).as_posix() for scene in found]
        told: list[str] = []
        result = train_transformer(
            LatentViews(latents, names),
            out_dir,
            settings,
            _tan_half_fov(found),
            start_from,
            show_progress=out.shows_progress,
            max_minutes=max_minutes,
            report=told.append,
        )
        _report(out, out_dir, result, told, len(found))


@group.command(
    "export", epilog=f"{EXPORT}\n\nrecam render my.mp4 --camera arc-left --model my-model -o new.mp4"
)
def export(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="The run of stage 2, finished or not.", show_default=False)
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The model folder to write.", show_default=False)
    ],
    autoencoder: AutoencoderOption,
    world: Annotated[
        Path,
        typer.Option("--world", metavar="WORLD", help="What it was trained on.", show_default=False),
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="What to call the model.", show_default="FOLDER's name")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the runs of both stages as one model folder for --model.

    Of an unfinished run, the moving average of the weights as it stands.
    """
    with Output(as_json) as out:
        check_output_folder(folder)
        for option, given in (("RUN", run), ("--autoencoder", autoencoder)):
            if not given.is_dir():
                raise InputError(f"{option} {given}: no such folder")
        scene = _scenes(world, 1)[0]
        import torch

        from recam.pipeline.load import load_parts
        from recam.training.export import export_model
        from recam.video import probe

        quiet_libraries()
        clip = probe(next(iter(scene.videos.values())))
        vae = load_parts(autoencoder, torch.float32, parts=("vae",))["vae"]
        rate, known_as = float(clip.fps), name or folder.absolute().name
        export_model(vae, run, folder, clip.num_frames, clip.height, rate, known_as)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        data = {"output": str(folder), "name": known_as, "bytes": size}
        out.result(data, f"{folder}: {size / 1e6:.1f} MB; use it with: recam render ... --model {folder}")


def _preset(name: str, presets: Any, stage: str) -> Any:
    known = sorted(key.removesuffix(f"_{stage}") for key in vars(presets) if key.endswith(f"_{stage}"))
    make: Callable[[], Any] | None = getattr(presets, f"{name}_{stage}", None) if name in known else None
    if make is None:
        raise InputError(
            f"--preset {name}: there is no such preset for the {stage}; known: {', '.join(known)}"
        )
    return make()


def _scenes(world: Path, limit: int | None) -> list[SceneFiles]:
    from recam.data.layout import find_scenes

    return find_scenes(world, "train", limit)


def _clips(out: Output, scenes: list[SceneFiles], cache: Path) -> Clips:
    from recam.data.clips import load_clips

    with out.progress("decoding scenes", len(scenes)) as update:
        return load_clips(scenes, cache, lambda index: update(index + 1, None))


def _encode(out: Output, world: Path, scenes: list[SceneFiles], autoencoder: Path, cache: Path) -> Path:
    """The latents of the scenes' whole clips, in their own size; where they are."""
    from recam.data.cache_latents import LatentSettings, cache_latents
    from recam.data.encoders import find_encoders
    from recam.data.index import open_index
    from recam.data.views import ClipSettings
    from recam.video import probe

    clip = probe(next(iter(scenes[0].videos.values())))
    settings = LatentSettings(ClipSettings(clip.num_frames, clip.height, clip.width))
    names = [scene.folder.relative_to(world).as_posix() for scene in scenes]
    with out.progress("encoding scenes", len(scenes)) as update:
        report = cache_latents(
            *(open_index(world), cache, find_encoders(autoencoder), settings),
            names=names,
            again=True,
            on_unit=lambda done, total, _: update(done, total),
        )
    return report.folder


def _tan_half_fov(scenes: list[SceneFiles]) -> float:
    """Of the lens that filmed all scenes; the model learns one."""
    from recam.camera import Intrinsics

    lenses = {scene.description.get("focal_mm") for scene in scenes}
    focal = lenses.pop()
    if lenses or not isinstance(focal, int | float):
        raise InputError(
            f"{scenes[0].folder.parent.parent}: every scene.json must name one and the same focal_mm; "
            "render a world of one lens with recam world render --engine tiny"
        )
    lens = Intrinsics.from_focal_mm(focal, 2, 2)  # the angle does not depend on the picture's size
    return lens.cx / lens.fx


def _check_run_folder(folder: Path) -> None:
    """A run folder may exist (to go on) or not; it must be a folder that can be made."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(folder, "is a file; give the name of a folder")
    check_output_path(nearest_folder(folder) / ".run")


def _report(out: Output, folder: Path, result: Path | None, told: list[str], scenes: int) -> None:
    data = {"output": str(result) if result else None, "run": str(folder), "done": result is not None}
    end = f"{result}: done" if result else f"{folder}: stopped for now; the same command goes on"
    out.result(data | {"scenes": scenes, "notes": told}, *told, end)
