"""Batches of pairs for one of several processes: its share of the sequence, broken files, going on later."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from torch.utils.data import DataLoader, Dataset

from recam.data.pairs import Pair, PairBatch, PairDataset, collate_pairs
from recam.errors import CheckpointError, DatasetError, FileError, InputError

_log = logging.getLogger("recam.data")


@dataclass(frozen=True)
class Skipped:
    """A pair that could not be had."""

    number: int
    """In the endless sequence of epochs."""
    error: FileError
    """The file and what is wrong with it."""

    def __str__(self) -> str:
        return f"pair {self.number} skipped: {self.error}"


class _Careful(Dataset[Pair | Skipped]):
    """Hands a file's error over as a value: raised in a worker process it would lose its path."""

    def __init__(self, pairs: PairDataset) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, number: int) -> Pair | Skipped:
        try:
            return self.pairs[number]
        except FileError as error:
            return Skipped(number, error)


class PairLoader:
    """Endless batches of this process's share, ``rank``, ``rank + world_size``, ... of the sequence of pairs.

    The order depends on the data set, ``rank`` and ``world_size`` alone, not on ``num_workers``. All shares
    together are every pair of every epoch exactly once. A broken item is never replaced: the loader stops
    with its path, or leaves it out, says so, and goes on with the next of its share; batches stay full.

    Args:
        pairs: the data set.
        batch_size: pairs in a batch.
        rank, world_size: which of how many processes this is.
        num_workers: processes that read ahead; with 0 this one reads.
        epochs: stop after so many, with a last batch that may be smaller; default: never.
        on_error: ``stop`` raises the error of a broken file; ``skip`` leaves the pair out.
        max_skipped: with ``skip``, how many pairs may be left out in all.
        options: for torch's ``DataLoader``, such as ``prefetch_factor`` or ``multiprocessing_context``.

    Attributes:
        skipped: what was left out since this loader was made.

    Raises:
        InputError: a number out of range.
    """

    def __init__(
        self,
        pairs: PairDataset,
        batch_size: int,
        *,
        rank: int = 0,
        world_size: int = 1,
        num_workers: int = 0,
        epochs: int | None = None,
        on_error: Literal["stop", "skip"] = "stop",
        max_skipped: int = 0,
        on_skip: Callable[[Skipped], None] | None = None,
        **options: Any,
    ) -> None:
        if batch_size < 1:
            raise InputError(f"batch_size={batch_size} must be 1 or more")
        if not 0 <= rank < world_size:
            raise InputError(f"rank={rank} must be 0 to world_size - 1 ({world_size - 1})")
        if on_error not in ("stop", "skip"):
            raise InputError(f"on_error={on_error!r} must be 'stop' or 'skip'")
        self.pairs, self.batch_size, self.rank, self.world_size = pairs, batch_size, rank, world_size
        self.num_workers, self.epochs, self.options = num_workers, epochs, options
        self.on_error, self.max_skipped, self.on_skip = on_error, max_skipped, on_skip
        self.skipped: list[Skipped] = []
        self._taken = self._left_out = 0

    @property
    def epoch(self) -> int:
        """Of the next pair."""
        return self._next(self._taken) // len(self.pairs)

    def __iter__(self) -> Iterator[PairBatch]:
        """Batches from where the loader stands; what was read ahead and not handed out does not count."""
        taken, batch = self._taken, []
        for item in self._items(taken):
            taken += 1
            if isinstance(item, Skipped):
                self._leave_out(item)
            else:
                batch.append(item)
            if len(batch) == self.batch_size:
                self._taken = taken
                yield collate_pairs(batch)
                batch = []
        self._taken = taken
        if batch:
            yield collate_pairs(batch)

    def state_dict(self) -> dict[str, Any]:
        """Where this process stands: what was handed out, not what was read ahead."""
        return {
            "taken": self._taken,
            "skipped": self._left_out,
            "rank": self.rank,
            "world_size": self.world_size,
            "order": self._mark(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on exactly where :meth:`state_dict` was called.

        Raises:
            CheckpointError: it is of another data set, seed, rank or number of processes.
        """
        here = self.state_dict()
        for name, what in (("order", "scenes or settings"), ("world_size", "processes"), ("rank", "rank")):
            if state.get(name) != here[name]:
                raise CheckpointError(
                    "the data loader's state", f"is of other {what}: {state.get(name)}, not {here[name]}"
                )
        self._taken, self._left_out = int(state["taken"]), int(state["skipped"])

    def _items(self, taken: int) -> Iterator[Pair | Skipped]:
        numbers: Any = itertools.count(self._next(taken), self.world_size)
        if self.epochs is not None:
            numbers = range(self._next(taken), self.epochs * len(self.pairs), self.world_size)
        return iter(
            DataLoader(
                _Careful(self.pairs),
                batch_size=None,
                sampler=numbers,
                num_workers=self.num_workers,
                collate_fn=_as_it_is,
                **self.options,
            )
        )

    def _next(self, taken: int) -> int:
        return self.rank + taken * self.world_size

    def _leave_out(self, item: Skipped) -> None:
        if self.on_error == "stop":
            raise item.error
        self._left_out += 1
        if self._left_out > self.max_skipped:
            raise DatasetError(
                item.error.path,
                f"{item.error.reason}; it is broken item {self._left_out}, and max_skipped is "
                f"{self.max_skipped}",
            ) from item.error
        self.skipped.append(item)
        _log.warning("%s (%d of at most %d)", item, self._left_out, self.max_skipped)
        if self.on_skip:
            self.on_skip(item)

    def _mark(self) -> str:
        facts = [list(self.pairs.views.names), asdict(self.pairs.settings)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _as_it_is(item: Any) -> Any:
    return item
