"""pycolmap, imported when it is needed and kept quiet: it writes its diary to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def load_pycolmap() -> Any:
    """The module, told to speak of errors only.

    Raises:
        ModuleNotFoundError: the extra ``[sfm]`` is not installed.
    """
    import pycolmap

    pycolmap.logging.alsologtostderr = False
    pycolmap.logging.stderrthreshold = 3
    pycolmap.logging.minloglevel = 2
    return pycolmap


@contextmanager
def quiet() -> Iterator[None]:
    """Send standard error of native code to nowhere: bundle adjustment overrules the levels set above.

    What Python itself writes to ``sys.stderr`` still arrives.
    """
    python, saved = sys.stderr, os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        own = os.fdopen(os.dup(saved), "w", buffering=1, errors="backslashreplace")
        with own:
            # Only where Python's stream is the file that goes away; test runners and notebooks have their
            # own.
            if _writes_to(python, 2):
                sys.stderr = own
            os.dup2(nowhere, 2)
            try:
                yield
            finally:
                os.dup2(saved, 2)
                if sys.stderr is own:
                    sys.stderr = python
    finally:
        os.close(saved)
        os.close(nowhere)


def _writes_to(stream: Any, number: int) -> bool:
    try:
        return stream.fileno() == number
    except (AttributeError, OSError, ValueError):
        return False
