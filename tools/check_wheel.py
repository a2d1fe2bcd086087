"""Check that a built wheel holds the whole package and the bundled files under assets/, and no tests.

Usage: check_wheel.py dist/recam-*.whl
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def problems(wheel: Path) -> list[str]:
    """What is wrong with ``wheel``, one line each; empty when it is good."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "src/recam", "assets"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    expected = {
        path.removeprefix("src/") if path.startswith("src/") else f"recam/{path}"
        for path in tracked
        if path and (ROOT / path).exists()
    }
    found = [f"missing: {name}" for name in sorted(expected - names)]
    found += [f"does not belong: {name}" for name in sorted(names) if name.startswith("tests/")]
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: check_wheel.py WHEEL (exactly one)", file=sys.stderr)
        return 2
    wheel = Path(sys.argv[1])
    found = problems(wheel)
    for line in found:
        print(f"{wheel.name}: {line}", file=sys.stderr)
    if not found:
        size = wheel.stat().st_size / 1e6
        print(f"{wheel.name}: {size:.1f} MB, holds every tracked file of the package and of assets/")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
