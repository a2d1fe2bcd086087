"""``recam data check``: whether every file of a data set is sound."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from recam.apps.cli.data.shared import SHOWN, CaptionFile, Folder, listed, many
from recam.apps.cli.frame import DONE, USER_INPUT, JsonFlag, Output


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command(
        "check",
        epilog="recam data check world --workers 2\n\n"
        "recam data check world --report report.json --quarantine bad\n\n"
        "recam data check world --against world.jsonl",
    )(check)


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
    and damage that still decodes, show only against checksums: of scenes of recam
    world render, or with --against an index that has them.
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
        shown = [str(problem) for problem in result.problems[:SHOWN]]
        more = len(result.problems) - len(shown)
        if more:
            shown.append(f"... and {more} more; --report FILE lists all")
        seen = f"{folder}: {result.scenes} scenes, {result.videos} videos, {result.frames} frames decoded"
        if result.clean:
            end = f"{seen}: all is well"
        else:
            end = (
                f"{seen}: {many(len(result.problems), 'problem')} in "
                f"{many(len(result.bad_scenes), 'scene')} "
                f"({listed(result.by_kind())})"
            )
        out.result(
            data, *shown, end, *([f"{aside}: {many(len(moved), 'scene')} moved there"] if aside else [])
        )
    return DONE if result.clean else USER_INPUT
