"""The command line: one object that knows every command, and the entry point of the ``recam`` script."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import recam
from recam.apps.cli import (
    camera,
    checkpoint,
    data,
    draft,
    evaluate,
    outpaint,
    render,
    stabilize,
    train,
    world,
    zoom,
)
from recam.apps.cli.frame import run, show_help

app = typer.Typer(
    name="recam",
    help="Re-shoot a video: the same dynamic scene seen along a new camera path.",
    epilog="[dim]See what a path will do, in seconds:[/dim]\n\n"
    "recam draft my.mp4 --camera arc-left -o preview.mp4\n\n"
    "[dim]Re-shoot the video with a model:[/dim]\n\n"
    "recam render my.mp4 --camera arc-left -o new.mp4\n\n"
    "[dim]Options and examples of a command: recam COMMAND --help[/dim]",
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
)
render.register(app)
draft.register(app)
stabilize.register(app)
zoom.register(app)
outpaint.register(app)
camera.register(app)
checkpoint.register(app)
world.register(app)
data.register(app)
train.register(app)
evaluate.register(app)


def _version(asked: bool) -> None:
    if asked:
        print(f"recam {recam.__version__}")
        raise typer.Exit()


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    show_help(context)


def main() -> None:
    """Entry point of the ``recam`` script; the exit codes are those of :func:`recam.apps.cli.frame.run`."""
    sys.exit(run(app, sys.argv[1:]))


if __name__ == "__main__":
    main()
