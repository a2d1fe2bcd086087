"""``recam evaluate build``: a manifest from the folders of sources and of methods' results."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recam.apps.cli.data.shared import many
from recam.apps.cli.frame import DONE, USER_INPUT, JsonFlag, Output
from recam.apps.cli.lens_options import FocalMmOption, FovOption, SensorMmOption
from recam.errors import InputError

if TYPE_CHECKING:
    from recam.evaluation.build import Built

NAME = "build"
SHOWN = 12
"""Lines of one kind on a terminal; --json has all."""
EXAMPLES = (
    "recam evaluate build --sources videos --results results -o manifest.jsonl",
    "recam evaluate build --sources example_test_data --results ours=results --presets published "
    "-o manifest.jsonl",
    "recam evaluate build --sources davis --results rcm=rcm/results --results gcd=gcd/output "
    "--captions captions.json -o manifest.jsonl",
    "recam evaluate build --sources davis --results out --pattern '{source}/{preset}_{seed}.mp4' --dry-run",
    "recam evaluate build --world world --source-camera cam11 --results mine=out -o manifest.jsonl",
)


def register(group: typer.Typer) -> None:
    """Add the command to ``group``."""
    group.command(NAME, epilog="\n\n".join(EXAMPLES))(build)


def build(
    results: Annotated[
        list[str],
        typer.Option(
            "--results",
            metavar="[METHOD=]DIR",
            show_default=False,
            help="Results of a method; without a name, the folder's is taken. Repeatable.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            show_default=False,
            help="The manifest. It lies in the folder that holds sources and results, or give --root.",
        ),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(
            "--sources",
            metavar="DIR",
            show_default=False,
            help="Folder of the source videos, or one with videos/ and metadata.csv in it.",
        ),
    ] = None,
    world: Annotated[
        Path | None,
        typer.Option(
            "--world",
            metavar="DIR",
            show_default=False,
            help="A multi-camera data set instead (recam data index DIR): sources, cameras and true videos "
            "at once; results are named SCENE__CAMERA.",
        ),
    ] = None,
    source_camera: Annotated[
        str,
        typer.Option(
            "--source-camera",
            metavar="NAME",
            help="The camera that filmed the source, of --world or of one file of several --cameras.",
            show_default="each scene's first; each path's own",
        ),
    ] = "",
    layout: Annotated[
        list[str] | None,
        typer.Option(
            "--layout",
            metavar="[METHOD=]NAME",
            show_default="found by the files",
            help="plain (SOURCE__PRESET.mp4), preset-folders, source-folders, recammaster, "
            "trajectorycrafter, gcd, das, trajectory-attention. Repeatable.",
        ),
    ] = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(
            "--pattern",
            metavar="[METHOD=]PATTERN",
            show_default=False,
            help="Any other layout: a path below the results with {source} or {index}, {preset}, {seed}, "
            "{any}. Repeatable.",
        ),
    ] = None,
    presets: Annotated[
        str,
        typer.Option(
            "--presets",
            metavar="NAMES",
            show_default="all that are found",
            help="Expected of every source, with commas; published: the ten published ones.",
        ),
    ] = "",
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            metavar="NAME",
            show_default=False,
            help="Of all results, where their paths name none.",
        ),
    ] = "",
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="THEIRS=PRESET",
            show_default=False,
            help="What a method's name for a preset means. Repeatable.",
        ),
    ] = None,
    captions: Annotated[
        Path | None,
        typer.Option(
            "--captions",
            metavar="FILE",
            help="metadata.csv, .jsonl or .json.",
            show_default="the one beside the sources",
        ),
    ] = None,
    cameras: Annotated[
        str,
        typer.Option(
            "--cameras",
            metavar="DIR|FILE|PATTERN",
            show_default="the presets as recam has them",
            help="Camera files by source and preset, by preset, or by source; or one file with several "
            "cameras, whose names are the presets.",
        ),
    ] = "",
    targets: Annotated[
        str,
        typer.Option(
            "--targets",
            metavar="DIR|PATTERN",
            show_default=False,
            help="True videos, such as 'truth/{source}__{preset}.mp4'.",
        ),
    ] = "",
    poses: Annotated[
        str,
        typer.Option(
            "--poses",
            metavar="DIR|PATTERN",
            show_default=False,
            help="Cameras of the results as another estimator found them, such as "
            "'vipe/{method}/{source}__{preset}.npz'.",
        ),
    ] = "",
    fov: FovOption = None,
    focal_mm: FocalMmOption = None,
    sensor_mm: SensorMmOption = None,
    source_frames: Annotated[
        list[str] | None,
        typer.Option(
            "--source-frames",
            metavar="[METHOD=]START:STRIDE",
            show_default="by the rates of the videos",
            help="The source's frames that a method read, where it writes another rate: 0:2 is every second "
            "from the first. ReCamMaster's layout has 0:1 by itself. Repeatable.",
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method", metavar="NAME", help="Name of the method, of one folder.", show_default=False
        ),
    ] = "",
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            metavar="DIR",
            show_default="the manifest's",
            help="Folder that holds all files; recam evaluate needs it too.",
        ),
    ] = None,
    no_missing: Annotated[
        bool, typer.Option("--no-missing", help="Make no rows of results that are missing; they are counted.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the table and write nothing.")] = False,
    as_json: JsonFlag = False,
) -> int:
    """Make a manifest for recam evaluate from what methods left in their folders.

    Every source under every preset is expected of every method: what is
    missing is told, and becomes a row that scoring reports as broken. Ends with
    exit code 2 where something is missing or a file could not be placed; the
    manifest is written all the same.
    """  # fmt: skip
    from recam.evaluation.build import Recipe, build_manifest

    with Output(as_json) as out:
        if output is None and not dry_run:
            raise InputError("say where the manifest goes with -o FILE, or look at it with --dry-run")
        folders = _results(results, method)
        recipe = Recipe(
            folders, sources, world, source_camera, _layouts(layout or [], pattern or [], folders), preset,
            tuple(name.strip() for name in presets.split(",") if name.strip()),
            dict(_pair("--rename", entry) for entry in rename or []),
            captions, cameras, targets, poses, _fov(fov, focal_mm, sensor_mm),
            _paces(source_frames or [], folders), root, not no_missing,
        )  # fmt: skip
        out.stage("looking for results")
        built = build_manifest(output, recipe, write=not dry_run)
        written = None if dry_run else output
        out.result(_data(built, written), *_lines(built, written))
    return DONE if built.complete else USER_INPUT


def _results(given: list[str], method: str) -> dict[str, Path]:
    if method and len(given) > 1:
        raise InputError("--method names one folder of results; with several, write --results METHOD=DIR")
    found: dict[str, Path] = {}
    for entry in given:
        name, equals, folder = entry.partition("=")
        if not equals or Path(entry).is_dir():
            name, folder = "", entry
        name = method or name or Path(folder).resolve().name
        if name in found:
            raise InputError(f"--results names {name} twice; tell them apart with METHOD=DIR")
        found[name] = Path(folder)
    return found


def _layouts(layouts: list[str], patterns: list[str], methods: dict[str, Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for option, entries in (("--layout", layouts), ("--pattern", patterns)):
        for entry in entries:
            method, equals, text = entry.partition("=")
            if not equals or method not in methods:
                method, text = "", entry
            if option == "--pattern" and "{" not in text:
                raise InputError(f"--pattern {entry!r} has no field such as {{source}}")
            if method in found:
                whose = f"method {method}" if method else "all methods"
                raise InputError(f"--layout and --pattern say twice where results of {whose} lie; give one")
            found[method] = text
    return found


def _paces(given: list[str], methods: dict[str, Path]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for entry in given:
        method, equals, text = entry.rpartition("=")
        start, _, stride = text.partition(":")
        if not (start.isdecimal() and stride.isdecimal() and int(stride)) or (
            equals and method not in methods
        ):
            raise InputError(
                f"--source-frames {entry!r} must be START:STRIDE, such as 0:2, or METHOD=START:STRIDE"
            )
        found[method] = int(start), int(stride)
    return found


def _pair(option: str, entry: str) -> tuple[str, str]:
    theirs, equals, ours = entry.partition("=")
    if not (theirs and equals and ours):
        raise InputError(f"{option} {entry!r} must be THEIRS=PRESET, such as spiral=orbit-left")
    return theirs, ours


def _fov(fov: float | None, focal_mm: float | None, sensor_mm: float | None) -> float | None:
    """The horizontal angle of view in degrees: the manifest has one way to say a lens."""
    from recam.apps.cli.lens_options import LensChoice

    lens = LensChoice(fov, focal_mm, sensor_mm).lens(1000, 1000)
    return None if lens is None else round(math.degrees(2 * math.atan(500 / lens.fx)), 6)


def _data(built: Built, output: Path | None) -> dict[str, Any]:
    return {
        "output": None if output is None else str(output),
        "rows": len(built.rows),
        "sources": built.sources,
        "presets": list(built.presets),
        "methods": {
            name: {
                "layout": counts.layout, "found": counts.found, "missing": counts.missing,
                "ignored": counts.ignored,
            }
            for name, counts in built.methods.items()
        },
        "missing": built.missing,
        "problems": [vars(problem) for problem in built.problems],
        "lacking": built.lacking,
    }  # fmt: skip


def _lines(built: Built, output: Path | None) -> list[str]:
    sources, presets = many(built.sources, "source"), many(len(built.presets), "preset")
    lines = [f"{sources}, {presets}: {', '.join(built.presets)}"]
    for name, counts in built.methods.items():
        text = f"{name} ({counts.layout}): {counts.found} found, {counts.missing} missing"
        ignored = len(counts.ignored)
        lines.append(text + (f", {ignored} other videos ignored, as {counts.ignored[0]}" if ignored else ""))
    lines += [f"{many(count, 'row')} without {key}" for key, count in built.lacking.items()]
    lines += _some("missing", built.missing)
    lines += _some("not placed", [_placed(problem) for problem in built.problems])
    if output is None:
        lines += _some("row", [f"{row['id']}: {row['source']} -> {row['generated']}" for row in built.rows])
    else:
        lines.append(f"{output}: {many(len(built.rows), 'row')}")
    return lines


def _placed(problem: Any) -> str:
    return f"{problem.path}: {problem.kind}: {problem.reason}" if problem.path else problem.reason


def _some(what: str, entries: list[str]) -> list[str]:
    more = [f"{what}: {len(entries) - SHOWN} more (--json has all)"] if len(entries) > SHOWN else []
    return [f"{what}: {entry}" for entry in entries[:SHOWN]] + more
