"""Commands killed as by a power cut, and folders compared byte for byte; for the tools beside this."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil


def start(words: Sequence[str]) -> subprocess.Popen[bytes]:
    """``recam WORDS`` in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "recam.apps.cli.main", *words],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def finish(words: Sequence[str]) -> None:
    """Run to the end.

    Raises:
        SystemExit: the command failed.
    """
    if start(words).wait():
        raise SystemExit(f"the command failed: recam {' '.join(words)}")


def kill(run: subprocess.Popen[bytes], whole: bool) -> None:
    """Kill a command, ``whole``: with its workers; these are gone when this returns.

    Raises:
        SystemExit: workers outlive the command.
    """
    workers = psutil.Process(run.pid).children(recursive=True)
    (os.killpg if whole else os.kill)(run.pid, signal.SIGKILL)
    run.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    if alive:
        raise SystemExit(f"{len(alive)} workers outlive the command")


def file_bytes(folder: Path) -> dict[str, bytes]:
    """Content of every file, by its path in ``folder``."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def differences(unbroken: Path, out: Path) -> list[str]:
    """Files that ``out`` has and the unbroken run's folder has not, lacks, or has otherwise."""
    ours, right = file_bytes(out), file_bytes(unbroken)
    return [f"{out.name}: {name}" for name in sorted({*ours, *right}) if ours.get(name) != right.get(name)]
