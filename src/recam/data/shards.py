"""Tensors of many units (scenes, captions) in shards of safetensors, each found by an index and a checksum.

::

    FOLDER/settings.json     what the folder is made with; its name follows from it
    FOLDER/index.jsonl       a head line (counts, checksum of the rest), then a record a unit
    FOLDER/shards/00000.safetensors ...
    FOLDER/parts/            finished units of shards that are not full yet, while a run goes on
    FOLDER/plan.json         which unit goes into which shard

A part and a shard carry their records in their own header, so an index can be made anew from the shards.
What a shard holds does not depend on how many processes made it, nor on whether the run was killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from recam.errors import DatasetError
from recam.files import atomic_file, make_folder

INDEX, PLAN, SETTINGS = "index.jsonl", "plan.json", "settings.json"
SHARDS, PARTS = "shards", "parts"
_DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"
}  # fmt: skip
_BYTES = {"F64": 8, "F32": 4, "BF16": 2, "F16": 2}
_LONGEST_HEADER = 100_000_000  # what the format allows
_CHUNK = 2**24

Record = dict[str, Any]
"""``unit``, ``tensors`` (name: dtype, shape, sha256), ``facts``; in an index also ``shard``."""


def shard_path(folder: Path, number: int) -> Path:
    return folder / SHARDS / f"{number:05d}.safetensors"


def part_path(folder: Path, unit: str) -> Path:
    return folder / PARTS / f"{hashlib.sha256(unit.encode()).hexdigest()[:32]}.safetensors"


def tensor_key(unit: str, name: str) -> str:
    """What a tensor is called in its shard."""
    return f"{unit}|{name}"


def checksum(tensor: Tensor) -> str:
    """SHA-256 of a tensor's bytes, little-endian, row by row."""
    return hashlib.sha256(_raw(tensor)).hexdigest()


