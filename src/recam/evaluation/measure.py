"""What a figure of the scorecard is, and what measures one: the words that the whole room shares.

A :class:`Measure` gives figures of one clip, a :class:`SetMeasure` figures of many clips together. Neither
knows files' names, other clips or reports. A figure that has no value says why: nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from recam.evaluation.case import Case
    from recam.evaluation.store import Store

Input = Literal["generated", "source", "target", "camera", "lens", "caption", "views", "poses", "name"]
"""What a figure depends on. ``views``: the true videos of all clips of the same source. ``poses``: the
file of another estimator's cameras; a clip without one lacks nothing. ``name``: what the clip
is called (its id, its method, its generated video's path), for figures that others file under names."""
Status = Literal["failed", "undefined", "lacking"]
"""Why a clip has no value. ``failed``: it should have one (counts in the failure rate). ``undefined``: "
"it has none by
definition, such as the direction of a camera that does not move. ``lacking``: the manifest does not give
what is needed, such as the true video."""


@dataclass(frozen=True)
class Figure:
    """One column of the scorecard."""

    name: str
    """Unique, lower case, with dots: ``rotation.mean_degrees``."""
    title: str
    """For a table's head, a few words."""
    unit: str
    """``degrees``, ``dB`` ...; "" for a pure number."""
    better: Literal["higher", "lower", "neither"]
    about: str
    """The definition and whose it is, in a sentence or two."""
    tier: Literal[0, 1] = 0
    """1: needs weights."""
    digits: int = 3
    """Decimals that a table shows."""


@dataclass(frozen=True)
class Missing:
    """Why there is no value."""

    status: Status
    reason: str


@dataclass(frozen=True)
class Found:
    """What a measure found of one clip: a value or a reason for each of its figures."""

    values: Mapping[str, float | None]
    missing: Mapping[str, Missing] = field(default_factory=dict)
    """For every figure whose value is None."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Shown with the clip and never averaged (JSON values): how a camera was found, a refined focal
    length."""

    @classmethod
    def nothing(cls, figures: Iterable[Figure], status: Status, reason: str) -> Found:
        """No value for any of ``figures``, all for one reason."""
        names = [figure.name for figure in figures]
        return cls(dict.fromkeys(names), {name: Missing(status, reason) for name in names})

    def to_json(self) -> dict[str, Any]:
        return {
            "values": dict(self.values),
            "missing": {name: asdict(missing) for name, missing in self.missing.items()},
            "details": dict(self.details),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Found:
        missing = {name: Missing(**entry) for name, entry in data["missing"].items()}
        return cls(data["values"], missing, data["details"])


class Measure(Protocol):
    """Figures of one clip. Picklable; a network is loaded when it is first needed, in the worker."""

    @property
    def name(self) -> str:
        """Unique: ``flicker``."""
        ...

    @property
    def key(self) -> str:
        """Changes whenever the same inputs would give other values: a version, settings, checksums of
        weights."""
        ...

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All that the values depend on. A clip that lacks one gets :class:`Missing` ``lacking``
        without a call."""
        ...

    @property
    def figures(self) -> tuple[Figure, ...]: ...

    def measure(self, case: Case) -> Found:
        """Raises:
        RecamError: the clip cannot be measured; all figures become ``failed`` with its message.
        CheckpointError, ResultsError, MachineError: nothing can be measured with these weights, with these
            results of others or on this machine; ends the run.
        """
        ...


@dataclass(frozen=True)
class SetValue:
    """A figure of many clips together."""

    value: float | None
    samples: int
    """How many feature vectors of the generated videos it rests on."""
    note: str = ""
    """What to know when comparing it, such as a bias of few samples; or why there is no value."""


class SetMeasure(Protocol):
    """Figures of many clips together, such as distances of distributions. Picklable like a measure."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str:
        """As a measure's; a report states it."""
        ...

    @property
    def inputs(self) -> tuple[Input, ...]: ...

    @property
    def figures(self) -> tuple[Figure, ...]: ...

    def prepare(self, case: Case) -> dict[str, Any]:
        """In a worker: keep the features of one clip in the store (``case.features``).

        Returns:
            what :meth:`score` needs to find them again (JSON values), such as content hashes.

        Raises:
            RecamError: the clip has no features; it is left out and counted, with the message.
        """
        ...

    def score(self, notes: Iterable[Mapping[str, Any]], store: Store) -> dict[str, SetValue]:
        """The figures of the clips whose ``prepare`` gave ``notes``, in the manifest's order; streams them,
        as often as it needs to, so that memory does not grow with their number."""
        ...


@dataclass(frozen=True)
class Skipped:
    """Figures that were not measured for want of weights or of a package; stated in the report, never
    guessed."""

    figures: tuple[Figure, ...]
    needs: str
    """``Inception-v3 weights (TorchScript)``."""
    how: str
    """What to type: ``--weights inception=PATH``."""


@dataclass(frozen=True)
class Offer:
    """What one module of :mod:`recam.evaluation.measures` can measure with the settings at hand."""

    measures: tuple[Measure, ...] = ()
    set_measures: tuple[SetMeasure, ...] = ()
    skipped: tuple[Skipped, ...] = ()
