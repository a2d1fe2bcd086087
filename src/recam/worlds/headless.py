"""MuJoCo with a headless OpenGL renderer, or the reason why there is none."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from typing import Any

from recam.errors import MachineError


def import_mujoco() -> Any:
    """MuJoCo, imported when it is needed: its import already opens the graphics library.

    Raises:
        MachineError: the graphics library cannot be opened.
        ModuleNotFoundError: MuJoCo is not installed (the command line names the extra).
    """
    if sys.platform.startswith("linux"):
        # Read once, at the import. EGL falls back to software rendering where there is no GPU.
        os.environ.setdefault("MUJOCO_GL", "egl")
    try:
        mujoco = importlib.import_module("mujoco")
    except ModuleNotFoundError:
        raise
    except Exception as error:  # a missing library shows as ImportError, AttributeError or OSError
        raise no_renderer(error) from error
    # Left alone, MuJoCo writes its warnings into MUJOCO_LOG.TXT in whatever folder the user is in.
    mujoco.set_mju_user_warning(logging.getLogger("recam.mujoco").info)
    return mujoco


def no_renderer(error: Exception) -> MachineError:
    """What to tell when a renderer could not be made because of ``error``."""
    return MachineError(
        f"no headless OpenGL renderer ({type(error).__name__}: {error}); on Debian or Ubuntu: apt-get "
        "install libegl1 libgl1-mesa-dri libosmesa6, then set MUJOCO_GL=egl or MUJOCO_GL=osmesa"
    )
