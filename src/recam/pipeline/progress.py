"""What a run tells while it goes on, and how long each stage took."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import MofNCompleteColumn
from rich.progress import Progress as Bar

Progress = bool | Callable[[int, int], None]
"""True shows a bar on standard error; a function is called with steps done and steps in all."""


class Clock:
    """Wall clock by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name], self._last = now - self._last, now


class Reporter:
    """Steps done, to a bar or to a function."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._function = progress if callable(progress) else None
        self._bar = None
        if progress is True:
            self._bar = Bar(*Bar.get_default_columns(), MofNCompleteColumn(), console=Console(stderr=True))
            self._task = self._bar.add_task("denoise", total=total)
        self._total = total

    def __enter__(self) -> Callable[[int], None]:
        if self._bar is not None:
            self._bar.start()
        return self._report

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _report(self, done: int) -> None:
        if self._bar is not None:
            self._bar.advance(self._task)
        if self._function is not None:
            self._function(done, self._total)
