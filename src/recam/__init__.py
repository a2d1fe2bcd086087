"""recam: re-shoot a video along a new camera path.

The public names are imported on first use, so that ``import recam`` and the command line start fast.
"""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recam.camera import CameraPath
    from recam.pipeline import RecamPipeline
    from recam.video import Video

try:
    __version__ = version("recam")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

_HOMES = {"CameraPath": "recam.camera", "RecamPipeline": "recam.pipeline", "Video": "recam.video"}

__all__ = ["CameraPath", "RecamPipeline", "Video", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'recam' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
