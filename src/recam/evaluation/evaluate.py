"""The whole of ``recam evaluate``: read a manifest, score its rows, write the report."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recam.errors import ManifestError
from recam.evaluation.manifest import read_manifest
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.score import Record, score
from recam.evaluation.store import Store


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
    plan = make_plan(settings)
    rows = list(read_manifest(manifest, root))
    if not rows:
        raise ManifestError(manifest, "holds no clips")
    done = 0

    def count(record: Record) -> None:
        nonlocal done
        done += 1
        if on_row:
            on_row(done, len(rows), record)

    kept = Store(Path(store) if store else output / "cache")
    records = score(rows, plan, kept, workers=workers, ray=ray, on_row=count)
    return {"clips": len(records)}
