"""Clips scored by a Ray cluster of two machines, one of which dies: the same report as without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clip_folder import CHEAP, clip_folder, records_of, report_bytes, report_of

from recam.errors import OutputError
from recam.evaluation.evaluate import evaluate
from recam.evaluation.score import Record
from two_machines import Machines, two_machines


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with two_machines() as cluster:
        yield cluster


def test_a_folder_that_is_not_shared(machines: Machines, tmp_path: Path) -> None:
    manifest = clip_folder(tmp_path / "clips", sources=1, clips=1)
    with pytest.raises(OutputError, match="hidden: is not seen by all machines of the cluster"):
        records_of(manifest, tmp_path / "store", ray=machines.address, must_see=[tmp_path / "hidden"])


@pytest.mark.filterwarnings("ignore:1 of 2 machines")
def test_a_machine_dies_in_the_middle(machines: Machines, tmp_path: Path) -> None:
    """The last test of this cluster."""
    manifest = clip_folder(tmp_path / "clips", sources=8, clips=2)
    (manifest.parent / "videos/3-1.mp4").write_bytes(b"no video")
    seen: list[str] = []

    def lose(done: int, total: int, record: Record) -> None:
        seen.append(record.id)
        if done == 4:
            machines.kill()

    evaluate(manifest, tmp_path / "together", CHEAP, ray=machines.address, on_row=lose)
    assert len(seen) == len(set(seen)) == 16
    assert report_bytes(tmp_path / "together") == report_of(manifest, tmp_path / "alone")
