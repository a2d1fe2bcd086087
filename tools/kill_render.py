"""Kill `recam world render` at random moments, again and again, and see that nothing is lost.

    python tools/kill_render.py --times 20                      # mujoco, 16 scenes, two workers

First the world is rendered without a break. Then the same command is started in another folder and killed
with SIGKILL at a random moment after its first scene was begun (one time in five: at a moment before), the
command alone or with all its workers, as a power cut does. It is started again until it was killed so often;
a world that gets done is put aside and another begun. After each kill: every scene that has its name is byte
for byte that of the unbroken run, and none that was there before is missing. Worlds that get done, and the
last one at the end, have all files of the unbroken run and no others. Ends with one JSON line; the exit code
is 1 where anything was lost or half.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="kills")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--scenes", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the worlds here; default: a temporary folder")
    parser.add_argument(
        "render",
        nargs="*",
        default=["--size", "64", "--frames", "9"],
        help="options of the command, after --",
    )
    args = parser.parse_args()
    command = ["--scenes", str(args.scenes), "--workers", str(args.workers), *args.render]
    with tempfile.TemporaryDirectory() as temporary:
        base = args.folder or Path(temporary)
        unbroken = base / "unbroken"
        began = time.monotonic()
        _finish(unbroken, command)
        seconds = time.monotonic() - began
        print(f"unbroken: {args.scenes} scenes in {seconds:.1f} s")
        faults, kills = _kill_often(base, unbroken, command, args.times, seconds, random.Random(args.seed))
    print(json.dumps({"kills": kills, "faults": faults}))
    return 1 if faults else 0


def _kill_often(
    base: Path, unbroken: Path, command: Sequence[str], times: int, seconds: float, rng: random.Random
) -> tuple[list[str], int]:
    """(what was lost or half, number of kills); prints a line for each."""
    right = _scenes(unbroken)
    faults: list[str] = []
    kills, world = 0, 0
    while kills < times:
        out = base / f"killed{world}"
        before = set(_scenes(out))
        whole = rng.random() < 0.5
        early = rng.random() < 0.2
        moment = rng.uniform(0, 2 if early else 0.4 * seconds)
        if not _kill_at(out, command, moment, whole, early):
            world += 1  # it was done before the moment came
            faults += _compare(unbroken, out)
            continue
        kills += 1
        after = _scenes(out)
        lost = sorted(before - set(after))
        half = sorted(name for name, files in after.items() if files != right[name])
        faults += [f"{out.name}: lost {name}" for name in lost] + [
            f"{out.name}: half {name}" for name in half
        ]
        hidden = len(list(out.rglob(".scene*.part")))
        since = "start" if early else "first scene"
        print(
            f"kill {kills:3}  {out.name:8}  {moment:5.2f} s after the {since:11}  "
            f"{'all processes' if whole else 'the command  '}  whole scenes {len(before):3} -> {len(after):3}"
            f"  begun {hidden}  half {len(half)}  lost {len(lost)}",
            flush=True,
        )
    _finish(out, command)
    return faults + _compare(unbroken, out), kills


def _start(out: Path, command: Sequence[str]) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "recam.apps.cli.main", "world", "render", str(out), *command]
    return subprocess.Popen(
        words,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def _finish(out: Path, command: Sequence[str]) -> None:
    if _start(out, command).wait():
        raise SystemExit(f"the command failed in {out}")


def _kill_at(out: Path, command: Sequence[str], moment: float, whole: bool, early: bool) -> bool:
    """Whether the command was still running then; its workers are gone when this returns."""
    left = set(out.glob("train/*/.scene*.part"))  # by the kill before
    run = _start(out, command)
    until = time.monotonic() + moment if early else None
    while run.poll() is None and (until is None or time.monotonic() < until):
        if until is None and set(out.glob("train/*/.scene*.part")) - left:
            until = time.monotonic() + moment
        time.sleep(0.005)
    if run.poll() is not None:
        if run.returncode:
            raise SystemExit(f"the command failed in {out}")
        return False
    workers = psutil.Process(run.pid).children(recursive=True)
    (os.killpg if whole else os.kill)(run.pid, signal.SIGKILL)
    run.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    if alive:
        raise SystemExit(f"{len(alive)} workers outlive the command")
    return True


def _scenes(out: Path) -> dict[str, dict[str, bytes]]:
    """By name of the scenes that have one: their files."""
    return {
        f"{folder.parent.name}/{folder.name}": _files(folder)
        for folder in out.glob("train/*/scene*")
        if folder.is_dir()
    }


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _compare(unbroken: Path, out: Path) -> list[str]:
    """What a finished world has that the unbroken one has not, lacks, or has otherwise."""
    ours, right = _files(out), _files(unbroken)
    return [f"{out.name}: {name}" for name in sorted({*ours, *right}) if ours.get(name) != right.get(name)]


if __name__ == "__main__":
    sys.exit(main())
