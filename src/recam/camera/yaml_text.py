"""YAML of unknown origin, read through its events into plain texts, lists and mappings.

No tags, no aliases, no guessing (in YAML 1.1 ``no`` is false and ``1:30`` is 90), no entry given twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recam.camera.formats.json_text import short
from recam.errors import CameraFileError

_MAX_DEPTH = 16


def load_yaml(path: Path, text: str) -> object:
    """The YAML document as mappings, lists and texts (numbers too).

    Raises:
        CameraFileError: it is broken, or uses what recam does not read in a file of unknown origin.
    """
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the compiled one is ten times faster

    def refuse(event: Any, reason: str) -> CameraFileError:
        return CameraFileError(path, f"line {event.start_mark.line + 1}: {reason}")

    # Each open list or mapping, with the name that its next value gets.
    open_: list[tuple[Any, list[str]]] = []
    root: list[object] = []

    def put(event: Any, value: object) -> None:
        if not open_:
            root.append(value)
            return
        holder, pending = open_[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif pending:
            holder[pending.pop()] = value
        elif not isinstance(value, str):
            raise refuse(event, "the name of an entry must be a text")
        elif value in holder:
            raise refuse(event, f"the entry {short(value)} is given twice")
        else:
            pending.append(value)

    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                raise refuse(
                    event, f"*{event.anchor[:40]} is a YAML alias, which recam does not read; write it out"
                )
            if isinstance(event, yaml.DocumentStartEvent) and root:
                raise refuse(event, "a second document starts; recam reads files of one")
            if isinstance(event, yaml.ScalarEvent):
                put(event, event.value)
            elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                if len(open_) >= _MAX_DEPTH:
                    raise refuse(event, "is nested too deeply")
                holder: object = [] if isinstance(event, yaml.SequenceStartEvent) else {}
                put(event, holder)
                open_.append((holder, []))
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                open_.pop()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise CameraFileError(path, f"is broken YAML: {problem}{where}") from error
    if not root:
        raise CameraFileError(path, "is empty")
    return root[0]
