"""Kill `recam evaluate` at random moments, again and again, and see that the report comes out the same.

    python tools/kill_evaluate.py --times 20                    # 60 clips, two workers

First the clips are scored without a break. Then the same command is started with another folder and killed
with SIGKILL at a random moment, the command alone or with all its workers, as a power cut does, and started
again until it was killed so often; a report that gets done is compared and another begun. After each kill:
every kept result that has its name is byte for byte that of the unbroken run, and none that was there before
is missing. Reports that get done, and the last one at the end, have the bytes of the unbroken run's, and
nothing half-written lies beside them. Ends with one JSON line; the exit code is 1 where anything was lost,
half or different.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from killing import differences, file_bytes, finish, kill, start

from recam.video import Video

PRESETS = ("arc-left", "arc-right", "dolly-in")
CACHE, HIDDEN = "cache", "."
KILLS_EACH = 3
"""Of a report: with everything kept, little is left to disturb."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="kills")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the reports here; default: a temporary folder")
    parser.add_argument(
        "evaluate",
        nargs="*",
        default=["--only", "flicker", "--only", "likeness", "--only", "nearest_view"],
        help="options of the command, after --",
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = args.folder or Path(temporary)
        manifest = make_clips(base / "clips", args.clips)
        command = ["evaluate", str(manifest), "--workers", str(args.workers), *args.evaluate, "-o"]
        unbroken = base / "unbroken"
        began = time.monotonic()
        finish([*command, str(unbroken)])
        seconds = time.monotonic() - began
        print(f"unbroken: {args.clips} clips in {seconds:.1f} s", flush=True)
        faults, kills = _kill_often(base, unbroken, command, args.times, seconds, random.Random(args.seed))
    print(json.dumps({"kills": kills, "faults": faults}))
    return 1 if faults else 0


def make_clips(folder: Path, count: int) -> Path:
    """A manifest of ``count`` clips with true videos, every file of other content; one in ten is cut."""
    folder.mkdir(parents=True, exist_ok=True)
    draws = np.random.default_rng(0)
    lines = []
    for number in range(count):
        source, preset = divmod(number, len(PRESETS))
        names = {"source": f"s{source}.mp4", "generated": f"g{number}.mp4", "target": f"t{number}.mp4"}
        for name in names.values():
            if not (folder / name).exists():
                frames = np.kron(draws.integers(0, 255, (9, 8, 8, 3)), np.ones((1, 8, 8, 1)))
                Video.from_frames(frames.astype(np.uint8), 15).save(folder / name)
        if number % 10 == 9:
            whole = (folder / names["generated"]).read_bytes()
            (folder / names["generated"]).write_bytes(whole[: len(whole) // 2])
        lines.append(json.dumps({"id": f"c{number}", "preset": PRESETS[preset], **names}))
    (folder / "manifest.jsonl").write_text("\n".join(lines))
    return folder / "manifest.jsonl"


def _kill_often(
    base: Path, unbroken: Path, command: Sequence[str], times: int, seconds: float, rng: random.Random
) -> tuple[list[str], int]:
    """(what was lost, half or different, number of kills); prints a line for each."""
    right = _kept(unbroken)
    faults: list[str] = []
    kills, number, of_this = 0, 0, 0
    while kills < times:
        if of_this == KILLS_EACH:
            finish([*command, str(base / f"killed{number}")])
            faults += differences(unbroken, base / f"killed{number}")
            number, of_this = number + 1, 0
        out = base / f"killed{number}"
        before = set(_kept(out))
        whole = rng.random() < 0.5
        moment = rng.uniform(0, seconds)
        if not _kill_at([*command, str(out)], moment, whole):
            number, of_this = number + 1, 0  # it was done before the moment came
            faults += differences(unbroken, out)
            continue
        kills, of_this = kills + 1, of_this + 1
        after = _kept(out)
        lost = sorted(before - set(after))
        half = sorted(name for name, content in after.items() if content != right.get(name))
        faults += [f"{out.name}: lost {name}" for name in lost] + [
            f"{out.name}: half {name}" for name in half
        ]
        begun = len(list(out.rglob(".*.part*")))
        print(
            f"kill {kills:3}  {out.name:9} {moment:5.2f} s after the start  "
            f"{'all processes' if whole else 'the command  '}  kept {len(before):4} -> {len(after):4} of "
            f"{len(right)}  begun {begun}  half {len(half)}  lost {len(lost)}",
            flush=True,
        )
    finish([*command, str(out)])
    return faults + differences(unbroken, out), kills


def _kill_at(words: Sequence[str], moment: float, whole: bool) -> bool:
    """Whether the command was still running then."""
    run = start(words)
    try:
        run.wait(moment)
    except subprocess.TimeoutExpired:
        kill(run, whole)
        return True
    if run.returncode:
        raise SystemExit(f"the command failed: recam {' '.join(words)}")
    return False


def _kept(out: Path) -> dict[str, bytes]:
    """Results that have their names, by them."""
    return {name: content for name, content in file_bytes(out / CACHE).items() if not _is_hidden(name)}


def _is_hidden(name: str) -> bool:
    return Path(name).name.startswith(HIDDEN)


if __name__ == "__main__":
    sys.exit(main())
