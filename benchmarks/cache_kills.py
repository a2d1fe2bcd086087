"""Kill -9 at random moments of recam data cache: is anything lost, encoded twice, or left half written?

    recam world render world --engine tiny --scenes 60
    python benchmarks/cache_kills.py world --kills 20

Caches the world's latents once without a break, then again and again with a kill -9 at a random moment,
after which the same command goes on. Every resumed cache must have the same bytes in every file as the first.
The command runs in a fork of this process, so that kills fall into its work and not into its imports.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import recam.data.cache_latents
import recam.data.cache_text  # noqa: F401 - imported before the forks
from recam.apps.cli.frame import run
from recam.apps.cli.main import app
from recam.data.shards import PARTS, existing_shards, read_records, shard_path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("world", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--shard-mb", type=float, default=0.8, help="small, so that there are several")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draws = random.Random(arguments.seed)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        command = [
            *(
                "data",
                "cache",
                str(arguments.world),
                "--only",
                "latents",
                "--shard-mb",
                str(arguments.shard_mb),
                "--json",
            ),
            *("--scenes", str(arguments.scenes), "--workers", str(arguments.workers), "-o"),
        ]
        whole = Path(place) / "whole"
        took, report = _run(command, whole)
        expected, scenes = _files(whole), report["encoded"]
        print(f"{scenes} scenes, {report['total_shards']} shards, {took:.1f} s without a break")
        print("killed after | in shards | in parts | half-written files | encoded after | same bytes")
        for number in range(arguments.kills):
            cache = Path(place) / f"{number}"
            moment = draws.uniform(0.02, 1.0) * took
            died = _killed(command, cache, moment)
            shards, parts, half = _left(cache)
            _, report = _run(command, cache)
            row = {
                "moment": round(moment, 2),
                "killed": died,
                "in_shards": shards,
                "in_parts": parts,
                "half": half,
                "encoded_after": report["encoded"],
                "same": _files(cache) == expected,
                "kept_all": report["encoded"] == scenes - shards - parts,
            }
            rows.append(row)
            after = f"{moment:6.1f} s" + ("" if died else " (was done)")
            print(
                f"{after:>12} | {shards:9} | {parts:8} | {half:18} | {report['encoded']:13} | {row['same']}",
                flush=True,
            )
    good = sum(row["same"] and row["kept_all"] for row in rows)
    print(json.dumps({"scenes": scenes, "kills": sum(r["killed"] for r in rows), "good": good, "rows": rows}))
    sys.exit(good != len(rows))


def _start(command: list[str], cache: Path) -> int:
    child = os.fork()
    if child == 0:
        with cache.with_suffix(".json").open("w") as out:
            sys.stdout = out
            code = run(app, [*command, str(cache)])
        os._exit(code)
    return child


def _run(command: list[str], cache: Path) -> tuple[float, dict]:
    started = time.monotonic()
    _, status = os.waitpid(_start(command, cache), 0)
    if status:
        sys.exit(f"the command ended with status {status}")
    return time.monotonic() - started, json.loads(cache.with_suffix(".json").read_text())["latents"]


def _killed(command: list[str], cache: Path, moment: float) -> bool:
    child = _start(command, cache)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)  # also of one that has ended: its entry is there until it is waited for
    _, status = os.waitpid(child, 0)
    time.sleep(0.5)  # worker processes see that their parent is gone
    return os.WIFSIGNALED(status)


def _left(cache: Path) -> tuple[int, int, int]:
    """Scenes in shards, scenes in parts, and files that were being written when the run was killed."""
    folders = list(cache.glob("latents-*"))
    shards = parts = 0
    for folder in folders:
        shards += sum(len(read_records(shard_path(folder, number))) for number in existing_shards(folder))
        parts += len([path for path in (folder / PARTS).glob("*.safetensors") if path.name[0] != "."])
    return shards, parts, len(list(cache.rglob(".*.part*")))


def _files(cache: Path) -> dict[str, str]:
    return {
        str(path.relative_to(cache)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in cache.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    main()
