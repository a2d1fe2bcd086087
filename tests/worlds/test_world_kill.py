"""`tools/kill_render.py`, which kills the command at random moments, finds nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "kill_render.py"
SMALL = ("--", "--engine", "tiny", "--size", "16", "--frames", "5")


@pytest.mark.gl
def test_killed_at_a_few_moments(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, TOOL, "--times", "3", "--scenes", "6", "--folder", tmp_path, *SMALL],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {"kills": 3, "faults": []}
    assert len(list((tmp_path / "unbroken" / "train").glob("*/scene*"))) == 6
