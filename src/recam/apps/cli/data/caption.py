"""``recam data caption``: captions by a vision-language model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recam.apps.cli.data.shared import SHOWN, CaptionFile, Folder, many
from recam.apps.cli.frame import DONE, USER_INPUT, JsonFlag, Output, quiet_libraries
from recam.apps.cli.model_options import DeviceOption, DtypeOption


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command(
        "caption",
        epilog="recam data caption clips --model HuggingFaceTB/SmolVLM2-2.2B-Instruct\n\n"
        "recam data caption clips --model ./my-vlm --batch 4 --every-video\n\n"
        "recam data caption clips --model my_captions:make -o clips/captions.json",
    )(caption)


def caption(
    folder: Folder,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            show_default=False,
            help="A vision-language model: a folder, a hub id, or module:function of your own.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="JSON file with all captions.", show_default="DIR/captions.json"),
    ] = None,
    captions: CaptionFile = None,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", "-p", help="What the model is asked.", show_default="what is seen"),
    ] = None,
    frames: Annotated[int, typer.Option("--frames", min=1, help="Frames of a clip shown to the model.")] = 3,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Clips described at once.")] = 1,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=1, help="Tokens of a caption at most.")
    ] = 120,
    every_video: Annotated[
        bool, typer.Option("--every-video", help="A caption for each video, not for each scene.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace captions that are there.")] = False,
    device: DeviceOption = None,
    dtype: DtypeOption = "auto",
    as_json: JsonFlag = False,
) -> int:
    """Describe the scenes that have no caption yet.

    The first camera's clip of each scene is shown to the model. Captions that
    exist stay, unless --overwrite is given. A run that was stopped goes on where
    it was. Exit code 2: some clip could not be described.
    """
    with Output(as_json) as out:
        from recam.data.describe import describe_dataset
        from recam.data.describe_models import DEFAULT_PROMPT, CaptionOptions, load_captioner
        from recam.data.index import open_index
        from recam.files import check_output_path

        target = check_output_path(output or folder / "captions.json") if folder.is_dir() else folder
        found = open_index(folder, captions)
        quiet_libraries()
        options = CaptionOptions(
            prompt or DEFAULT_PROMPT, device, None if dtype == "auto" else dtype, max_tokens
        )
        out.stage(f"loading {model}")
        captioner = load_captioner(model, options)
        with out.progress("describing", None if every_video else len(found)) as update:
            report = describe_dataset(
                found,
                captioner,
                target,
                settings={"model": model, "prompt": options.prompt, "max_tokens": max_tokens},
                frames=frames,
                batch=batch,
                every_video=every_video,
                overwrite=overwrite,
                on_done=lambda done: update(done, None),
            )
        data = {
            "folder": str(folder),
            "output": str(report.output),
            "written": report.written,
            "resumed": report.resumed,
            "kept": report.kept,
            "failed": report.failed,
        }
        lines = [f"no caption: {line}" for line in report.failed[:SHOWN]]
        before = f", {report.resumed} of an earlier run" if report.resumed else ""
        lines.append(
            f"{report.output}: {many(report.written, 'caption')} written{before}, "
            f"{report.kept} there already, {len(report.failed)} failed"
        )
        source = found.captions.source
        if source is not None and source.resolve() != report.output.resolve():
            lines.append(f"{source} is read before it; give --captions {report.output} to the other commands")
        out.result(data, *lines)
    return USER_INPUT if report.failed else DONE
