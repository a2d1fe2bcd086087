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
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from killing import differences, file_bytes, finish, kill, start


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
        finish(_words(unbroken, command))
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
            faults += differences(unbroken, out)
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
    finish(_words(out, command))
    return faults + differences(unbroken, out), kills


def _kill_at(out: Path, command: Sequence[str], moment: float, whole: bool, early: bool) -> bool:
    """Whether the command was still running then."""
    left = set(out.glob("train/*/.scene*.part"))  # by the kill before
    run = start(_words(out, command))
    until = time.monotonic() + moment if early else None
    while run.poll() is None and (until is None or time.monotonic() < until):
        if until is None and set(out.glob("train/*/.scene*.part")) - left:
            until = time.monotonic() + moment
        time.sleep(0.005)
    if run.poll() is not None:
        if run.returncode:
            raise SystemExit(f"the command failed in {out}")
        return False
    kill(run, whole)
    return True


def _words(out: Path, command: Sequence[str]) -> list[str]:
    return ["world", "render", str(out), *command]


def _scenes(out: Path) -> dict[str, dict[str, bytes]]:
    """By name of the scenes that have one: their files."""
    return {
        f"{folder.parent.name}/{folder.name}": file_bytes(folder)
        for folder in out.glob("train/*/scene*")
        if folder.is_dir()
    }


if __name__ == "__main__":
    sys.exit(main())
