"""``recam evaluate suite``: the benchmark with true targets: render it, re-shoot it, score it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from recam.apps.cli.frame import DONE, JsonFlag, Output, quiet_libraries
from recam.apps.cli.pace import pace
from recam.errors import InputError, OutputError

_MADE = "Entries"
_MACHINE = "Machines"
EXAMPLES = (
    "[dim]Render the suite, run the three baselines and the bundled model, write the report:[/dim]",
    "recam evaluate suite bench -o bench-report --workers 2",
    "[dim]Two scenes are enough to see how it goes:[/dim]",
    "recam evaluate suite bench -o bench-report --scenes 2",
    "[dim]Your own model, as recam render --model takes it, beside the true-depth warp:[/dim]",
    "recam evaluate suite bench -o bench-report --entry depth-warp --entry mine=runs/step2000",
    "[dim]Any other method: render the tasks, make theirs/TASK_ID.mp4 for each line of bench/tasks.jsonl, "
    "score them:[/dim]",
    "recam evaluate suite bench --only-make",
    "recam evaluate suite bench -o bench-report --results theirs=path/to/theirs",
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command("suite", epilog="\n\n".join(EXAMPLES))(suite)


def suite(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the suite is, or shall be.", show_default=False)
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="Folder of the report.", show_default="FOLDER/report"
        ),
    ] = None,
    size: Annotated[
        Literal["small", "full"],
        typer.Option(
            "--size", help="small: 17 frames of 256x256, 8 a second; full: 81 of 832x480, 15 a second."
        ),
    ] = "small",
    scenes: Annotated[
        int, typer.Option("--scenes", "-n", min=1, help="How many scenes, from the first on.")
    ] = 10,
    entry: Annotated[
        list[str] | None,
        typer.Option(
            "--entry",
            metavar="NAME|MODEL|NAME=MODEL",
            rich_help_panel=_MADE,
            help="A baseline or a model to run; none runs nothing. Repeatable.",
            show_default="source-copy, plane-warp, depth-warp; small: tiny too",
        ),
    ] = None,
    results: Annotated[
        list[str] | None,
        typer.Option(
            "--results",
            metavar="NAME=DIR",
            rich_help_panel=_MADE,
            show_default=False,
            help="Videos of any other method: DIR/TASK_ID.mp4, tasks as in FOLDER/tasks.jsonl. Repeatable.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, rich_help_panel=_MADE, help="Of models' noise.")] = 0,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps", min=1, rich_help_panel=_MADE, help="Sampling steps.", show_default="the model's"
        ),
    ] = None,
    only_make: Annotated[bool, typer.Option("--only-make", help="Render the suite and stop.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="MEASURE", help="Only this measure. Repeatable.", show_default="all"),
    ] = None,
    workers: Annotated[
        int,
        typer.Option("--workers", "-j", min=1, rich_help_panel=_MACHINE, help="Processes side by side."),
    ] = 1,
    as_json: JsonFlag = False,
) -> int:
    """Score methods on a fixed set of re-shooting tasks whose true videos are known.

    Each scene has a still and a moving source, the ten presets, two drawn paths
    and two lens changes. What is rendered, made and measured already is kept:
    the same command goes on where a run was stopped. FOLDER/manifest.jsonl is
    what is scored; recam evaluate FOLDER/manifest.jsonl adds what needs weights.
    """
    with Output(as_json) as out:
        from recam.apps.cli.evaluate.suite_entries import DEFAULT_ENTRIES, make_results, read_entry
        from recam.data.suite import read_suite
        from recam.evaluation.baselines import BASELINES
        from recam.evaluation.evaluate import evaluate
        from recam.evaluation.plan import Settings
        from recam.evaluation.results import take_over, write_manifest
        from recam.worlds.suite_write import SceneMade, make_suite

        quiet_libraries()
        default = () if results else DEFAULT_ENTRIES if size == "small" else BASELINES
        chosen = [
            read_entry(text, seed, steps) for text in (default if entry is None else entry) if text != "none"
        ]
        others = _results(results or [])
        names = [*(run.name for run in chosen), *others]
        if len(set(names)) < len(names):
            raise InputError(f"two methods have the same name ({', '.join(names)}); give another: NAME=...")
        if not names and not only_make:
            raise InputError("nothing is run or scored; give --entry or --results, or --only-make")
        if folder.exists() and not folder.is_dir():
            raise OutputError(folder, "is a file; give the name of a folder")
        with pace("rendering scenes", scenes, out.shows_progress) as show:

            def on_scene(made: SceneMade) -> None:
                show(not made.kept, made.frames)

            make_suite(folder, size, scenes, workers, on_scene)
        made = read_suite(folder)
        tasks = made.first(scenes)
        data: dict[str, Any] = {
            "suite": made.head,
            "folder": str(folder),
            "scenes": scenes,
            "tasks": len(tasks),
        }
        if only_make:
            out.result(data, f"{folder}: {scenes} scenes, {len(tasks)} tasks in {folder / 'tasks.jsonl'}")
            return DONE
        with out.progress("making videos", len(tasks) * len(chosen)) as update:
            make_results(made, tasks, chosen, workers, lambda done: update(done, None))
        data["videos"] = {run.name: len(tasks) for run in chosen}
        for name, videos in others.items():
            data["videos"][name] = take_over(made, tasks, name, videos)
        manifest = write_manifest(made, tasks, names)
        report = output or folder / "report"
        with out.progress("scoring", len(tasks) * len(names)) as update:
            summary = evaluate(
                manifest,
                report,
                Settings(only=tuple(only or ())),
                store=folder / "cache",
                workers=workers,
                on_row=lambda done, total, _: update(done, total),
            )
        data |= {"manifest": str(manifest), "report": str(report), "summary": summary}
        out.result(data, f"{report}: {len(tasks)} tasks, {', '.join(names)}")
    return DONE


def _results(given: list[str]) -> dict[str, Path]:
    from recam.evaluation.results import check_method

    found: dict[str, Path] = {}
    for text in given:
        name, equals, folder = text.partition("=")
        if not (name and equals and folder):
            raise InputError(f"--results {text!r} must be NAME=DIR, such as mymethod=outputs/mymethod")
        if name in found:
            raise InputError(f"--results names {name} twice; give each method another name")
        found[check_method(name)] = Path(folder)
    return found
