"""Shards: filled by anyone in any order to the same bytes, killed at any step, damaged in every way."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from recam.data import shards
from recam.data.cache_run import FillReport, Made, RunOptions, fill
from recam.data.shards import ShardReader, checksum, read_index, shard_path, verify, write_part
from recam.errors import DatasetError, OutputError, VideoFileError
from small_disk import small_disk
from trees import file_bytes

UNITS = {f"scene{number}": 400 for number in range(7)}
SETTINGS = {"kind": "test"}
SMALL = RunOptions(shard_bytes=800)  # two units a shard


def _tensors(unit: str) -> dict[str, torch.Tensor]:
    noise = torch.Generator().manual_seed(int(unit.removeprefix("scene")))
    return {
        "low": torch.randn(3, 5, generator=noise).bfloat16(),
        "odd": torch.randn(7, generator=noise).half(),
        "wide": torch.randn(2, 4, generator=noise, dtype=torch.float64),
        "plain": torch.randn(3, generator=noise),
    }


def _work(folder: Path, broken: tuple[str, ...], unit: str) -> Made:
    with (folder.parent / "log").open("a") as log:
        log.write(f"{unit}\n")
    if unit in broken:
        return Made(broken=VideoFileError(f"{unit}.mp4", "is damaged"))
    return Made(write_part(folder, unit, _tensors(unit), {"of": unit}), 1, 5)


def _fill(
    folder: Path, units: dict[str, int] = UNITS, options: RunOptions = SMALL,
    broken: tuple[str, ...] = (), **more: object,
) -> FillReport:  # fmt: skip
    return fill(folder, SETTINGS, units, partial(_work, folder, broken), options, **more)  # type: ignore[arg-type]


def _problems(folder: Path) -> list[str]:
    return [str(problem) for _, problems in verify(folder) for problem in problems]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    folder = tmp_path / "whole" / "cache"
    _fill(folder)
    return folder


def test_what_is_written_is_read_by_memory_mapping(whole: Path) -> None:
    reader = ShardReader(whole)
    assert reader.units == tuple(UNITS)
    for unit in UNITS:
        record = reader.record(unit)
        assert record["facts"] == {"of": unit}
        for name, tensor in _tensors(unit).items():
            assert torch.equal(reader.tensor(record, name), tensor)
    assert not (whole / "parts").exists()
    assert _problems(whole) == []
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert str(shard_path(whole, 0)) in maps.read_text()


def test_a_report_counts(tmp_path: Path) -> None:
    report = _fill(tmp_path / "cache")
    assert (report.made, report.kept, report.clips, report.frames) == (7, 0, 7, 35)
    assert (report.units, report.shards) == (7, 4)
    assert report.bytes == 7 * (30 + 14 + 64 + 12)
    assert report.total_bytes == sum(p.stat().st_size for p in (tmp_path / "cache" / "shards").iterdir())


def test_a_finished_cache_is_left_as_it_is(whole: Path) -> None:
    before = file_bytes(whole)
    report = _fill(whole)
    assert (report.made, report.kept) == (0, 7)
    assert file_bytes(whole) == before


def test_added_units_go_into_new_shards(whole: Path, tmp_path: Path) -> None:
    before = file_bytes(whole)
    report = _fill(whole, UNITS | {"scene7": 400})
    assert (report.made, report.kept, report.units, report.shards) == (1, 7, 8, 5)
    after = file_bytes(whole)
    assert all(after[name] == content for name, content in before.items() if name.startswith("shards"))
    assert ShardReader(whole).units == (*UNITS, "scene7")


def test_processes_side_by_side_write_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    _fill(tmp_path / "cache", options=RunOptions(workers=2, shard_bytes=800))
    assert file_bytes(tmp_path / "cache") == file_bytes(whole)


def _die_at(step: int, after: bool) -> Callable[..., None]:
    """An ``os.replace`` that kills this process at its call number ``step``."""
    real, calls = os.replace, iter(range(10**6))

    def replace(source: str, target: str) -> None:
        number = next(calls)
        if number == step and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        real(source, target)
        if number == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return replace


def _fill_in_a_child(folder: Path, step: int, after: bool) -> bool:
    """Whether the child was killed; every file comes into being by ``os.replace``."""
    child = os.fork()
    if child == 0:
        os.replace = _die_at(step, after)  # type: ignore[assignment]
        try:
            _fill(folder)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_step_the_next_run_ends_with_the_same_bytes(
    whole: Path, tmp_path: Path, after: bool
) -> None:
    """The 14 steps are settings, plan, seven parts, four shards, index."""
    steps = 0
    while True:
        place = tmp_path / f"{steps}"
        place.mkdir()
        folder = place / "cache"
        if not _fill_in_a_child(folder, steps, after):
            break
        _fill(folder)
        assert file_bytes(folder) == file_bytes(whole), steps
        made = (place / "log").read_text().split()
        assert len(made) <= len(UNITS) + (not after)  # at most the unit under way is made twice
        steps += 1
    assert steps == 14


def test_an_older_run_that_was_killed_leaves_nothing_behind(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "cache"
    (folder / "parts").mkdir(parents=True)
    (folder / "shards").mkdir()
    for name in ("parts/.a-x.part.safetensors", "shards/.00000-x.part.safetensors", ".plan-x.part.json"):
        (folder / name).write_bytes(b"half")
    (folder / "parts" / "other.safetensors").write_bytes(b"of a unit that no one wants")
    _fill(folder)
    assert file_bytes(folder) == file_bytes(whole)


@pytest.mark.parametrize("content", [b"", b"{", None])
def test_a_part_without_its_bytes_is_made_anew(tmp_path: Path, whole: Path, content: bytes | None) -> None:
    """As a power cut can leave one."""
    folder = tmp_path / "cache"
    write_part(folder, "scene3", _tensors("scene3"), {"of": "scene3"})
    path = shards.part_path(folder, "scene3")
    path.write_bytes(path.read_bytes()[:-1] if content is None else content)
    shards.write_plan(folder, [["scene0", "scene1"], ["scene2", "scene3"], ["scene4", "scene5"], ["scene6"]])
    _fill(folder)
    assert file_bytes(folder) == file_bytes(whole)


def test_a_flipped_byte_in_a_part_never_reaches_a_shard(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    write_part(folder, "scene3", _tensors("scene3"), {})
    path = shards.part_path(folder, "scene3")
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="was damaged and is removed") as caught:
        shards.merge_parts(folder, 0, ["scene3"])
    assert caught.value.path == path
    assert file_bytes(folder) == {}


# what a disk does


def test_a_full_disk_is_one_error_and_the_next_run_goes_on(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "cache"
    with small_disk(1400), pytest.raises(OutputError, match="file too large"):
        _fill(folder)  # a part fits, a shard of two does not
    assert not list(folder.rglob(".*.part*"))
    assert not shards.existing_shards(folder)
    _fill(folder)
    assert file_bytes(folder) == file_bytes(whole)
    made = (tmp_path / "log").read_text().split()
    assert len(made) == len(UNITS)  # what was done before the disk was full was kept


def _flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 4
    path.write_bytes(content)


def test_a_flipped_byte_is_named(whole: Path) -> None:
    path = shard_path(whole, 1)
    _flip(path, -1)
    reader = ShardReader(whole)
    damaged = []
    for unit in ("scene2", "scene3"):
        for name in _tensors(unit):
            try:
                reader.tensor(reader.record(unit), name)
            except DatasetError as error:
                damaged.append((error.path, f"{unit}, {name}"))
    ((place, what),) = damaged
    assert place == path
    assert _problems(whole) == [
        f"{path}: {what}: its bytes are not those that were written; delete the file, and the same "
        "recam data cache command makes it anew"
    ]


@pytest.mark.parametrize("spoil", [
    lambda path: path.unlink(),
    lambda path: path.write_bytes(path.read_bytes()[:-3]),
    lambda path: path.write_bytes(b""),
    lambda path: _flip(path, 3),
    lambda path: _flip(path, 12),
])  # fmt: skip
def test_a_damaged_shard_is_named_and_made_anew(whole: Path, spoil: Callable[[Path], None]) -> None:
    before = file_bytes(whole)
    path = shard_path(whole, 2)
    spoil(path)
    (said,) = _problems(whole)
    assert said.startswith(f"{path}: ")
    reader = ShardReader(whole)
    with pytest.raises(DatasetError) as caught:
        reader.tensor(reader.record("scene4"), "low")
    assert caught.value.path == path
    path.unlink(missing_ok=True)
    report = _fill(whole)
    assert (report.made, report.kept, report.lost) == (2, 5, (str(path),))
    assert file_bytes(whole) == before


@pytest.mark.parametrize("spoil", [
    lambda content: content[:-2],
    lambda content: content[: content.rindex(b"{")],  # cut between two lines
    lambda content: content.replace(b"scene3", b"scene5"),
    lambda content: b"",
])  # fmt: skip
def test_a_damaged_index_is_named_and_made_anew(whole: Path, spoil: Callable[[bytes], bytes]) -> None:
    before = file_bytes(whole)
    path = whole / "index.jsonl"
    path.write_bytes(spoil(path.read_bytes()))
    for read in (ShardReader, lambda folder: list(verify(folder))):
        with pytest.raises(DatasetError, match=r"is damaged .*makes it anew") as caught:
            read(whole)
        assert caught.value.path == path
    assert _fill(whole).made == 0
    assert file_bytes(whole) == before


def test_an_unfinished_cache_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with pytest.raises(VideoFileError):
        _fill(folder, broken=("scene5",))
    with pytest.raises(DatasetError, match=r"index\.jsonl: is missing; the cache is not finished"):
        ShardReader(folder)


def test_a_deleted_or_damaged_plan(whole: Path) -> None:
    before = file_bytes(whole)
    (whole / "plan.json").write_text("[[1]]")
    with pytest.raises(DatasetError, match=r"plan\.json: is damaged"):
        _fill(whole)
    (whole / "plan.json").unlink()
    assert _fill(whole).made == 0
    del before["plan.json"]
    assert file_bytes(whole) == before
    assert _fill(whole, UNITS | {"scene8": 400}).shards == 5


# broken sources, changed sources


def test_broken_units_stop_or_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    broken = ("scene1", "scene5")
    with pytest.raises(VideoFileError, match=r"scene1\.mp4: is damaged"):
        _fill(folder, broken=broken)
    with pytest.raises(DatasetError, match=r"scene5\.mp4.*broken item 2, and at most 1 may be skipped"):
        _fill(folder, options=RunOptions(on_error="skip", max_skipped=1, shard_bytes=800), broken=broken)
    skipping = RunOptions(on_error="skip", max_skipped=2, shard_bytes=800)
    report = _fill(folder, options=skipping, broken=broken)
    assert sorted(report.skipped) == sorted(broken)
    assert set(ShardReader(folder).units) == set(UNITS) - set(broken)
    repaired = _fill(folder)
    assert (repaired.made, repaired.kept) == (2, 5)
    assert ShardReader(folder).units == tuple(UNITS)


def test_a_changed_source_is_named_and_made_anew_when_asked(whole: Path) -> None:
    changed = {"scene2"}

    def stale(record: shards.Record, made: float) -> str | None:
        assert abs(time.time() - made) < 600
        return "a.mp4 changed" if record["unit"] in changed else None

    with pytest.raises(DatasetError, match=r"scene2: a\.mp4 changed since it was encoded; --changed encode"):
        _fill(whole, stale=stale)
    seen: list[tuple[int, int]] = []

    def on_unit(done: int, total: int, made: Made) -> None:
        changed.clear()
        seen.append((done, total))

    report = _fill(whole, stale=stale, again=True, on_unit=on_unit)
    assert (report.made, report.kept, report.shards, seen) == (1, 6, 5, [(1, 1)])
    reader = ShardReader(whole)
    assert reader.record("scene2")["shard"] == 4
    assert torch.equal(reader.tensor(reader.record("scene2"), "low"), _tensors("scene2")["low"])
    assert _problems(whole) == []
    assert _fill(whole, stale=stale).made == 0


def test_shards_of_nothing_but_old_copies_are_removed(whole: Path) -> None:
    old = {"scene2", "scene3"}

    def stale(record: shards.Record, made: float) -> str | None:
        return "x" if record["unit"] in old and record.get("shard") == 1 else None

    _fill(whole, stale=stale, again=True)
    assert shards.existing_shards(whole) == [0, 2, 3, 4]
    assert _problems(whole) == []
    assert _fill(whole).made == 0


def test_two_runs_do_not_write_one_cache(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    held = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", held, folder / ".lock"], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(OutputError, match="is being written by another run"):
            _fill(folder)
        other.kill()
    _fill(folder)


def test_a_reader_goes_to_another_process(whole: Path) -> None:
    reader = ShardReader(whole)
    reader.tensor(reader.record("scene0"), "low")
    other = pickle.loads(pickle.dumps(reader))
    assert torch.equal(other.tensor(other.record("scene0"), "low"), _tensors("scene0")["low"])


def test_the_head_says_what_is_there(whole: Path) -> None:
    head, lines = read_index(whole)
    assert head["units"] == len(lines) == 7
    record = json.loads(lines[0])
    assert record["tensors"]["wide"] == {
        "dtype": "F64", "shape": [2, 4], "sha256": checksum(_tensors("scene0")["wide"])
    }  # fmt: skip
