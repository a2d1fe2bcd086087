"""How far two sets of features are apart as Gaussians: the Frechet distance behind FID, FVD and FVD-V.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017:
``|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))`` (D. C. Dowson and B. V. Landau, 1982).

The usual dense matrix square root fails, or answers with complex numbers, when a covariance is singular, as
it is for fewer samples than features. With S = L L^T the last trace is the sum of the singular values of
``L1^T L2``, which always exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import svdvals

from recam.camera.poses import FloatArray
from recam.errors import InputError

FEW_SAMPLES = 2000
"""Below this many samples the distance of equal distributions is far from 0: results say so."""
_BLOCK = 1024
"""Vectors that are added up at once: a product of two [D,D] matrices for each would cost far more."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean [D] and covariance [D,D] (with Bessel's correction) of ``count`` feature vectors, float64."""

    mean: FloatArray
    covariance: FloatArray
    count: int


@dataclass(frozen=True)
class FrechetDistance:
    """A distance with what is needed to judge it."""

    value: float
    samples: tuple[int, int]

    @property
    def note(self) -> str:
        """What to know about the number of samples; "" from 2,000 on."""
        if min(self.samples) >= FEW_SAMPLES:
            return ""
        return (
            f"biased upwards: {self.samples[0]} and {self.samples[1]} samples, fewer than {FEW_SAMPLES}; "
            "compare only figures of equal sample numbers"
        )


class FeatureStatistics:
    """Mean and covariance of features that come in batches, in memory that does not grow with them.

    Updates as in T. F. Chan, G. H. Golub, R. J. LeVeque, 1979, so that nothing cancels.
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean: FloatArray | None = None
        self._scatter: FloatArray | None = None
        self._waiting: list[FloatArray] = []

    @property
    def count(self) -> int:
        """Vectors added so far."""
        return self._count + sum(len(batch) for batch in self._waiting)

    def add(self, features: ArrayLike) -> None:
        """Add feature vectors [N,D].

        Raises:
            InputError: another shape, another D than before, or numbers that are not finite.
        """
        batch = np.array(features, dtype=np.float64)
        known = (
            self._waiting[0].shape[1] if self._waiting else None if self._mean is None else len(self._mean)
        )
        if batch.ndim != 2 or known not in (None, batch.shape[1]):
            raise InputError(f"features must have the shape [N, {known or 'D'}], not {list(batch.shape)}")
        if not np.isfinite(batch).all():
            raise InputError("features hold numbers that are not finite")
        if len(batch):
            self._waiting.append(batch)
        if sum(len(batch) for batch in self._waiting) >= _BLOCK:
            self._add_up()

    def _add_up(self) -> None:
        if not self._waiting:
            return
        batch = np.concatenate(self._waiting)
        self._waiting = []
        mean = batch.mean(axis=0)
        away = batch - mean
        scatter = away.T @ away
        if self._mean is None or self._scatter is None:
            self._count, self._mean, self._scatter = len(batch), mean, scatter
            return
        both = self._count + len(batch)
        step = mean - self._mean
        self._scatter += scatter
        self._scatter += np.outer(step, step * (self._count * len(batch) / both))
        self._mean = self._mean + step * (len(batch) / both)
        self._count = both

    def gaussian(self) -> Gaussian:
        """What the features add up to.

        Raises:
            InputError: fewer than two vectors were added.
        """
        self._add_up()
        if self._count < 2 or self._mean is None or self._scatter is None:
            raise InputError(f"a covariance needs at least 2 samples, not {self._count}")
        return Gaussian(self._mean, self._scatter / (self._count - 1), self._count)


def frechet_distance(one: Gaussian, other: Gaussian) -> FrechetDistance:
    """The squared Frechet (2-Wasserstein) distance of two Gaussians, at least 0.

    Raises:
        InputError: they have different numbers of features.
    """
    if one.mean.shape != other.mean.shape:
        raise InputError(
            f"features have {len(one.mean)} and {len(other.mean)} numbers; use one network for both"
        )
    shift = float(((one.mean - other.mean) ** 2).sum())
    product = _root(one.covariance).T @ _root(other.covariance)
    cross = float(np.sum(svdvals(product, overwrite_a=True))) if product.size else 0.0
    value = shift + float(np.trace(one.covariance) + np.trace(other.covariance) - 2 * cross)
    return FrechetDistance(max(0.0, value), (one.count, other.count))


def _root(covariance: FloatArray) -> FloatArray:
    """L [D,rank] with L L^T = S, for symmetric S without negative eigenvalues but for rounding.

    What rounding makes of eigenvalues that are zero is left out: its root would be far larger than it is.
    """
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    real = values > values[-1] * len(values) * np.finfo(np.float64).eps
    return vectors[:, real] * np.sqrt(values[real])
