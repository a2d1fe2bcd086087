"""Rules for the whole suite: what may be skipped, and how skipped tests are named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

# One thread a process, in the children too: sums then come out the same in all of them, bit for bit, and the
# suite's own processes (pytest -n) do not fight over the cores. Must stand before torch is imported.
os.environ["OMP_NUM_THREADS"] = "1"

# A shell that starts the tests in the background has them ignore Ctrl-C; their children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_ROOT = Path(__file__).resolve().parents[1]
_GL_REASON = "needs headless OpenGL; on Debian: apt install libegl1 libgl1-mesa-dri libosmesa6"
_IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
_HARDWARE = ("cuda", "gpu", "no blender found")  # all that CI may lack; Blender wants Python 3.11


@cache
def _gl_backend() -> str | None:
    """MuJoCo's backend that works here. Asked in another process: a broken driver can crash."""
    probe = subprocess.run(
        [sys.executable, str(_ROOT / "tools" / "headless_gl.py")], capture_output=True, text=True, timeout=180
    )
    return probe.stdout.strip() if probe.returncode == 0 else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gl") is None:
        return
    backend = _gl_backend()
    if backend is None:
        pytest.skip(_GL_REASON)
    os.environ.setdefault("MUJOCO_GL", backend)


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI a skip for anything but missing hardware is a failure: what does not run protects nothing."""
    if not (_IN_CI and report.skipped) or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if any(word in reason.lower() for word in _HARDWARE):
        return
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped, which CI=true does not allow: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    _forbid_skip(report)
    return report  # pyright: ignore[reportReturnType]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    _forbid_skip(report)
    return report  # pyright: ignore[reportReturnType]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.getreports("skipped")
    if not skipped:
        return
    terminalreporter.section("skipped, by name")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {str(reason).removeprefix('Skipped: ')}")
