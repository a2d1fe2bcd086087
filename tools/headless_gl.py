"""Print the first of MuJoCo's backends (egl, osmesa) that works without a display; exit 1 when none does."""

from __future__ import annotations

import os
import subprocess
import sys

_PROBE = "import mujoco; context = mujoco.GLContext(16, 16); context.make_current(); context.free()"


def working_backend() -> str | None:
    """Name of a backend that makes a context. Each is tried in its own process: a broken driver may crash."""
    chosen = os.environ.get("MUJOCO_GL")
    for backend in (chosen,) if chosen else ("egl", "osmesa"):
        environment = {**os.environ, "MUJOCO_GL": backend}
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE], env=environment, capture_output=True, timeout=60
        )
        if probe.returncode == 0:
            return backend
    return None


if __name__ == "__main__":
    found = working_backend()
    print(found or "none")
    sys.exit(found is None)
