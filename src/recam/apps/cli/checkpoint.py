"""``recam checkpoint``: turn published checkpoints into model folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from recam.apps.cli.frame import JsonFlag, Output, quiet_libraries, show_help
from recam.apps.cli.options import check_output_folder

DEFAULT_BASE = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
EXAMPLES = (
    "recam checkpoint convert step20000.ckpt wan2.1-1.3b-recam\n\n"
    "recam checkpoint convert step20000.ckpt wan2.1-1.3b-recam --base ../Wan2.1-T2V-1.3B-Diffusers --json"
)

group = typer.Typer(
    help="Turn published checkpoints into model folders.",
    epilog=EXAMPLES,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def register(app: typer.Typer) -> None:
    """Add ``recam checkpoint`` to ``app``."""
    app.add_typer(group, name="checkpoint")


@group.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    show_help(context)


@group.command("convert", epilog=EXAMPLES)
def convert(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="FILE", help="The published .ckpt or .safetensors.", show_default=False)
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The model folder to write.", show_default=False)
    ],
    base: Annotated[
        str, typer.Option("--base", help="Where text encoder and autoencoder are: a folder or a hub id.")
    ] = DEFAULT_BASE,
    dtype: Annotated[
        Literal["bfloat16", "float16", "float32"],
        typer.Option("--dtype", help="Number format of the written transformer and text encoder."),
    ] = "bfloat16",
    heads: Annotated[
        int,
        typer.Option("--heads", min=1, help="Attention heads of the transformer; the file does not tell."),
    ] = 12,
    as_json: JsonFlag = False,
) -> None:
    """Turn the published ReCamMaster checkpoint into a folder for --model.

    Every key and shape must be as published. The file holds the whole
    transformer, so only the text encoder, the tokenizer and the autoencoder
    are taken from --base. Pickles that hold code are refused unopened.
    """
    with Output(as_json) as out:
        check_output_folder(folder)
        import torch

        from recam.models.checkpoint import convert_checkpoint

        quiet_libraries()
        out.stage(f"converting {checkpoint}")
        written = convert_checkpoint(
            checkpoint, folder, base, dtype=getattr(torch, dtype), num_attention_heads=heads
        )
        size = sum(file.stat().st_size for file in written.rglob("*") if file.is_file())
        data = {"output": str(folder), "base": base, "dtype": dtype, "bytes": size}
        out.result(data, f"{folder}: {size / 1e9:.2f} GB; use it with: recam render ... --model {folder}")
