"""Moving bad scenes of a data set aside; nothing is ever deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from recam.data.check_scene import Problem
from recam.data.index import DatasetIndex
from recam.errors import InputError, OutputError
from recam.files import make_folder

RECORD = "quarantine.jsonl"
"""In the folder of the scenes put aside: a line for each, with what was wrong."""


def open_quarantine(index: DatasetIndex, folder: str | os.PathLike[str]) -> Path:
    """The folder for bad scenes, made where it is missing; fails early when scenes could not go there.

    Raises:
        InputError: it lies in the data set, or the data set is a single scene.
        OutputError: it cannot be made, or lies on another disk, where moving would mean copying.
    """
    folder = Path(folder)
    if index.names == (".",):
        raise InputError(f"{index.root} is one scene; there is nothing to set it apart from")
    if folder.resolve().is_relative_to(index.root.resolve()):
        raise InputError(
            f"the quarantine {folder} lies in the data set {index.root}; choose a folder beside it"
        )
    made = make_folder(folder)
    if made.stat().st_dev != index.root.stat().st_dev:
        raise OutputError(made, f"is on another disk than {index.root}; choose a folder on the same one")
    return made


def move_aside(index: DatasetIndex, problems: Sequence[Problem], folder: Path) -> list[str]:
    """Move every scene with a problem to ``folder``, under the name that it has in the data set.

    Each scene moves in one step and is recorded in ``quarantine.jsonl`` with its problems.

    Returns:
        The names of the scenes moved; scenes whose folder is gone are none.

    Raises:
        OutputError: a scene of that name lies there already, or the move fails.
    """
    moved: list[str] = []
    for name in dict.fromkeys(problem.scene for problem in problems):
        source, target = index.root / name, folder / name
        if not source.is_dir():
            continue
        if target.exists():
            raise OutputError(target, "lies in quarantine already; choose another folder")
        make_folder(target.parent)
        reasons = [str(problem) for problem in problems if problem.scene == name]
        try:
            os.rename(source, target)
            with (folder / RECORD).open("a", encoding="utf-8") as record:
                record.write(json.dumps({"scene": name, "problems": reasons}, ensure_ascii=False) + "\n")
        except OSError as error:
            raise OutputError(
                target, f"cannot be written: {(error.strerror or str(error)).lower()}"
            ) from error
        moved.append(name)
    return moved
