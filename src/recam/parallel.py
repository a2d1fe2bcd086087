"""Worker processes side by side, which stop when asked and never outlive the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing.synchronize import Event
from typing import TypeVar

from recam.errors import MachineError

Item = TypeVar("Item")
Result = TypeVar("Result")

_IN_HAND = 3  # items a worker, so that none waits for the next
_stop: Event | None = None


class Stopped(Exception):
    """This process was asked to stop; what it had begun is to be thrown away."""


def check_stop() -> None:
    """Call between pieces of work: raises :class:`Stopped` in a worker whose parent wants no more."""
    if _stop is not None and _stop.is_set():
        raise Stopped


def run_side_by_side(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[tuple[Item, Result]]:
    """Yield (item, ``work(item)``) as each is done.

    When the caller stops (an error, Ctrl-C, or closing the iterator) the workers clean up and end at once;
    when the caller is killed, they end too.

    Args:
        work: a picklable function, called in fresh processes (an OpenGL context does not survive a fork).
        items: taken as there is room for them, so that memory does not grow with their number.
        workers: how many; with one, or one item, the work is done in this process.

    Raises:
        MachineError: a worker died (killed, or crashed in the driver).
    """
    waiting = iter(items)
    first = list(islice(waiting, max(workers, 1)))
    waiting = chain(first, waiting)
    workers = len(first)
    if workers <= 1:
        for item in waiting:
            yield item, work(item)
        return
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(stop,)) as pool:
        tasks: dict[Future[Result], Item] = {}
        try:
            while True:
                for item in islice(waiting, _IN_HAND * workers - len(tasks)):
                    tasks[pool.submit(work, item)] = item
                if not tasks:
                    break
                for task in wait(tasks, return_when=FIRST_COMPLETED).done:
                    yield tasks.pop(task), task.result()
        except BrokenProcessPool as error:
            raise MachineError(
                "a worker process died (out of memory, or killed); what is finished is kept, and the same "
                f"command goes on: try it with fewer workers than {workers}"
            ) from error
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(stop: Event) -> None:
    global _stop
    _stop = stop
    # Ctrl-C reaches every process of a terminal; the parent decides and tells through `stop`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Software OpenGL would start a thread per core in every worker.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
