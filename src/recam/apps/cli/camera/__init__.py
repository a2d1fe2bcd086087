"""``recam camera``: say, see, check and convert camera paths. One file a command."""

from __future__ import annotations

import typer

from recam.apps.cli.camera import check, convert, explain, list_presets, plot, show, solve
from recam.apps.cli.frame import show_help

group = typer.Typer(
    help="Say, see, check, convert and solve camera paths.",
    epilog="recam camera list\n\n"
    'recam camera explain "orbit-left(30deg) while crane-up(0.5m)"\n\n'
    "recam camera plot arc-left -o arc.html\n\n"
    "recam camera convert camera_extrinsics.json --camera-name cam05 --source-camera cam10 -o path.json",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def register(app: typer.Typer) -> None:
    """Add ``recam camera`` to ``app``."""
    app.add_typer(group, name="camera")


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


for command in (list_presets, show, explain, check, plot, convert, solve):
    command.register(group)
