"""Processes side by side: they stop when asked, and a dead one is one clear error."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from recam.errors import FileError, MachineError, OutputError
from recam.parallel import check_stop, run_side_by_side


def _square(number: int) -> int:
    return number * number


def _die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def _full(number: int) -> int:
    raise OutputError(Path(f"scene{number}"), "no space left on device")


def _wait_to_be_stopped(folder: Path, number: int) -> int:
    if number == 0:
        return 0
    (folder / f"begun{number}").touch()
    try:
        while True:
            check_stop()
            time.sleep(0.01)
    finally:
        (folder / f"stopped{number}").touch()


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_with_their_numbers(workers: int) -> None:
    assert dict(run_side_by_side(_square, range(5), workers)) == {n: n * n for n in range(5)}


def test_nothing_to_do() -> None:
    assert list(run_side_by_side(_square, [], 2)) == []


def test_a_dead_worker_is_named() -> None:
    with pytest.raises(MachineError, match=r"process died .* goes on.* fewer workers than 2"):
        list(run_side_by_side(_die, range(4), 2))


def test_an_error_comes_back_whole() -> None:
    with pytest.raises(OutputError, match="no space left") as caught:
        list(run_side_by_side(_full, range(2), 2))
    assert isinstance(caught.value, FileError)
    assert caught.value.reason == "no space left on device"
    assert caught.value.path.name in ("scene0", "scene1")


def test_a_caller_that_stops_stops_the_workers(tmp_path: Path) -> None:
    work = partial(_wait_to_be_stopped, tmp_path)
    with closing(run_side_by_side(work, range(40), 2)) as results:
        assert next(results) == (0, 0)
    begun = len(list(tmp_path.glob("begun*")))
    assert begun == len(list(tmp_path.glob("stopped*")))
    assert begun < 10  # the others never began
