"""What the commands of ``recam data`` share: common options, small words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SHOWN = 50
"""Lines of one kind on a terminal; a report has all."""
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


def many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items()) or "none"
