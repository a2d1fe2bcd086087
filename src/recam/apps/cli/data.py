"""``recam data``: what a data set holds, and whether every file of it is sound."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from recam.apps.cli.frame import DONE, USER_INPUT, JsonFlag, Output, show_help
from recam.errors import InputError

_SHOWN = 50  # problems on a terminal; the report has all
_EXAMPLES = (
    "recam data index world\n\n"
    "recam data index world -o world.jsonl --checksums\n\n"
    "recam data check world --workers 2\n\n"
    "recam data check world --against world.jsonl --report report.json --quarantine bad"
)

group = typer.Typer(
    help="Count and check data sets: the published layout, rendered worlds, your own clips.",
    epilog=_EXAMPLES,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="Folder that holds train or val, or your own clips, each scene with its camera file.",
        show_default=False,
    ),
]
CaptionFile = Annotated[
    Path | None,
    typer.Option(
        "--captions", help="metadata.csv, .jsonl or .json; default: the one in DIR.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add ``recam data`` to ``app``."""
    app.add_typer(group, name="data")


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


@group.command("index", epilog="recam data index world\n\nrecam data index world -o world.jsonl --checksums")
def index(
    folder: Folder,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="JSON lines file: one line a scene.", show_default=False),
    ] = None,
    captions: CaptionFile = None,
    checksums: Annotated[
        bool, typer.Option("--checksums", help="Store the SHA-256 of every file in the index.")
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    """Count the scenes, lenses, cameras, frames and captions of a data set.

    Videos are not opened; check does that. Ends with exit code 2 when a scene
    cannot be read; such scenes get no line in the index.
    """
    with Output(as_json) as out:
        from recam.data.index import count_scenes, open_index
        from recam.files import check_output_path

        if checksums and output is None:
            raise InputError("--checksums are stored in the index; say where with -o FILE")
        if output is not None:
            check_output_path(output)
        found = open_index(folder, captions)
        with out.progress("reading scenes", len(found)) as update:
            counts = count_scenes(found, output, checksums, lambda done: update(done, None))
        data = {
            "folder": str(folder),
            "layout": found.layout,
            "scenes": counts.scenes,
            "videos": counts.videos,
            "frames": counts.frames,
            "captions": counts.captions,
            "caption_file": str(found.captions.source) if found.captions.source else None,
            "splits": dict(counts.splits),
            "lenses": dict(counts.lenses),
            "cameras": {str(number): scenes for number, scenes in sorted(counts.cameras.items())},
            "unreadable": counts.unreadable,
            "output": str(output) if output else None,
        }
        lines = [
            f"{folder}: {counts.scenes} scenes ({_listed(counts.splits)}), {counts.videos} videos, "
            f"{counts.frames} frames by the camera files, {counts.captions} videos with a caption",
            f"lenses: {_listed(counts.lenses)}",
            f"cameras a scene: {_listed({f'{n}': k for n, k in sorted(counts.cameras.items())})}",
            *(f"cannot be read: {line}" for line in counts.unreadable[:_SHOWN]),
            *([f"{output}: index of {counts.scenes} scenes"] if output else []),
        ]
        out.result(data, *lines)
    return USER_INPUT if counts.unreadable else DONE


@group.command(
    "check",
    epilog="recam data check world --workers 2\n\n"
    "recam data check world --report report.json --quarantine bad\n\n"
    "recam data check world --against world.jsonl",
)
def check(
    folder: Folder,
    captions: CaptionFile = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="Compare with an index made by recam data index.", show_default=False),
    ] = None,
    cameras: Annotated[
        int, typer.Option("--cameras", min=1, help="Cameras that each scene of the published layout has.")
    ] = 10,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write everything into this JSON file.", show_default=False),
    ] = None,
    quarantine: Annotated[
        Path | None,
        typer.Option(
            "--quarantine", help="Move bad scenes into this folder, beside DIR.", show_default=False
        ),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, help="Scenes read side by side.")] = 1,
    as_json: JsonFlag = False,
) -> int:
    """Decode every video and compare it with its cameras; name each bad file with its reason.

    Exit code 0: all is well. 2: something is bad. Clips swapped between cameras,
    and damage that still decodes, show only with --against an index that has
    checksums.
    """
    with Output(as_json) as out:
        from recam.data.check import check_dataset
        from recam.data.index import open_index, read_records
        from recam.data.quarantine import move_aside, open_quarantine
        from recam.files import atomic_file, check_output_path

        if report is not None:
            check_output_path(report)
        found = open_index(folder, captions)
        known = read_records(against) if against else None
        aside = open_quarantine(found, quarantine) if quarantine else None
        with out.progress("checking scenes", len(found)) as update:
            result = check_dataset(
                found,
                num_cameras=cameras,
                against=known,
                workers=workers,
                on_scene=lambda done: update(done, None),
            )
        moved: list[str] = []
        data = {
            "folder": str(folder),
            "layout": found.layout,
            "clean": result.clean,
            "scenes": result.scenes,
            "videos": result.videos,
            "frames": result.frames,
            "bad_scenes": result.bad_scenes,
            "kinds": result.by_kind(),
            "problems": [asdict(problem) for problem in result.problems],
            "quarantined": moved,
        }
        try:
            if aside is not None:
                moved += move_aside(found, result.problems, aside)
        finally:  # what was found is kept even when a scene could not be moved
            if report is not None:
                with atomic_file(report) as path:
                    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        shown = [str(problem) for problem in result.problems[:_SHOWN]]
        more = len(result.problems) - len(shown)
        if more:
            shown.append(f"... and {more} more; --report FILE lists all")
        seen = f"{folder}: {result.scenes} scenes, {result.videos} videos, {result.frames} frames decoded"
        if result.clean:
            end = f"{seen}: all is well"
        else:
            end = (
                f"{seen}: {_many(len(result.problems), 'problem')} in "
                f"{_many(len(result.bad_scenes), 'scene')} "
                f"({_listed(result.by_kind())})"
            )
        out.result(
            data, *shown, end, *([f"{aside}: {_many(len(moved), 'scene')} moved there"] if aside else [])
        )
    return DONE if result.clean else USER_INPUT


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items()) or "none"
