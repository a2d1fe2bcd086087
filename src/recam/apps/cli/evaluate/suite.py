"""``recam evaluate suite``: the benchmark with true targets: render it, re-shoot it, score it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recam.apps.cli.evaluate.score import score_and_tell
from recam.apps.cli.frame import DONE, JsonFlag, Output
from recam.apps.cli.pace import pace
from recam.errors import InputError, OutputError

if TYPE_CHECKING:
    from recam.apps.cli.evaluate.suite_entries import Entry
    from recam.data.suite import Suite, Task

DEFAULT_SCENES = 8
"""What two cores render, re-shoot and score in half an hour, with all four entries."""
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
    ] = DEFAULT_SCENES,
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
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 where a figure was skipped or a clip is broken.")
    ] = False,
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
        from recam.apps.cli.evaluate.suite_entries import read_entry
        from recam.evaluation.claim import shared
        from recam.evaluation.plan import Settings
        from recam.worlds.suite_write import claim_folder

        chosen = [read_entry(text, seed, steps) for text in _entries(entry, results, size)]
        others = _results(results or [])
        names = [*(run.name for run in chosen), *others]
        if len(set(names)) < len(names):
            raise InputError(f"two methods have the same name ({', '.join(names)}); give another: NAME=...")
        if not names and not only_make:
            raise InputError("nothing is run or scored; give --entry or --results, or --only-make")
        if folder.exists() and not folder.is_dir():
            raise OutputError(folder, "is a file; give the name of a folder")
        claim_folder(folder, size)
        with shared(folder):
            made = _make(out, folder, size, scenes, workers)
            tasks = made.first(scenes)
            if only_make:
                data = {"suite": made.head, "folder": str(folder), "scenes": scenes, "tasks": len(tasks)}
                out.result(data, f"{folder / 'tasks.jsonl'}: {len(tasks)} tasks of {scenes} scenes")
                return DONE
            manifest = _collect(out, made, tasks, chosen, others, workers)
            report = output or folder / "report"
            settings = Settings(only=tuple(only or ()))
            return score_and_tell(
                out, manifest, report, settings, strict=strict, store=folder / "cache", workers=workers
            )


def _entries(
    given: list[str] | None, results: list[str] | None, size: Literal["small", "full"]
) -> tuple[str, ...]:
    """What is to be run: what the user says; else all that can be, or nothing beside others' results."""
    from recam.apps.cli.evaluate.suite_entries import DEFAULT_ENTRIES
    from recam.evaluation.baselines import BASELINES

    if given is not None:
        return tuple(text for text in given if text != "none")
    if results:
        return ()
    return DEFAULT_ENTRIES if size == "small" else BASELINES


def _make(out: Output, folder: Path, size: Literal["small", "full"], scenes: int, workers: int) -> Suite:
    """Render what is not there yet."""
    from recam.data.suite import read_suite
    from recam.worlds.suite_write import SceneMade, make_suite

    with pace("rendering scenes", scenes, out.shows_progress) as show:

        def on_scene(made: SceneMade) -> None:
            show(not made.kept, made.frames)

        make_suite(folder, size, scenes, workers, on_scene)
    return read_suite(folder)


def _collect(
    out: Output,
    made: Suite,
    tasks: tuple[Task, ...],
    chosen: list[Entry],
    others: dict[str, Path],
    workers: int,
) -> Path:
    """All videos in the suite's folder, and the manifest that names them."""
    from recam.apps.cli.evaluate.suite_entries import make_results
    from recam.evaluation.results import take_over, write_manifest

    with pace("making videos", len(tasks) * len(chosen), out.shows_progress, "videos") as show:
        make_results(made, tasks, chosen, workers, lambda new: show(new, 1))
    for name, videos in others.items():
        found = take_over(made, tasks, name, videos)
        if found < len(tasks):
            warnings.warn(
                f"{videos} has videos of {found} of {len(tasks)} tasks; the others count as broken",
                stacklevel=2,
            )
    return write_manifest(made, tasks, [*(run.name for run in chosen), *others])


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
