"""``recam evaluate score``: every figure of every clip of a manifest, and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recam.apps.cli.frame import DONE, JsonFlag, Output, quiet_libraries
from recam.errors import InputError

NAME = "score"
EXAMPLES = (
    "recam evaluate manifest.jsonl -o report",
    "recam evaluate score manifest.jsonl -o report --workers 2 --strict",
    "recam evaluate manifest.jsonl -o report --weights clip=openai/clip-vit-base-patch32 --device cuda",
    "recam evaluate manifest.jsonl -o report --vbench evaluation_results --only cameras --only vbench",
    "recam evaluate /shared/manifest.jsonl -o /shared/report --ray auto",
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command(NAME, epilog="\n\n".join(EXAMPLES))(score)


def score(
    manifest: Annotated[
        Path,
        typer.Argument(metavar="MANIFEST", help="One clip a line, as JSON.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder of the report.", show_default=False)
    ],
    weights: Annotated[
        list[str] | None,
        typer.Option(
            "--weights",
            metavar="NAME=SPEC",
            show_default=False,
            help="A network: a file, a folder or a hub id, each may end with #sha256=HEX. Names: inception, "
            "i3d, clip, loftr, dino, clip-b32, clip-l14, aesthetic, musiq, amt. Repeatable.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="MEASURE", help="Only this measure. Repeatable.", show_default="all"),
    ] = None,
    vbench: Annotated[
        Path | None,
        typer.Option(
            "--vbench",
            metavar="FILE|DIR",
            help="Results of VBench itself, to be taken over.",
            show_default=False,
        ),
    ] = None,
    pose_frames: Annotated[
        int, typer.Option("--pose-frames", min=3, max=200, help="Frames a clip's camera is solved from.")
    ] = 21,
    prepend_source: Annotated[
        bool,
        typer.Option(
            "--prepend-source", help="Solve with the source's first frame in front: ties the start."
        ),
    ] = False,
    device: Annotated[str, typer.Option("--device", help="Of networks: cpu, cuda, cuda:1 ...")] = "cpu",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")] = 0,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, help="Processes side by side.")] = 1,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            show_default=False,
            help="Score on this Ray cluster; auto: the one this machine belongs to.",
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            metavar="DIR",
            help="Where results are kept; runs may share it.",
            show_default="DIR/cache of -o",
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root", metavar="DIR", help="Folder that all files must lie in.", show_default="the manifest's"
        ),
    ] = None,
    worst: Annotated[
        int, typer.Option("--worst", min=0, max=1000, help="Clips shown as the worst, of each method.")
    ] = 8,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 where a figure was skipped or a clip is broken.")
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    """Score every clip of a manifest and write the report: report.json, clips.jsonl, report.md, index.html.

    A broken clip is a row with its reason. A figure without its weights is
    marked as skipped, with what to type, and never guessed. What was measured
    is kept by the content of the files: the same command goes on where a run
    was stopped or killed.
    """  # fmt: skip
    from recam.evaluation.evaluate import evaluate
    from recam.evaluation.plan import Settings

    with Output(as_json) as out:
        quiet_libraries()
        settings = Settings(
            _weights(weights or []), device, seed, pose_frames, prepend_source, vbench, tuple(only or ())
        )
        summary = evaluate(
            manifest, output, settings, store=cache, workers=workers, ray=ray, root=root, worst=worst
        )
        out.result(summary, f"{output}: written")
    return DONE


def _weights(given: list[str]) -> dict[str, str]:
    weights: dict[str, str] = {}
    for entry in given:
        name, equals, spec = entry.partition("=")
        if not (name and equals and spec):
            raise InputError(
                f"--weights {entry!r} must be NAME=SPEC, such as clip=openai/clip-vit-base-patch32"
            )
        if name in weights:
            raise InputError(f"--weights names {name} twice; give one")
        weights[name] = spec
    return weights
