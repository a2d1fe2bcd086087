"""Work on several machines: items as tasks on a running Ray cluster; what a lost machine had is done again.

Every machine must have recam in the same version (nothing is shipped; a difference is refused) and see the
folders that the work names, under the same paths: a shared file system.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO, TypeVar

from recam.errors import MachineError

Item = TypeVar("Item")
Result = TypeVar("Result")

_CURRENT_CLUSTER = Path("/tmp/ray/ray_current_cluster")  # where Ray notes the cluster of this machine
_CONNECT_SECONDS = 10.0
_LOOK_AGAIN = 5.0  # seconds after which a cluster may have grown or shrunk
_STOP_SECONDS = 20.0  # in which tasks that are told to stop clean up


def run_on_cluster(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    address: str | None = None,
    *,
    cpus: float = 1,
    gpus: float = 0,
    retries: int = 10,
    in_flight: int | None = None,
) -> Generator[tuple[Item, Result]]:
    """Yield (item, ``work(item)``) as each is done, in any order, each once.

    A task whose worker process or machine dies is done again elsewhere, so ``work`` must bear being
    repeated, also where its first run had come to its end. An exception that ``work`` raises is not retried:
    it is raised here as it is. When the caller stops (an error, Ctrl-C, or closing the iterator) what runs
    is interrupted (KeyboardInterrupt inside ``work``, after the call that it is in) and waited for; what has
    not ended after 20 s is killed.

    Args:
        work: a function of a module of recam's, or a ``functools.partial`` of one; it and what it returns
            are pickled.
        items: taken as there is room for them, so they may be an endless stream.
        address: of the cluster's head, ``host:port``; ``auto`` is the one that this machine belongs to;
            default: the variable RAY_ADDRESS, else ``auto``. No cluster is ever started.
        cpus, gpus: what one task takes of a machine.
        retries: how often an item whose worker died is tried again.
        in_flight: items given to the cluster at a time; default: twice as many as fit onto it now.

    Raises:
        MachineError: Ray is not installed, no cluster runs at ``address``, machines with another recam, or
            an item whose worker died each time.
    """
    with contextlib.redirect_stdout(_WithoutRay(sys.stdout)), _connected(address) as ray:  # type: ignore[type-var]
        task = ray.remote(_do).options(num_cpus=cpus, num_gpus=gpus, max_retries=retries)
        shipped = ray.put(work)
        room = _Room(ray, cpus, gpus, in_flight)
        waiting = iter(items)
        running: dict[Any, Item] = {}
        try:
            exhausted = False
            while True:
                while not exhausted and len(running) < room.size():
                    try:
                        item = next(waiting)
                    except StopIteration:
                        exhausted = True
                    else:
                        running[task.remote(shipped, item, _version())] = item
                if not running:
                    return
                done, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK_AGAIN)
                for reference in done:
                    item = running.pop(reference)
                    yield item, _result(ray, reference, item)
        finally:
            _stop(ray, list(running))


def _do(work: Callable[[Item], Result], item: Item, wanted: str) -> Result:
    """One item, in a worker process of the cluster."""
    if _version() != wanted:
        raise MachineError(
            f"machine {socket.gethostname()} of the cluster has recam {_version()}, this one has "
            f"{wanted}; install one version everywhere"
        )
    os.environ.setdefault("LP_NUM_THREADS", "1")  # software OpenGL would start a thread per core
    return work(item)


def _version() -> str:
    try:
        return version("recam")
    except PackageNotFoundError:  # a source tree that was never installed
        return "unknown"


class _Room:
    """How many items the cluster is given at a time; machines may come and go."""

    def __init__(self, ray: Any, cpus: float, gpus: float, fixed: int | None) -> None:
        self._ray, self._needs, self._fixed = ray, {"CPU": cpus, "GPU": gpus}, fixed
        self._until, self._size, self._warned = 0.0, 1, False
        self._machines: set[str] = set()

    def size(self) -> int:
        if time.monotonic() >= self._until:
            self._look()
            self._until = time.monotonic() + _LOOK_AGAIN
        return self._size

    def _look(self) -> None:
        alive = {node["NodeID"]: node for node in self._ray.nodes() if node["Alive"]}
        if lost := self._machines - set(alive):
            warnings.warn(
                f"{len(lost)} of {len(self._machines)} machines of the cluster went away; what they had is "
                "done again by the others",
                stacklevel=2,
            )
        self._machines = set(alive)
        fitting = sum(self._fits(node["Resources"]) for node in alive.values())
        if not fitting and not self._warned:
            needs = " and ".join(f"{amount:g} {kind}" for kind, amount in self._needs.items() if amount)
            warnings.warn(f"no machine of the cluster has {needs}; waiting for one", stacklevel=2)
            self._warned = True
        self._size = max(2 * fitting, 1) if self._fixed is None else max(self._fixed, 1)

    def _fits(self, has: dict[str, float]) -> int:
        return min((int(has.get(kind, 0) / need) for kind, need in self._needs.items() if need), default=1)


def _result(ray: Any, reference: Any, item: object) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        if isinstance(cause, ray.exceptions.RayError) or "failed to import on the worker" in str(cause):
            raise MachineError(
                f"a machine of the cluster cannot run recam ({_last_line(cause)}); install the same recam "
                "with the same extras on all of them"
            ) from error
        raise cause from error
    except ray.exceptions.RayError as error:
        raise MachineError(
            f"{item}: its worker on the cluster died each time it was tried ({_first_line(error)}); what is "
            "finished is kept"
        ) from error


def _stop(ray: Any, running: list[Any]) -> None:
    """Interrupt tasks and wait until they have cleaned up; then make sure."""
    for force in (False, True):
        for reference in running:
            ray.cancel(reference, force=force)
        if running:
            _, running = ray.wait(running, num_returns=len(running), timeout=_STOP_SECONDS)


@contextmanager
def _connected(address: str | None) -> Iterator[Any]:
    """Ray, connected to the cluster for as long as the block lasts (or as it was connected before)."""
    try:
        with _no_warnings():
            import ray
    except ImportError as error:
        raise MachineError("needs Ray; install it with: pip install 'recam[cluster]'") from error
    if ray.is_initialized():
        yield ray
        return
    address = address or os.environ.get("RAY_ADDRESS") or "auto"
    _check_reachable(address)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with _no_warnings():
            ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise MachineError(f"{_no_cluster(address)} ({_first_line(error)})") from error
    try:
        if handler is not None and signal.getsignal(signal.SIGTERM) is not handler:
            signal.signal(signal.SIGTERM, handler)  # Ray's own would end the process with another code
        yield ray
    finally:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints again what it had held back
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Ray itself would try for minutes."""
    target = address
    if address == "auto":
        with contextlib.suppress(OSError):
            target = _CURRENT_CLUSTER.read_text().strip()
    host, _, port = target.rpartition(":")
    if "://" in target or not host or not port.isdecimal():
        if address == "auto":
            return  # no cluster was ever started here, or Ray keeps its notes elsewhere: it knows
        raise MachineError(
            f"{address} is no address of a Ray cluster's head, such as 10.0.0.1:6379; run the command on a "
            "machine of the cluster, with 'auto'"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise MachineError(f"{_no_cluster(address)} ({_first_line(error)})") from error


def _no_cluster(address: str) -> str:
    where = "on this machine" if address == "auto" else f"at {address}"
    return f"no Ray cluster answers {where}; start one with `ray start --head`, or give its --ray HOST:PORT"


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class _WithoutRay:
    """Standard output without what Ray's own threads print there: pages of logs when a machine is lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if threading.current_thread().name.startswith("ray_"):
            return len(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _no_warnings() -> Iterator[None]:
    """What Ray tells programmers about its own changes is nothing for users."""
    with warnings.catch_warnings():
        for category in (FutureWarning, DeprecationWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        yield
