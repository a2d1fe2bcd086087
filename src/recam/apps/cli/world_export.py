"""``recam world export``: the published camera rules as scripts for Blender and Unreal Engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from recam.apps.cli.frame import JsonFlag, Output
from recam.apps.cli.options import read_range
from recam.errors import InputError, OutputError


def register(group: typer.Typer) -> None:
    """Add ``export`` to the group ``recam world``."""
    group.command(
        "export",
        epilog="recam world export rigs --to blender --subject 2,0,1\n\n"
        "blender my.blend --background --python rigs/scene0/cameras_blender.py -- --render pictures\n\n"
        "recam world export rigs --to unreal --scenes 0:20 --subject 1200,-350,95 --radii 3,5",
    )(export)


def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to.", show_default=False)],
    to: Annotated[
        Literal["blender", "unreal"],
        typer.Option("--to", help="The program whose scripts are written.", show_default=False),
    ],
    scenes: Annotated[
        str,
        typer.Option(
            "--scenes",
            "-n",
            metavar="N|A:B",
            help="How many scenes, or their numbers from A up to, but without, B.",
        ),
    ] = "1",
    subject: Annotated[
        str | None,
        typer.Option(
            "--subject",
            metavar="X,Y,Z",
            help="The middle of your character, at which the cameras look; in the program's own axes and "
            "units (Blender metres, Unreal centimetres).",
            show_default="a metre above the origin",
        ),
    ] = None,
    ground: Annotated[
        float | None,
        typer.Option(
            "--ground",
            metavar="Z",
            help="Height below which no camera goes, in the program's units.",
            show_default="a metre below the subject",
        ),
    ] = None,
    radii: Annotated[
        str, typer.Option("--radii", metavar="METRES", help="Distances to the subject, one drawn a scene.")
    ] = "3,5,7,10",
    frames: Annotated[int, typer.Option("--frames", min=1, help="Frames a clip.")] = 81,
    fps: Annotated[float, typer.Option("--fps", help="Frames a second.")] = 15.0,
    lens: Annotated[
        int | None,
        typer.Option("--lens", help="Focal length in mm: 18, 24, 35 or 50.", show_default="drawn a scene"),
    ] = None,
    moves: Annotated[
        str | None,
        typer.Option(
            "--moves",
            metavar="KINDS",
            help="Kinds of move to draw from: pan, tilt, truck, crane, dolly, arc, random, static.",
            show_default="all",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Scene N of a seed never changes.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Write ten synchronised cameras a scene, drawn by the published rules, as a script for your own project.

    The script makes the cameras with their motion, lens, aperture and focus. The
    same numbers are written as CSV, as JSON and in the published data set's file.
    The cameras know nothing of your walls: choose radii for which there is room.
    """
    with Output(as_json) as out:
        from recam.worlds.export import RigSettings, export_rigs
        from recam.worlds.rules import MOVE_KINDS

        above = (0.0, 0.0, 1.0) if to == "blender" else (0.0, 0.0, 100.0)
        settings = RigSettings(
            target=to,
            subject=above if subject is None else _three(subject),
            ground=ground,
            radii=_numbers("--radii", radii),
            num_frames=frames,
            fps=fps,
            seed=seed,
            lens=lens,
            kinds=MOVE_KINDS if moves is None else tuple(moves.replace(" ", "").split(",")),
        )
        numbers = read_range(scenes)
        if folder.exists() and not folder.is_dir():
            raise OutputError(folder, "is a file; give the name of a folder")
        with out.progress("drawing cameras", len(numbers)) as update:
            done = 0

            def on_scene(_number: int) -> None:
                nonlocal done
                done += 1
                update(done, None)

            folders = export_rigs(folder, numbers, settings, on_scene)
        scripts = [str(place / f"cameras_{to}.py") for place in folders]
        how = (
            "in Blender: Text Editor > Open > Run Script"
            if to == "blender"
            else "in Unreal Engine: Tools > Execute Python Script"
        )
        data = {"output": str(folder), "to": to, "scenes": len(folders), "seed": seed, "scripts": scripts}
        out.result(data, *scripts, f"{len(folders)} scenes with ten cameras each; {how}")


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError as error:
        raise InputError(f"{option} {text}: give numbers with commas between them") from error


def _three(text: str) -> tuple[float, float, float]:
    numbers = _numbers("--subject", text)
    if len(numbers) != 3:
        raise InputError(f"--subject {text}: give three numbers x,y,z, not {len(numbers)}")
    return numbers