def write_part(folder: Path, unit: str, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> int:
    """Keep the tensors of one finished unit, whole or not at all.

    Returns:
        Bytes of the tensors.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    described = {
        name: {"dtype": _DTYPES[t.dtype], "shape": list(t.shape), "sha256": checksum(t)}
        for name, t in tensors.items()
    }
    record: Record = {"unit": unit, "tensors": described, "facts": dict(facts)}
    make_folder(folder / PARTS)
    with atomic_file(part_path(folder, unit)) as temporary, temporary.open("wb") as file:
        for name in _write_head(file, [record]):
            file.write(_raw(tensors[name.removeprefix(f"{unit}|")]))
    return sum(map(_size, described.values()))


def merge_parts(folder: Path, number: int, units: Iterable[str]) -> list[Record]:
    """Make shard ``number`` of the parts of ``units``, in their order, and remove the parts.

    Units without a part are left out; without any there is no shard. Bytes are copied and checked a tensor
    at a time.

    Raises:
        DatasetError: a part is damaged (it is removed, so that the next run makes it anew).
        OutputError: the shard cannot be written, or the disk is full; the parts stay.
    """
    parts = {unit: path for unit in units if (path := part_path(folder, unit)).exists()}
    if not parts:
        return []
    records = [read_records(path)[0] for path in parts.values()]
    make_folder(folder / SHARDS)
    with atomic_file(shard_path(folder, number)) as temporary, temporary.open("wb") as file:
        sources = {key: path for record, path in zip(records, parts.values(), strict=True)
                   for key in _keys(record)}  # fmt: skip
        sums = {key: entry["sha256"] for record in records for key, entry in _entries(record)}
        for key in _write_head(file, records):
            _copy(sources[key], key, sums[key], file)
    for path in parts.values():
        path.unlink(missing_ok=True)
    return [record | {"shard": number} for record in records]


def read_records(path: Path) -> list[Record]:
    """The records in a part's or a shard's own header; whether all its bytes are there is checked, too.

    Raises:
        DatasetError: missing, damaged, cut off, or something else.
    """
    try:
        with path.open("rb") as file:
            head, begin = _read_head(file)
            ends = max(entry["data_offsets"][1] for key, entry in head.items() if key != "__metadata__")
            if begin + ends != os.fstat(file.fileno()).st_size:
                raise ValueError("its length is not what its head says")
            return json.loads(head["__metadata__"]["recam"])
    except FileNotFoundError as error:
        raise DatasetError(path, "is missing; the same recam data cache command makes it anew") from error
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise _damaged(path, error) from error


def existing_shards(folder: Path) -> list[int]:
    """Numbers of the shards that are there."""
    return sorted(int(path.stem) for path in (folder / SHARDS).glob("*.safetensors") if path.stem.isdigit())


def write_index(folder: Path, records: Iterable[Record]) -> Record:
    """Write ``index.jsonl`` and return its head line."""
    lines = [json.dumps(record, ensure_ascii=False, sort_keys=True).encode() + b"\n" for record in records]
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    shards = {
        f"{number:05d}": shard_path(folder, number).stat().st_size for number in existing_shards(folder)
    }
    head: Record = {"units": len(lines), "shards": shards, "sha256": digest.hexdigest()}
    with atomic_file(folder / INDEX) as temporary, temporary.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.writelines(lines)
    return head


def read_index(folder: Path) -> tuple[Record, list[bytes]]:
    """The head line of ``index.jsonl``, and a line of JSON for each unit.

    Raises:
        DatasetError: missing, cut off or altered.
    """
    path = folder / INDEX
    again = "the same recam data cache command makes it anew from the shards"
    try:
        first, *lines = path.read_bytes().splitlines(keepends=True)
        head = json.loads(first)
        digest = hashlib.sha256(b"".join(lines)).hexdigest()
        if head["units"] != len(lines) or head["sha256"] != digest:
            raise ValueError(f"{len(lines)} units of {head['units']}, or other contents than were written")
    except FileNotFoundError as error:
        raise DatasetError(path, f"is missing; the cache is not finished: {again}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(path, f"is damaged ({error}); {again}") from error
    return head, lines


class ShardReader:
    """Tensors of a finished folder by memory mapping: a tensor is read where it lies, when it is used.

    The first time that this process takes a tensor its checksum is compared.

    Args:
        folder: with an index.

    Raises:
        DatasetError: the index is missing or damaged.
    """

    _OPEN = 64  # shards mapped at a time

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.head, self._lines = read_index(self.folder)
        self.units = tuple(json.loads(line)["unit"] for line in self._lines)
        self._number = {unit: number for number, unit in enumerate(self.units)}
        self._open: dict[int, Any] = {}
        self._checked: set[str] = set()

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_open": {}, "_checked": set()}

    def __contains__(self, unit: str) -> bool:
        return unit in self._number

    def record(self, unit: str) -> Record:
        """Of a unit.

        Raises:
            DatasetError: the index does not have it.
        """
        if unit not in self._number:
            raise DatasetError(self.folder / INDEX, f"does not have {unit}")
        return json.loads(self._lines[self._number[unit]])

    def tensor(self, record: Record, name: str) -> Tensor:
        """A tensor of a unit, backed by the file: not to be written to.

        Raises:
            DatasetError: the shard is missing or damaged, or the bytes are not those that were written.
        """
        number, key = record["shard"], tensor_key(record["unit"], name)
        path = shard_path(self.folder, number)
        try:
            if number not in self._open:
                if len(self._open) >= self._OPEN:
                    self._open.pop(next(iter(self._open)))
                self._open[number] = safe_open(path, framework="pt")
            tensor = self._open[number].get_tensor(key)
        except FileNotFoundError as error:
            raise DatasetError(path, "is missing; the same recam data cache command makes it anew") from error
        except (OSError, SafetensorError) as error:
            raise _damaged(path, error) from error
        if key not in self._checked:
            if checksum(tensor) != record["tensors"][name]["sha256"]:
                raise DatasetError(
                    path, f"{record['unit']}, {name}: its bytes are not those that were written; {_ANEW}"
                )
            self._checked.add(key)
        return tensor


def verify(folder: Path) -> Iterator[tuple[int, list[DatasetError]]]:
    """Read all bytes back: for each shard of the index, its number and what is wrong with it.

    Raises:
        DatasetError: the index is missing or damaged.
    """
    head, lines = read_index(folder)
    records: dict[int, list[Record]] = {}
    for line in lines:
        record = json.loads(line)
        records.setdefault(record["shard"], []).append(record)
    for number in sorted({*records, *map(int, head["shards"])}):
        problems: list[DatasetError] = []
        path = shard_path(folder, number)
        try:
            read_records(path)
            with path.open("rb") as file:
                places = _places(file)
                for record in records.get(number, []):
                    for key, entry in _entries(record):
                        if _digest(_chunks(file, places[key])) != entry["sha256"]:
                            what = key.replace("|", ", ")
                            said = f"{what}: its bytes are not those that were written; {_ANEW}"
                            problems.append(DatasetError(path, said))
        except DatasetError as error:
            problems.append(error)
        except (OSError, ValueError, KeyError, TypeError) as error:
            problems.append(_damaged(path, error))
        yield number, problems


def read_plan(folder: Path) -> list[list[str]]:
    """The units of each shard, written or to be written; none where no run began.

    Raises:
        DatasetError: it is damaged.
    """
    path = folder / PLAN
    if not path.exists():
        return []
    try:
        plan = json.loads(path.read_bytes())
        if not all(isinstance(unit, str) for shard in plan for unit in shard):
            raise ValueError("it is no list of lists of names")
        return plan
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(
            path, f"is damaged ({error}); delete it: what is in shards stays, the rest is made anew"
        ) from error


def write_plan(folder: Path, plan: Sequence[Sequence[str]]) -> None:
    with atomic_file(folder / PLAN) as temporary:
        temporary.write_text(json.dumps(plan, ensure_ascii=False) + "\n", encoding="utf-8")


_ANEW = "delete the file, and the same recam data cache command makes it anew"


def _damaged(path: Path, error: Exception) -> DatasetError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DatasetError(path, f"is damaged ({reason}); {_ANEW}")


def _raw(tensor: Tensor) -> memoryview:
    flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return memoryview(flat.numpy())  # type: ignore[arg-type]


def _size(entry: Mapping[str, Any]) -> int:
    return int(torch.Size(entry["shape"]).numel()) * _BYTES[entry["dtype"]]


def _entries(record: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((tensor_key(record["unit"], name), entry) for name, entry in record["tensors"].items())


def _keys(record: Record) -> list[str]:
    return [key for key, _ in _entries(record)]


def _write_head(file: BinaryIO, records: Sequence[Record]) -> list[str]:
    """Write the safetensors head and return the keys in the order in which their bytes must follow.

    Wide numbers come first, which keeps all of them aligned.
    """
    entries = sorted(
        (item for record in records for item in _entries(record)), key=lambda item: -_BYTES[item[1]["dtype"]]
    )
    head: dict[str, Any] = {"__metadata__": {"recam": json.dumps(list(records), ensure_ascii=False)}}
    end = 0
    for key, entry in entries:
        begin, end = end, end + _size(entry)
        head[key] = {"dtype": entry["dtype"], "shape": entry["shape"], "data_offsets": [begin, end]}
    text = json.dumps(head, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    return [key for key, _ in entries]


def _read_head(file: BinaryIO) -> tuple[dict[str, Any], int]:
    """(the safetensors head, where the tensors' bytes begin)."""
    (length,) = struct.unpack("<Q", file.read(8))
    if length > _LONGEST_HEADER:
        raise ValueError("it is no safetensors file")
    return json.loads(file.read(length)), 8 + length


def _places(file: BinaryIO) -> dict[str, tuple[int, int]]:
    """Where in the file the bytes of each tensor begin and end."""
    head, start = _read_head(file)
    return {
        key: (start + entry["data_offsets"][0], start + entry["data_offsets"][1])
        for key, entry in head.items()
        if key != "__metadata__"
    }


def _chunks(file: BinaryIO, place: tuple[int, int]) -> Iterator[bytes]:
    position, end = place
    file.seek(position)
    while position < end:
        chunk = file.read(min(_CHUNK, end - position))
        if not chunk:
            raise ValueError("it is cut off")
        position += len(chunk)
        yield chunk


def _digest(chunks: Iterable[bytes], file: BinaryIO | None = None) -> str:
    """SHA-256 of the chunks, which are written on into ``file``."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        if file is not None:
            file.write(chunk)
    return digest.hexdigest()


def _copy(path: Path, key: str, expected: str, target: BinaryIO) -> None:
    with path.open("rb") as file:
        copied = _digest(_chunks(file, _places(file)[key]), target)
    if copied != expected:
        path.unlink()
        raise DatasetError(path, "was damaged and is removed; the same command makes it anew")
