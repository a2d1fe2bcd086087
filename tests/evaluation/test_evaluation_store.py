"""The store: what is kept comes back whole or not at all, whatever happened to its files."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recam.errors import OutputError
from recam.evaluation.claim import claimed, shared
from recam.evaluation.measure import Found, Missing
from recam.evaluation.spool import Spool
from recam.evaluation.store import Store, content_hash, hashed
from small_disk import small_disk

FOUND = Found({"b": 0.1 + 0.2, "a": None}, {"a": Missing("failed", "é is dark")}, {"n": [1, 2.5, "x"]})
ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, 2], np.uint8)}
KEY = hashed("key")


def files_of(store: Store) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.found("m", KEY) is None
    assert store.features("m", KEY) is None
    assert store.facts("m", KEY) is None
    assert store.keep_found("m", KEY, FOUND) == FOUND
    store.keep_features("m", KEY, ARRAYS)
    store.keep_facts("m", KEY, {"frames": 5})
    assert store.found("m", KEY) == FOUND
    assert store.facts("m", KEY) == {"frames": 5}
    features = store.features("m", KEY)
    assert features is not None
    assert {name: (a.dtype, a.tolist()) for name, a in features.items()} == {
        name: (a.dtype, a.tolist()) for name, a in ARRAYS.items()
    }
    assert store.found("other", KEY) is None
    assert len(files_of(store)) == 3


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_none_and_never_another_value(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bits flipped, cut, or overwritten by zeros as after a power cut."""
    store = Store(tmp_path_factory.getbasetemp() / "damaged")
    store.keep_found("m", KEY, FOUND)
    store.keep_features("m", KEY, ARRAYS)
    for file in files_of(store):
        whole = bytearray(file.read_bytes())
        place = data.draw(st.integers(0, len(whole) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "zero"])):
            case "flip":
                whole[place] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del whole[place:]
            case "zero":
                whole[place:] = bytes(len(whole) - place)
        file.write_bytes(whole)
    assert store.found("m", KEY) in (None, FOUND)
    features = store.features("m", KEY)
    if features is not None:
        assert {name: array.tolist() for name, array in features.items()} == {
            name: array.tolist() for name, array in ARRAYS.items()
        }
    store.keep_found("m", KEY, FOUND)
    assert store.found("m", KEY) == FOUND


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with small_disk(64), pytest.raises(OutputError, match="cannot be written: file too large"):
        store.keep_features("m", KEY, {"a": np.zeros(1000)})
    with small_disk(8), pytest.raises(OutputError, match="cannot be written: file too large"):
        store.keep_found("m", KEY, FOUND)
    with small_disk(8), pytest.raises(OutputError, match="cannot be written: file too large"):
        Spool(tmp_path).put(0, bytes(100))
    assert not files_of(store)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(OutputError, match="store"):
        Store(tmp_path / "store").keep_found("m", KEY, FOUND)
    assert Store(tmp_path / "store").found("m", KEY) is None


def test_several_writers_of_one_result_do_no_harm(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")

    def write() -> None:
        for _ in range(20):
            store.keep_found("m", KEY, FOUND)
            assert store.found("m", KEY) == FOUND

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.found("m", KEY) == FOUND
    assert len(files_of(store)) == 1


def test_hashes_tell_contents_apart(tmp_path: Path) -> None:
    assert hashed("ab", "c") != hashed("a", "bc")
    for name, content in {"a": b"1", "b": b"1", "c": b"2"}.items():
        (tmp_path / name).write_bytes(content)
    assert content_hash(tmp_path / "a") == content_hash(tmp_path / "b") != content_hash(tmp_path / "c")
    before = content_hash(tmp_path)
    (tmp_path / "c").rename(tmp_path / "d")
    assert content_hash(tmp_path) != before


def test_a_spool_gives_pieces_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in (3, 0, 7):
        spool.put(number, f"piece {number}".encode())
    assert list(spool) == [b"piece 0", b"piece 3", b"piece 7"]
    assert spool[3] == b"piece 3"
    assert len(spool) == 3
    with pytest.raises(IndexError):
        _ = spool[1]
    assert not list(tmp_path.iterdir()), "it has no name"


def test_runs_share_a_store_and_sweep_only_what_a_killed_one_left(tmp_path: Path) -> None:
    def half(name: str) -> Path:
        file = tmp_path / "found" / "m" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("half")
        return file

    def notes() -> int:
        return len(list(tmp_path.glob(".running-*")))

    with shared(tmp_path):
        writing = half(".x-1.part.json")
        with shared(tmp_path):
            assert notes() == 2
            assert writing.exists()
    assert notes() == 0
    with shared(tmp_path):
        assert writing.exists(), "no run was killed: nothing is looked for"
    (tmp_path / ".running-killed").touch()
    whole = half("y.json")
    with shared(tmp_path):
        assert not writing.exists()
        assert whole.exists()
        assert notes() == 1


def test_a_report_is_one_runs(tmp_path: Path) -> None:
    left = tmp_path / ".report-1.part.json"
    left.write_text("half")
    with claimed(tmp_path):
        assert not left.exists()
        with pytest.raises(OutputError, match="is being written by another run"), claimed(tmp_path):
            pass
    with claimed(tmp_path):
        pass
