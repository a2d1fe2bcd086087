"""``recam data``: what a data set holds, whether it is sound, and its latents. One file a command."""

from __future__ import annotations

import typer

from recam.apps.cli.data import cache, caption, check, index
from recam.apps.cli.frame import show_help

_EXAMPLES = (
    "recam data index world\n\n"
    "recam data index world -o world.jsonl --checksums\n\n"
    "recam data check world --workers 2\n\n"
    "recam data check world --against world.jsonl --report report.json --quarantine bad\n\n"
    "recam data caption clips --model HuggingFaceTB/SmolVLM2-2.2B-Instruct\n\n"
    "recam data cache world -o cache --workers 2"
)

group = typer.Typer(
    help="Count, check, caption and encode data sets: the published layout, rendered worlds, your own clips.",
    epilog=_EXAMPLES,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def register(app: typer.Typer) -> None:
    """Add ``recam data`` to ``app``."""
    app.add_typer(group, name="data")


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


for command in (index, check, caption, cache):
    command.register(group)
