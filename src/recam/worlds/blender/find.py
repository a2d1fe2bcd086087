"""Finding a Blender: a Python that has the module ``bpy``, or the ``blender`` program."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from recam.errors import MachineError

ENVIRONMENT_VARIABLE = "RECAM_BLENDER"
FOLDER = Path(".venv-blender")
"""Where ``make blender`` puts it, below the current folder."""
HOW_TO_GET_IT = (
    "get it with: make blender, or python3.11 -m venv .venv-blender && .venv-blender/bin/pip install "
    "bpy==5.0.1; or give another Blender with --blender or RECAM_BLENDER"
)
_PROBE_SECONDS = 120


@dataclass(frozen=True)
class Blender:
    """A Blender that can be started."""

    program: Path
    """A Python with ``bpy``, or the ``blender`` program."""
    is_python: bool

    def command(self, script: Path) -> list[str]:
        """The command line that runs ``script`` in it, without a window and without the user's settings."""
        if self.is_python:
            return [str(self.program), "-I", "-B", "-u", str(script)]
        options = ["-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "--python"]
        return [str(self.program), *options, str(script)]


def find_blender(blender: str | os.PathLike[str] | None = None) -> Blender:
    """The Blender to use: ``blender``, or ``$RECAM_BLENDER``, ``.venv-blender`` in the current folder, this
    Python where it has ``bpy``, or ``blender`` on the search path, in that order.

    Args:
        blender: a Python that has ``bpy``, or the ``blender`` program.

    Raises:
        MachineError: there is none, or the one that was named is none.
    """
    for named, source in ((blender, "--blender"), (os.environ.get(ENVIRONMENT_VARIABLE), "RECAM_BLENDER")):
        if named:
            return _named(Path(named).expanduser(), source)
    for folder in (FOLDER / "bin", FOLDER / "Scripts"):
        for name in ("python", "python.exe"):
            if (folder / name).exists() and _has_bpy(str((folder / name).absolute())):
                return Blender((folder / name).absolute(), True)
    if importlib.util.find_spec("bpy") is not None:
        return Blender(Path(sys.executable), True)
    found = shutil.which("blender")
    if found:
        return Blender(Path(found), False)
    raise MachineError(f"no Blender found; {HOW_TO_GET_IT}")


def _named(path: Path, source: str) -> Blender:
    found = shutil.which(str(path))
    if found is None:
        raise MachineError(f"{source} {path}: there is no such program; {HOW_TO_GET_IT}")
    # Not resolved: the Python of a virtual environment is a link, and knows its packages by its own place.
    program = Path(found).absolute()
    if "python" not in program.name.lower():
        return Blender(program, False)
    if not _has_bpy(str(program)):
        raise MachineError(f"{source} {path}: this Python has no module bpy; {HOW_TO_GET_IT}")
    return Blender(program, True)


@lru_cache
def _has_bpy(python: str) -> bool:
    """Whether that Python has the module, without importing it (seconds)."""
    code = "import importlib.util as u, sys; sys.exit(u.find_spec('bpy') is None)"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, timeout=_PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
