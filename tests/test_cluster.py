"""Work on a real Ray cluster of two machines: one that dies, work that fails, a caller that stops."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from recam.cluster import run_on_cluster
from recam.errors import DatasetError, MachineError
from two_machines import Machines, two_machines


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with two_machines() as cluster:
        yield cluster


def _work(folder: Path, number: int, held: str = "") -> int:
    """Leaves a trace of where it was done; ends cleanly when it is interrupted; does not end on ``held``."""
    (folder / f"{number}-{time.time_ns()}").write_text(_node())
    if number == 666:
        raise DatasetError(folder / "scene666", "cannot be read")
    if number == 667:
        raise ZeroDivisionError("division of 667")
    if number == 668:
        os._exit(1)
    try:
        for _ in range(2000 if number >= 1000 or _node() == held else 2):
            time.sleep(0.05)
    except KeyboardInterrupt:
        (folder / f"stopped-{number}").touch()
        raise
    return number * number


def _node() -> str:
    import ray

    return ray.get_runtime_context().get_node_id()


def test_an_error_of_ours_is_raised_as_it_is(machines: Machines, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="scene666: cannot be read") as caught:
        list(run_on_cluster(partial(_work, tmp_path), [666], machines.address))
    assert caught.value.path == tmp_path / "scene666"
    assert len(list(tmp_path.iterdir())) == 1  # not tried again
    with pytest.raises(ZeroDivisionError, match="division of 667"):
        list(run_on_cluster(partial(_work, tmp_path), [667], machines.address))


def test_an_item_that_kills_its_workers_is_given_up(machines: Machines, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="668: its worker on the cluster died each time"):
        list(run_on_cluster(partial(_work, tmp_path), [668], machines.address, retries=1))
    assert len(list(tmp_path.iterdir())) == 2


def test_closing_interrupts_what_runs(machines: Machines, tmp_path: Path) -> None:
    items = iter([1, *range(1000, 2000)])
    with closing(run_on_cluster(partial(_work, tmp_path), items, machines.address, in_flight=2)) as done:
        assert next(done) == (1, 1)
        until = time.monotonic() + 30
        while not list(tmp_path.glob("100[01]-*")):
            assert time.monotonic() < until
            time.sleep(0.05)
    begun = {path.name.split("-")[0] for path in tmp_path.glob("1???-*")}
    assert {path.name.removeprefix("stopped-") for path in tmp_path.glob("stopped-*")} == begun
    assert next(items) <= 1003  # no more were taken than there was room for


def test_another_version_is_refused(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "recam.cluster._version", lambda: "0.0.7"
    )  # of this process; workers have the real one
    with pytest.raises(MachineError, match=r"of the cluster has recam .*, this one has 0\.0\.7"):
        list(run_on_cluster(partial(_work, tmp_path), [1], machines.address))


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", "nonsense", "ray://127.0.0.1:10001", "127.0.0.1:99999999"]
)
def test_no_cluster_there(address: str) -> None:
    with pytest.raises(MachineError, match=r"no Ray cluster answers at 127|is no address of a Ray cluster"):
        list(run_on_cluster(time.sleep, [0], address))


@pytest.mark.filterwarnings("ignore:1 of 2 machines")
def test_a_machine_dies_in_the_middle(
    machines: Machines, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The last test of this cluster: every item comes exactly once, also those that the dead machine had."""
    capfd.readouterr()
    done = []
    work = partial(_work, tmp_path, held=machines.second)
    for item, result in run_on_cluster(work, range(12), machines.address):
        assert result == item * item
        done.append(item)
        if len(done) == 3:
            until = time.monotonic() + 30
            while not (lost := _begun_by(machines.second, tmp_path)):
                assert time.monotonic() < until
                time.sleep(0.05)
            machines.kill()
    assert sorted(done) == list(range(12))
    assert all(len(list(tmp_path.glob(f"{item}-*"))) == 2 for item in lost)
    assert capfd.readouterr() == ("", "")


def _begun_by(node: str, folder: Path) -> set[str]:
    return {path.name.split("-")[0] for path in folder.iterdir() if path.read_text() == node}
