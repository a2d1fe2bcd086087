"""How the tests type a command, and the small files that they type it on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recam.apps.cli.frame import run
from recam.apps.cli.main import app


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def refused(self, *words: str) -> str:
        """The one line on standard error of a command that refused its input; it must contain ``words``."""
        assert self.code == 2, (self.code, self.out, self.err)
        assert self.out == ""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("recam")
        assert "Traceback" not in self.err
        for word in words:
            assert word in lines[0], (word, lines[0])
        return lines[0]


Typed = Callable[..., Ran]


@pytest.fixture
def recam(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run ``recam`` with these words inside the test's own process."""

    def typed(*words: object) -> Ran:
        capsys.readouterr()
        code = run(app, [str(word) for word in words])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return typed


@pytest.fixture
def recam_process() -> Typed:
    """Run the installed ``recam`` with these words as a process of its own."""

    def typed(*words: object, preexec_fn: Callable[[], None] | None = None) -> Ran:
        done = subprocess.run(
            [*RECAM, *(str(word) for word in words)],
            capture_output=True, text=True, timeout=120, env=ENVIRONMENT, preexec_fn=preexec_fn,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    return typed


RECAM = [sys.executable, "-m", "recam.apps.cli.main"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}


@pytest.fixture
def only(tmp_path: Path) -> Callable[..., None]:
    """Check that the test's folder holds these names and nothing else: no output, no temporary file."""

    def check(*names: str) -> None:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)

    return check
