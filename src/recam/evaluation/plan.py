"""What a run measures: the offers of all modules of :mod:`recam.evaluation.measures`, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recam.errors import InputError
from recam.evaluation.measure import Figure, Measure, Offer, SetMeasure, Skipped
from recam.evaluation.measures import (
    cameras,
    clip,
    dense_matches,
    fid,
    flicker,
    floor,
    fvd,
    matches,
    truth,
    vbench,
)
from recam.evaluation.weights import NETWORKS


@dataclass(frozen=True)
class Settings:
    """What the user may choose; all of it is written into the report."""

    weights: Mapping[str, str] = field(default_factory=dict)
    """By network (``inception``, ``i3d``, ``clip`` ...): a path, a hub id, either with ``#sha256=...``."""
    device: str = "cpu"
    """Where networks run, as torch names it."""
    seed: int = 0
    """Of everything random."""
    pose_frames: int = 21
    """Frames, spread over a clip, from which its camera is solved."""
    prepend_source: bool = False
    """Solve with the source's first frame in front, which ties the start."""
    vbench: Path | None = None
    """Results of VBench itself, to be imported."""
    only: tuple[str, ...] = ()
    """Names of measures; default: all."""


@dataclass(frozen=True)
class Plan:
    """All measures of a run, picklable, and what is skipped."""

    measures: tuple[Measure, ...]
    set_measures: tuple[SetMeasure, ...]
    skipped: tuple[Skipped, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every column, measured or skipped, in the order of the report."""
        parts = (*self.measures, *self.set_measures, *self.skipped)
        return tuple(figure for part in parts for figure in part.figures)


OFFERS: tuple[Callable[[Settings], Offer], ...] = (
    cameras.offer,
    floor.offer,
    flicker.offer,
    truth.offer,
    matches.offer,
    dense_matches.offer,
    clip.offer,
    fid.offer,
    fvd.offer,
    vbench.offer,
)


def make_plan(settings: Settings) -> Plan:
    """Raises:
    InputError: ``only`` names a measure that does not exist, or ``weights`` a network.
    CheckpointError: weights that are given cannot be used.
    """
    strange = sorted(set(settings.weights) - set(NETWORKS))
    if strange:
        raise InputError(f"there is no network {strange[0]!r}; --weights knows {', '.join(NETWORKS)}")
    offers = [offer(settings) for offer in OFFERS]
    measures = tuple(measure for offer in offers for measure in offer.measures)
    together = tuple(measure for offer in offers for measure in offer.set_measures)
    skipped = tuple(entry for offer in offers for entry in offer.skipped)
    names = [measure.name for measure in (*measures, *together)]
    skippable = {name for entry in skipped for figure in entry.figures for name in _names(figure)}
    groups = {name.split(".")[0] for name in names} - set(names)  # "clip" is clip.t, clip.f and clip.v
    unknown = [name for name in settings.only if name not in {*names, *groups, *skippable}]
    if unknown:
        waiting = sorted({figure.name.split(".")[0] for entry in skipped for figure in entry.figures})
        more = f", and with their weights {', '.join(waiting)}" if waiting else ""
        raise InputError(f"there is no measure {unknown[0]!r}; there are {', '.join(names)}{more}")
    if settings.only:
        chosen = {*settings.only, *(n for n in names if n.split(".")[0] in groups & set(settings.only))}
        measures = tuple(measure for measure in measures if measure.name in chosen)
        together = tuple(measure for measure in together if measure.name in chosen)
        skipped = tuple(
            entry
            for entry in skipped
            if any(name in settings.only for figure in entry.figures for name in _names(figure))
        )
    return Plan(measures, together, skipped)


def _names(figure: Figure) -> tuple[str, str]:
    """What a skipped figure may be asked for by: its name, and the part before the dot, as measures are
    called."""
    return figure.name, figure.name.split(".")[0]
