"""``recam world``: render synthetic scenes with many cameras, in the published data set's layout."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from recam.apps.cli import world_export
from recam.apps.cli.frame import JsonFlag, Output, show_help
from recam.apps.cli.options import read_range
from recam.apps.cli.pace import pace
from recam.errors import DatasetError, InputError, OutputError

group = typer.Typer(
    help="Make synthetic scenes to train on and to measure with.",
    epilog="recam world render world --scenes 100 --workers 2\n\n"
    "recam world render world --split val --scenes 20",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
_SCENES = "Scenes"
_ENGINE = "Engine"
_MACHINE = "Machines"
_SHOWN = 5  # failed scenes that are named on the terminal; --json names all


def register(app: typer.Typer) -> None:
    """Add ``recam world`` to ``app``."""
    app.add_typer(group, name="world")


world_export.register(group)


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


@group.command(
    "render",
    epilog="recam world render world --scenes 100 --workers 2\n\n"
    "recam world render world --scenes 0:10000 --workers 8 --depth --masks\n\n"
    "recam world render world --split val --scenes 20\n\n"
    "recam world render world --scenes 0:136000 --ray auto\n\n"
    "recam world render photoreal --engine blender --scenes 3 --size 256\n\n"
    "recam world render mine --engine blender --assets my_models --scenes 100\n\n"
    "recam world render small --engine tiny --scenes 1000 --size 64 --frames 9",
)
def render(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to.", show_default=False)],
    scenes: Annotated[
        str,
        typer.Option(
            "--scenes",
            "-n",
            metavar="N|A:B",
            rich_help_panel=_SCENES,
            help="How many scenes, or their numbers from A up to, but without, B.",
        ),
    ] = "10",
    split: Annotated[
        Literal["train", "val"],
        typer.Option(
            "--split",
            rich_help_panel=_SCENES,
            help="train: ten drawn moves a scene; val: the ten presets and a still view.",
        ),
    ] = "train",
    seed: Annotated[
        int,
        typer.Option("--seed", min=0, rich_help_panel=_SCENES, help="Scene N of a seed never changes."),
    ] = 0,
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            rich_help_panel=_SCENES,
            show_default="128; tiny: 64; blender: 256",
            help="Height and width in pixels, a multiple of 8.",
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(
            "--frames", rich_help_panel=_SCENES, show_default="17; tiny: 9", help="Frames a clip: 4n + 1."
        ),
    ] = None,
    fps: Annotated[int, typer.Option("--fps", rich_help_panel=_SCENES, help="Frames a second.")] = 8,
    depth: Annotated[
        bool,
        typer.Option(
            "--depth",
            rich_help_panel=_SCENES,
            help="Write depth/camNN.npz too: metres, for recam draft --depth-map.",
        ),
    ] = False,
    masks: Annotated[
        bool,
        typer.Option(
            "--masks",
            rich_help_panel=_SCENES,
            help="Write masks/camNN.npz too: 0 is sky, i + 1 is thing i of scene.json.",
        ),
    ] = False,
    engine: Annotated[
        Literal["mujoco", "blender", "tiny"],
        typer.Option(
            "--engine",
            rich_help_panel=_ENGINE,
            help="mujoco: fast; blender: photoreal and slow, needs Blender; tiny: the plain scenes that the "
            "bundled model was trained on.",
        ),
    ] = "mujoco",
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples", min=1, rich_help_panel=_ENGINE, show_default="16", help="blender: rays a pixel."
        ),
    ] = None,
    hdri: Annotated[
        Path | None,
        typer.Option(
            "--hdri",
            rich_help_panel=_ENGINE,
            show_default=False,
            help="blender: a picture of a whole sky (.hdr, .exr) for all scenes.",
        ),
    ] = None,
    assets: Annotated[
        Path | None,
        typer.Option(
            "--assets",
            rich_help_panel=_ENGINE,
            show_default=False,
            help="blender: a folder with your own environments/, characters/, animations/ and hdris/.",
        ),
    ] = None,
    blender: Annotated[
        Path | None,
        typer.Option(
            "--blender",
            rich_help_panel=_ENGINE,
            show_default="looked for",
            help="blender: the program, or a Python that has bpy.",
        ),
    ] = None,
    lens: Annotated[
        int | None,
        typer.Option(
            "--lens",
            rich_help_panel=_ENGINE,
            show_default="24",
            help="tiny: focal length in mm: 18, 24, 35 or 50; others draw it for each scene.",
        ),
    ] = None,
    own_starts: Annotated[
        bool,
        typer.Option(
            "--own-starts", rich_help_panel=_ENGINE, help="tiny: give every camera a start of its own."
        ),
    ] = False,
    workers: Annotated[
        int,
        typer.Option("--workers", "-j", min=1, rich_help_panel=_MACHINE, help="Processes side by side."),
    ] = 1,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="auto|HOST:PORT",
            rich_help_panel=_MACHINE,
            show_default=False,
            help="Render on this Ray cluster; its machines must see FOLDER under the same path. "
            "auto: the one that this machine belongs to.",
        ),
    ] = None,
    recheck: Annotated[
        bool,
        typer.Option("--recheck", help="Compare scenes that are there with their checksums too."),
    ] = False,
    sheets: Annotated[
        bool, typer.Option("--sheets/--no-sheets", help="Make FOLDER/sheets/*.png: fifty scenes a page.")
    ] = True,
    as_json: JsonFlag = False,
) -> None:
    """Render scenes with ten synchronised cameras each, in MultiCamVideo's layout.

    The same seed gives the same files. A scene appears once it is whole and
    was read back: frames, poses, pictures. A run that was stopped goes on
    where it stopped; scenes that are there are kept, damaged ones replaced.
    """
    with Output(as_json) as out:
        from recam.worlds.settings import SceneSettings, TinySettings, WorldSettings
        from recam.worlds.write import SceneDone, render_world

        numbers = read_range(scenes)
        common = {"split": split, "seed": seed, "size": size, "num_frames": frames, "fps": fps}
        settings: WorldSettings
        if engine == "tiny":
            _refuse(
                engine, depth=depth, masks=masks, samples=samples, hdri=hdri, assets=assets, blender=blender
            )
            settings = TinySettings(**_given(common, focal_mm=lens), shared_start=not own_starts)
        else:
            _refuse(engine, lens=lens, own_starts=own_starts)
            if engine == "mujoco":
                _refuse(engine, samples=samples, hdri=hdri, assets=assets, blender=blender)
            elif size is None:
                common["size"] = 256
            paths = {"hdri": _whole(hdri), "assets": _whole(assets), "blender": _whole(blender)}
            given = _given(common, samples=samples, **paths)
            settings = SceneSettings(**given, engine=engine, depth=depth, masks=masks)
        settings.check()
        if folder.exists() and not folder.is_dir():
            raise OutputError(folder, "is a file; give the name of a folder")
        began = time.monotonic()
        with pace("rendering scenes", len(numbers), out.shows_progress) as show:

            def on_scene(done: SceneDone) -> None:
                show(done.status != "kept", done.frames)
                if done.status == "failed":
                    warnings.warn(f"scene {done.number} failed: {done.reason}", stacklevel=2)

            report = render_world(
                folder, numbers, settings, workers, on_scene, ray=ray, sheets=sheets, recheck=recheck
            )
        seconds = time.monotonic() - began
        for number, reason in list(report.mended.items())[:_SHOWN]:
            warnings.warn(f"scene {number} was damaged and was made anew: {reason}", stacklevel=2)
        data = {
            "output": str(folder),
            "engine": engine,
            "split": split,
            "seed": seed,
            "scenes": len(numbers),
            "rendered": report.rendered,
            "kept": report.kept,
            "frames": report.frames,
            "seconds": round(seconds, 2),
            "mended": {str(number): reason for number, reason in report.mended.items()},
            "failed": {str(number): reason for number, reason in report.failed.items()},
        }
        speed = f" ({report.frames / seconds:.0f} frames a second)" if report.frames else ""
        out.result(data, f"{folder}: {report.rendered} scenes rendered, {report.kept} kept{speed}")
        if report.failed:
            some = ", ".join(map(str, list(report.failed)[:_SHOWN]))
            raise DatasetError(
                folder,
                f"{len(report.failed)} scenes did not pass their check and are not there ({some}"
                f"{' ...' if len(report.failed) > _SHOWN else ''}); the others are whole",
            )


def _given(common: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The options that were given; the settings know the defaults of the others."""
    return {name: value for name, value in {**common, **options}.items() if value is not None}


def _whole(path: Path | None) -> str | None:
    """Workers on other machines stand in other folders; what is no file may be a program's name."""
    return None if path is None else os.path.abspath(path) if path.exists() else os.fspath(path)


def _refuse(engine: str, **options: object) -> None:
    """Options that this engine does not know."""
    for name, value in options.items():
        if value not in (None, False):
            raise InputError(f"--{name.replace('_', '-')}: is not for --engine {engine}")
