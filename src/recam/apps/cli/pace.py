"""A bar for long work of which a part may be done already: its remaining time is that of what is done now."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WINDOW = 200  # pieces of work that the speed is taken from, the latest


class Pace:
    """How fast work goes, from when its pieces ended.

    Args:
        total: pieces in all.
        clock: seconds.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = total
        self._ends: deque[tuple[float, int]] = deque([(clock(), 0)], maxlen=_WINDOW)

    def add(self, worked: bool, units: int = 0) -> None:
        """A piece is done, now or (not ``worked``) long ago; ``units`` such as frames were made for it."""
        self._left -= 1
        if worked:
            self._ends.append((self._clock(), units))

    @property
    def remaining(self) -> float | None:
        """Seconds until the end at the speed of the latest pieces; None before the first is done."""
        seconds, pieces, _ = self._latest()
        if not pieces:
            return None
        since = self._clock() - self._ends[-1][0]
        return max(self._left * seconds / pieces - since, 0.0)

    @property
    def speed(self) -> float:
        """Units a second, of the latest pieces; 0 before the first is done."""
        seconds, _, units = self._latest()
        return units / seconds if seconds > 0 else 0.0

    def _latest(self) -> tuple[float, int, int]:
        """(seconds, pieces, units) from the oldest known end to the newest."""
        ends = list(self._ends)
        return ends[-1][0] - ends[0][0], len(ends) - 1, sum(units for _, units in ends[1:])


@contextmanager
def pace(label: str, total: int, shown: bool, unit: str = "frames") -> Iterator[Callable[[bool, int], None]]:
    """Yield ``show(worked, units)``, to be called for each piece; drawn on standard error where ``shown``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    known = Pace(total)

    class Remaining(ProgressColumn):
        def render(self, task: Task) -> Text:
            left = known.remaining
            speed = f"{known.speed:.{0 if known.speed >= 10 else 2}f} {unit}/s, "
            return Text("" if left is None else f"{speed if known.speed else ''}{in_words(left)} left")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown) as bar:
        task = bar.add_task(label, total=total)

        def show(worked: bool, units: int) -> None:
            known.add(worked, units)
            bar.advance(task)

        yield show


def in_words(seconds: float) -> str:
    """ "45 s", "12 min", "3 h 20 min", "2 d 4 h"."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
