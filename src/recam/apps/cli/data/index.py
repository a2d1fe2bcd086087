"""``recam data index``: what a data set holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recam.apps.cli.data.shared import SHOWN, CaptionFile, Folder, listed
from recam.apps.cli.frame import DONE, USER_INPUT, JsonFlag, Output
from recam.errors import InputError


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command(
        "index", epilog="recam data index world\n\nrecam data index world -o world.jsonl --checksums"
    )(index)


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
            f"{folder}: {counts.scenes} scenes ({listed(counts.splits)}), {counts.videos} videos, "
            f"{counts.frames} frames by the camera files, {counts.captions} videos with a caption",
            f"lenses: {listed(counts.lenses)}",
            f"cameras a scene: {listed({f'{n}': k for n, k in sorted(counts.cameras.items())})}",
            *(f"cannot be read: {line}" for line in counts.unreadable[:SHOWN]),
            *([f"{output}: index of {counts.scenes} scenes"] if output else []),
        ]
        out.result(data, *lines)
    return USER_INPUT if counts.unreadable else DONE
