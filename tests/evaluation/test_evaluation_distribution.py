"""The Frechet distance against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import ortho_group

from recam.errors import InputError
from recam.evaluation.distribution import FeatureStatistics, Gaussian, frechet_distance


def gaussian(mean: np.ndarray, covariance: np.ndarray, count: int = 5000) -> Gaussian:
    return Gaussian(np.asarray(mean, float), np.asarray(covariance, float), count)


def test_commuting_covariances_have_a_closed_form_even_when_singular() -> None:
    rng = np.random.default_rng(0)
    turn = ortho_group.rvs(64, random_state=1)
    ours, theirs = rng.uniform(0, 3, 64), rng.uniform(0, 3, 64)
    ours[:40], theirs[20:50] = 0, 0  # far from full rank
    mean = rng.normal(size=64)
    expected = (mean**2).sum() + ((np.sqrt(ours) - np.sqrt(theirs)) ** 2).sum()
    found = frechet_distance(
        gaussian(mean, turn * ours @ turn.T), gaussian(np.zeros(64), turn * theirs @ turn.T)
    )
    assert found.value == pytest.approx(expected, abs=1e-6)


def test_general_covariances_agree_with_a_dense_square_root() -> None:
    rng = np.random.default_rng(3)
    one, other = (a @ a.T / 8 + 0.1 * np.eye(8) for a in rng.normal(size=(2, 8, 8)))
    expected = np.trace(one + other - 2 * np.real(sqrtm(one @ other)))
    found = frechet_distance(gaussian(np.zeros(8), one), gaussian(np.zeros(8), other))
    assert found.value == pytest.approx(expected, abs=1e-6)


def test_fewer_samples_than_features_agree_with_the_samples_own_products() -> None:
    """tr (S1 S2)^(1/2) is the sum of the singular values of A B^T for centred samples A and B: no root."""
    rng = np.random.default_rng(6)
    samples = [rng.normal(size=(count, 200)) @ rng.normal(size=(200, 200)) / 9 for count in (30, 45)]
    gaussians = []
    for part in samples:
        statistics = FeatureStatistics()
        statistics.add(part.astype(np.float32))
        gaussians.append(statistics.gaussian())
    one, other = (part.astype(np.float32).astype(np.float64) for part in samples)
    centred = [part - part.mean(axis=0) for part in (one, other)]
    cross = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum() / np.sqrt(29 * 44)
    traces = sum((part**2).sum() / (len(part) - 1) for part in centred)
    expected = ((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum() + traces - 2 * cross
    assert frechet_distance(*gaussians).value == pytest.approx(expected, abs=1e-6)


def test_sets_without_any_spread_are_as_far_apart_as_their_means() -> None:
    found = frechet_distance(gaussian(np.ones(3), np.zeros((3, 3))), gaussian(np.zeros(3), np.eye(3)))
    assert found.value == pytest.approx(6.0, abs=1e-12)


def test_equal_sets_of_few_samples_are_at_zero() -> None:
    features = np.random.default_rng(4).normal(size=(20, 100))
    statistics = FeatureStatistics()
    statistics.add(features)
    found = frechet_distance(statistics.gaussian(), statistics.gaussian())
    assert found.value == pytest.approx(0, abs=1e-6)
    assert "20 and 20 samples" in found.note


def test_batches_add_up_to_the_whole_even_far_from_the_origin() -> None:
    features = np.random.default_rng(5).normal(size=(301, 7)) * np.arange(1, 8) + 1e6
    statistics = FeatureStatistics()
    for batch in np.array_split(features, [1, 4, 4, 90]):
        statistics.add(batch)
    whole = statistics.gaussian()
    assert whole.count == 301
    np.testing.assert_allclose(whole.mean, features.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(whole.covariance, np.cov(features.T), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("batch", [1, 16, 1023, 1024, 2500])
def test_many_vectors_add_up_in_blocks(batch) -> None:
    features = np.random.default_rng(7).normal(size=(2500, 5)) @ np.triu(np.ones((5, 5))) + 100
    statistics = FeatureStatistics()
    for start in range(0, 2500, batch):
        statistics.add(features[start : start + batch])
        assert statistics.count == min(2500, start + batch)
    whole = statistics.gaussian()
    np.testing.assert_allclose(whole.mean, features.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(whole.covariance, np.cov(features.T), rtol=1e-11)
    statistics.add(features[:10])  # what came before counts on
    assert statistics.gaussian().count == 2510


def test_features_that_cannot_be_used_are_refused() -> None:
    statistics = FeatureStatistics()
    with pytest.raises(InputError, match="at least 2 samples, not 0"):
        statistics.gaussian()
    statistics.add(np.ones((1, 4)))
    with pytest.raises(InputError, match=r"\[N, 4\], not \[2, 5\]"):
        statistics.add(np.ones((2, 5)))
    with pytest.raises(InputError, match="not finite"):
        statistics.add(np.full((2, 4), np.nan))
    with pytest.raises(InputError, match="3 and 4 numbers"):
        frechet_distance(gaussian(np.zeros(3), np.eye(3)), gaussian(np.zeros(4), np.eye(4)))
