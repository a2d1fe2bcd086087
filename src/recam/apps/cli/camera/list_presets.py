"""``recam camera list``: the camera paths that have a name."""

from __future__ import annotations

import typer

from recam.apps.cli.frame import JsonFlag, Output

EXAMPLES = "recam camera list\n\nrecam camera list --json"


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("list", epilog=EXAMPLES)(list_presets)


def list_presets(as_json: JsonFlag = False) -> None:
    """The camera moves that have a name: what the camera does, how far, in which unit.

    Each takes another amount in an expression, as in --camera "orbit-left(90deg)";
    see recam camera explain --help.
    """
    from recam.camera import PRESETS

    with Output(as_json) as out:
        data = [
            {
                "id": info.id,
                "name": info.name,
                "published_name": info.published_name,
                "group": "published" if info.id else "more",
                "description": info.description,
                "full_move": info.full_move,
                "amount": info.amount,
                "unit": info.unit,
                "options": dict(info.options),
                "aliases": list(info.aliases),
            }
            for info in PRESETS.values()
        ]
        lines = ["Published presets (number, name, how far):"]
        for row in data:
            if row["name"] == "static":
                lines += ["", "More moves:"]
            amount = f"{row['amount']:g}{row['unit']}" if row["unit"] else "-"
            number = f"{row['id']:>2}" if row["id"] else "  "
            lines.append(f"{number}  {row['name']:<15} {amount:<7} {row['description']}")
        out.result({"presets": data}, *lines)
