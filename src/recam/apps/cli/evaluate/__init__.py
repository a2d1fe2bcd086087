"""``recam evaluate``: score videos against the cameras that were asked for. One file a command.

``recam evaluate manifest.jsonl -o report`` is short for ``recam evaluate score manifest.jsonl -o report``.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from recam.apps.cli.evaluate import build, score, suite
from recam.apps.cli.frame import show_help

_EXAMPLES = (
    "[dim]Score clips of any method; what needs no weights is measured at once:[/dim]\n\n"
    "recam evaluate manifest.jsonl -o report\n\n"
    "[dim]With the networks of FID, FVD and CLIP-T/F/V, two processes side by side:[/dim]\n\n"
    "recam evaluate manifest.jsonl -o report --weights inception=inception.pt --weights i3d=i3d.pt "
    "--weights clip=openai/clip-vit-base-patch32 -j 2"
)


class _ScoreByDefault(TyperGroup):
    """A first word that is no command is a manifest to score."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help") and not self._is_slip(args[0]):
            args = [score.NAME, *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The commands, then the options of scoring, which need no command's name."""
        super().format_help(ctx, formatter)
        command = self.commands[score.NAME]
        command.format_help(type(ctx)(command, info_name=score.NAME, parent=ctx), formatter)

    def _is_slip(self, word: str) -> bool:
        return bool(get_close_matches(word, self.commands, cutoff=0.7)) and not Path(word).exists()


group = typer.Typer(
    cls=_ScoreByDefault,
    help="Score videos of any method: cameras, pictures, likeness; honest about what is missing.",
    subcommand_metavar="MANIFEST -o REPORT | COMMAND ...",
    epilog=_EXAMPLES,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def register(app: typer.Typer) -> None:
    """Add ``recam evaluate`` to ``app``."""
    app.add_typer(group, name="evaluate")


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


for command in (score, build, suite):
    command.register(group)
