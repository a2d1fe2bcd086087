"""The whole of ``recam evaluate``: read a manifest, score its rows, write the report."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import recam
from recam.errors import ManifestError
from recam.evaluation.claim import claimed, shared
from recam.evaluation.manifest import Rows, read_manifest
from recam.evaluation.plan import Plan, Settings, make_plan
from recam.evaluation.report import write_report
from recam.evaluation.score import Record, score
from recam.evaluation.store import Store, content_hash
from recam.evaluation.summary import summarise
from recam.evaluation.weights import find_weights


def evaluate(
    manifest: str | os.PathLike[str],
    output: str | os.PathLike[str],
    settings: Settings = Settings(),
    *,
    store: str | os.PathLike[str] | None = None,
    workers: int = 1,
    ray: str | None = None,
    worst: int = 8,
    root: str | os.PathLike[str] | None = None,
    on_row: Callable[[int, int, Record], None] | None = None,
) -> dict[str, Any]:
    """Score the clips of a manifest and write the report into the folder ``output``.

    Args:
        store: folder of kept results, which several runs may share; default: ``output/cache``.
        workers: processes side by side.
        ray: address of a Ray cluster to use instead; its machines must see all folders under the same paths.
        worst: clips that the report shows as the worst.
        root: folder that all files must lie in; default: the manifest's.
        on_row: called with (rows done, rows in all, the row's record), in any order of rows.

    Returns:
        the content of ``report.json``.

    Raises:
        ManifestError: the manifest cannot be read, or holds no clip.
        InputError: settings that cannot be.
        CheckpointError: weights that cannot be used.
        OutputError: ``output`` or ``store`` cannot be written.
        MachineError: a worker died, or this machine cannot do what is asked.
    """
    manifest, output = Path(manifest), Path(output)
    lines = read_manifest(manifest, root)
    plan = make_plan(settings)
    about = _about(manifest, settings, plan)
    with claimed(output), shared(kept := Path(store) if store else output / "cache"):
        rows = Rows(lines, kept)
        if not len(rows):
            raise ManifestError(manifest, "holds no clips")
        done = 0

        def count(record: Record) -> None:
            nonlocal done
            done += 1
            if on_row:
                on_row(done, len(rows), record)

        place = Store(kept.absolute())
        must_see = (manifest.absolute(),)
        records = score(rows, plan, place, workers=workers, ray=ray, must_see=must_see, on_row=count)
        summary = summarise(records, plan, place, about)
        write_report(output, summary, records, plan, worst=worst, base=manifest.parent)
    return summary


def _about(manifest: Path, settings: Settings, plan: Plan) -> dict[str, Any]:
    """What a report says of its run: what would change a figure, and neither this machine nor the time."""
    chosen = {**asdict(settings), "vbench": None if settings.vbench is None else settings.vbench.name}
    chosen["weights"] = {name: _shown(name, spec) for name, spec in sorted(settings.weights.items())}
    try:
        content = content_hash(manifest)
    except OSError as error:
        raise ManifestError(manifest, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    return {
        "recam": recam.__version__,
        "manifest": manifest.name,
        "manifest_sha256": content,
        "settings": {**chosen, "only": list(settings.only)},
        "measures": {measure.name: measure.key for measure in (*plan.measures, *plan.set_measures)},
    }


def _shown(name: str, spec: str) -> dict[str, str]:
    """A network by its checksum and as it was named, without the folders of this machine."""
    place = spec.rpartition("#sha256=")[0] or spec
    if name == "matcher":  # the user's own code, whose checksum is in the measure's key
        return {"from": Path(place).name}
    shown = Path(place).name if Path(place).expanduser().exists() else place
    return {"from": shown, "sha256": find_weights(name, spec).sha256}
