"""``recam camera list``: the camera paths that have a name."""

from __future__ import annotations

import typer

from recam.apps.cli.frame import JsonFlag, Output

EXAMPLES = "recam camera list\n\nrecam camera list --json"


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("list", epilog=EXAMPLES)(list_presets)


def list_presets(as_json: JsonFlag = False) -> None:
    """The camera paths that have a name: number, name, what the camera does, how far."""
    from recam.camera import PRESETS

    with Output(as_json) as out:
        presets = sorted(PRESETS.values(), key=lambda info: info.id)
        data = [
            {
                "id": info.id,
                "name": info.name,
                "published_name": info.published_name,
                "description": info.description,
                "full_move": info.full_move,
            }
            for info in presets
        ]
        lines = [f"{info.id:>2}  {info.name:<11} {info.description} [{info.full_move}]" for info in presets]
        out.result({"presets": data}, *lines)
