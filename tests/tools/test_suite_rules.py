"""The suite's own rules: tests/conftest.py and the scripts in tools/ do what CONTRIBUTING.md promises."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SKIPPING = """
import pytest

@pytest.mark.gl
def test_draws():
    pass

def test_lacks_a_package():
    pytest.skip("needs libfoo")

def test_lacks_hardware():
    pytest.skip("needs a CUDA GPU")
"""


def _suite(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on SKIPPING with our conftest, where MuJoCo has no backend that works."""
    (folder / "tests").mkdir()
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    shutil.copy(ROOT / "tools" / "headless_gl.py", folder / "tools")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = gl: needs OpenGL\n")
    (folder / "tests" / "test_skipping.py").write_text(SKIPPING)
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "PYTEST_ADDOPTS")}
    environment |= {"MUJOCO_GL": "disabled"} | variables
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_skipped_tests_are_named_with_what_is_missing(tmp_path: Path) -> None:
    done = _suite(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "tests/test_skipping.py::test_draws: needs headless OpenGL" in done.stdout
    assert "tests/test_skipping.py::test_lacks_a_package: needs libfoo" in done.stdout


def test_ci_allows_only_missing_hardware_to_skip(tmp_path: Path) -> None:
    done = _suite(tmp_path, CI="true")
    assert done.returncode == 1, done.stdout
    assert "1 failed, 1 skipped, 1 error" in done.stdout  # "error": it was skipped before it began
    for name in ("test_draws", "test_lacks_a_package"):
        assert f"{name} was skipped, which CI=true does not allow" in done.stdout


@pytest.mark.parametrize(("drop", "add", "said"), [
    (None, None, ""),
    ("recam/files.py", None, "missing: recam/files.py"),
    ("recam/assets/README.md", None, "missing: recam/assets/README.md"),
    (None, "tests/conftest.py", "does not belong: tests/conftest.py"),
])  # fmt: skip
def test_the_wheel_check_notices(tmp_path: Path, drop: str | None, add: str | None, said: str) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "src/recam", "assets"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    wheel = tmp_path / "recam-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in tracked:
            name = path.removeprefix("src/") if path.startswith("src/") else f"recam/{path}"
            if name != drop:
                archive.writestr(name, "")
        if add:
            archive.writestr(add, "")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "check_wheel.py"), str(wheel)], capture_output=True, text=True
    )
    assert done.returncode == (1 if said else 0), done.stderr
    assert said in done.stderr
