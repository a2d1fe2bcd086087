"""``recam world``: render synthetic scenes with many cameras, in the published data set's layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from recam.apps.cli import world_export
from recam.apps.cli.frame import JsonFlag, Output, show_help
from recam.errors import OutputError

group = typer.Typer(
    help="Make synthetic scenes to train on and to measure with.",
    epilog="recam world render world --scenes 100 --workers 2\n\n"
    "recam world render world --split val --scenes 20",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


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
    "recam world render world --split val --scenes 20 --first 1000000\n\n"
    "recam world render world128 --scenes 5000 --size 128 --frames 17 --lens 35 --seed 7 --json",
)
def render(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to.", show_default=False)],
    scenes: Annotated[int, typer.Option("--scenes", "-n", min=1, help="How many scenes.")] = 10,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first scene.")] = 0,
    split: Annotated[
        Literal["train", "val"],
        typer.Option(
            "--split", help="train: ten drawn moves a scene; val: the ten presets and a still view."
        ),
    ] = "train",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Scene N of a seed never changes.")] = 0,
    size: Annotated[int, typer.Option("--size", help="Height and width in pixels, a multiple of 8.")] = 64,
    frames: Annotated[int, typer.Option("--frames", help="Frames a clip: 4n + 1.")] = 9,
    fps: Annotated[int, typer.Option("--fps", help="Frames a second.")] = 8,
    lens: Annotated[int, typer.Option("--lens", help="Focal length in mm: 18, 24, 35 or 50.")] = 24,
    own_starts: Annotated[
        bool, typer.Option("--own-starts", help="Give every camera of a scene a start of its own.")
    ] = False,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, help="Processes side by side.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Render scenes with ten synchronised cameras each, in MultiCamVideo's layout.

    The same seed gives the same files. A run that was stopped goes on where it
    stopped: scenes that are there already are kept.
    """
    with Output(as_json) as out:
        from recam.worlds.write import WorldSettings, render_world

        settings = WorldSettings(
            split=split,
            seed=seed,
            size=size,
            num_frames=frames,
            fps=fps,
            focal_mm=lens,
            shared_start=not own_starts,
        )
        settings.check()
        if folder.exists() and not folder.is_dir():
            raise OutputError(folder, "is a file; give the name of a folder")
        with out.progress("rendering scenes", scenes) as update:
            done = 0

            def on_scene(_number: int, _rendered: bool) -> None:
                nonlocal done
                done += 1
                update(done, None)

            counts = render_world(folder, range(first, first + scenes), settings, workers, on_scene)
        data = {"output": str(folder), "split": split, "seed": seed, "scenes": scenes, **counts}
        out.result(data, f"{folder}: {counts['rendered']} scenes rendered, {counts['kept']} kept")
