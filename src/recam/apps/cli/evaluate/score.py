"""``recam evaluate score``: every figure of every clip of a manifest, and the report."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import recam
from recam.apps.cli.data.shared import many
from recam.apps.cli.frame import DONE, FAULT, JsonFlag, Output
from recam.apps.cli.pace import pace
from recam.errors import InputError

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings
    from recam.evaluation.score import Record

NAME = "score"
SHOWN = 5
"""Broken clips on a terminal; the report has all."""
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
            "i3d, clip, loftr, loftr-indoor-new, dino, clip-b32, clip-l14, aesthetic, musiq, amt; matcher is "
            "FILE.py:FUNCTION of your own (docs/evaluation.md). Repeatable.",
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
        int, typer.Option("--worst", min=0, max=1000, help="Clips shown as the worst by each main figure.")
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
    from recam.evaluation.plan import Settings

    with Output(as_json) as out:
        chosen = _weights(weights or [])
        # For workers too, and without importing the libraries, which takes seconds and is rarely needed.
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        settings = Settings(chosen, device, seed, pose_frames, prepend_source, vbench, tuple(only or ()))
        return score_and_tell(
            out, manifest, output, settings, strict=strict,
            store=cache, workers=workers, ray=ray, root=root, worst=worst,
        )  # fmt: skip


def score_and_tell(
    out: Output, manifest: Path, output: Path, settings: Settings, *, strict: bool = False, **how: Any
) -> int:
    """Score a manifest with a bar, say what came out, and return the exit code.

    Args:
        how: further arguments of :func:`recam.evaluation.evaluate.evaluate`.

    Raises:
        InputError: no clip could be scored, or ``strict`` and something is missing; as ``evaluate``.
    """
    from recam.evaluation.evaluate import evaluate

    faults: list[str] = []
    with contextlib.ExitStack() as bar:
        show: Callable[[bool, int], None] | None = None

        def on_row(done: int, total: int, record: Record) -> None:
            nonlocal show
            if show is None:
                shown = out.shows_progress
                show = bar.enter_context(pace("scoring clips", total, shown, "clips"))
            show(True, 1)
            if record.fault and not faults:
                faults.append(record.fault)
            if done == total:
                bar.close()
                out.stage("writing the report")

        out.stage("reading the manifest")
        summary = evaluate(manifest, output, settings, on_row=on_row, **how)
    out.result(summary, *_lines(summary, output))
    if faults:
        print(faults[0], file=sys.stderr)
        print(
            f"recam evaluate: recam {recam.__version__} itself failed at some clips, which is no fault of "
            "your input; the report is written; please report the lines above", file=sys.stderr,
        )  # fmt: skip
        return FAULT
    _check(summary, output, strict)
    return DONE


def _check(summary: dict[str, Any], output: Path, strict: bool) -> None:
    """Raises:
    InputError: no clip could be scored, or ``strict`` and something is missing.
    """
    clips, skipped = summary["clips"], sum(len(entry["figures"]) for entry in summary["skipped"])
    if not clips["scored"]:
        first = summary["broken"]["first"][0]
        raise InputError(f"no clip could be scored; the first, {first['id']}: {first['reason']}")
    missing = [
        *([f"{many(skipped, 'figure')} skipped"] if skipped else []),
        *([f"{many(clips['broken'], 'clip')} broken"] if clips["broken"] else []),
    ]
    if strict and missing:
        raise InputError(f"--strict: {', '.join(missing)}; {output / 'report.md'} says which and why")


def _lines(summary: dict[str, Any], output: Path) -> list[str]:
    """What a terminal shows: the main figures of each method, what is missing, where the report is."""
    from recam.evaluation.measure import Figure
    from recam.evaluation.report.words import head, main_figures, plain, rate_of, value_of

    figures = tuple(Figure(name, **entry) for name, entry in summary["figures"].items())
    lines: list[str] = []
    for method, found in summary["methods"].items():
        cells, clips = found["figures"], found["clips"]
        broken = f", {clips['broken']} broken" if clips["broken"] else ""
        lines.append(f"{plain(method, 60)}: {many(clips['rows'], 'clip')}{broken}")
        told = [
            f
            for f in main_figures(figures, 20)
            if f.name in cells and cells[f.name]["status"] in ("measured", "failed")
        ]
        for figure in told:
            cell = cells[figure.name]
            failed = "" if "samples" in cell else "failed "
            lines.append(f"  {head(figure):44} {value_of(cell, figure):>10}   {failed}{rate_of(cell)}")
    for entry in summary["skipped"]:
        names = ", ".join(entry["figures"][:4]) + (" ..." if len(entry["figures"]) > 4 else "")
        lines.append(f"skipped: {names}: needs {entry['needs']}; {entry['how']}")
    broken = summary["broken"]
    lines += [
        f"broken: {plain(row['id'], 60)}: {plain(row['reason'], 200)}" for row in broken["first"][:SHOWN]
    ]
    if broken["count"] > SHOWN:
        lines.append(f"broken: {broken['count'] - SHOWN} more, all in {output / 'clips.jsonl'}")
    clips = summary["clips"]
    lines.append(f"{output / 'index.html'}: the report of {many(clips['scored'], 'clip')} of {clips['rows']}")
    return lines


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
