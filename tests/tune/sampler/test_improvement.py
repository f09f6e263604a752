"""Expected improvement against many digits and against Monte Carlo."""

import gp_reference
import mpmath
import numpy as np
import pytest

from unstuck.tune.sampler.acquisition import Acquisition
from unstuck.tune.sampler.hyper_prior import HyperParameters
from unstuck.tune.sampler.improvement import log_improvement, mean_of_logs
from unstuck.tune.sampler.maximise import best_points, climb
from unstuck.tune.sampler.posterior import posterior

HYPERS = (HyperParameters(np.array([0.3, 1.2]), 1.7, 0.01), HyperParameters(np.array([0.8, 0.2]), 0.4, 1e-4))


def exact(z):
    """Logarithm of φ(z) + z Φ(z) and its derivative, with 60 digits."""
    with mpmath.workdps(60 + int(z * z)):
        z = mpmath.mpf(z)
        h = mpmath.npdf(z) + z * mpmath.ncdf(z)
        return float(mpmath.log(h)), float(mpmath.ncdf(z) / h)


@pytest.mark.parametrize("z", [-45.0, -31.0, -29.0, -8.0, -1.0, 0.0, 1e-3, 2.0, 9.0, 50.0])
def test_the_logarithm_has_the_digits_of_the_exact_value(z):
    value, slope = log_improvement(np.array(z))
    expected, expected_slope = exact(z)
    assert float(value) == pytest.approx(expected, rel=1e-7)
    assert float(slope) == pytest.approx(expected_slope, rel=1e-5)


def test_it_is_finite_and_has_a_slope_where_improvement_underflows():
    value, slope = log_improvement(np.array([-1e5, -1e2]))
    assert np.isfinite(value).all()
    assert slope == pytest.approx([1e5, 1e2], rel=1e-3)


def test_expected_improvement_is_the_mean_of_what_random_values_improve():
    draws = np.random.default_rng(0).normal(1.3, 0.8, 400_000)
    expected = np.maximum(0.9 - draws, 0).mean()
    z = (0.9 - 1.3) / 0.8
    assert 0.8 * np.exp(log_improvement(np.array(z))[0]) == pytest.approx(expected, rel=0.01)


def test_the_mean_of_logarithms_is_that_of_their_powers():
    logs = np.log([[1.0, 2.0], [3.0, 6.0]])
    mean, shares = mean_of_logs(logs)
    assert np.exp(mean) == pytest.approx([2.0, 4.0])
    assert shares == pytest.approx(np.array([[0.25, 0.25], [0.75, 0.75]]))


@pytest.fixture
def model():
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(8, 2))
    y = np.stack([np.sin(4 * x[:, 0]) + x[:, 1], np.cos(3 * x[:, 1])], axis=1)
    after = posterior(x, y, HYPERS)
    cost = posterior(x, (x[:, :1] - 0.5) * 3, HYPERS[:1])
    return Acquisition(after, after.observed_means().min(axis=1), cost, 0.7)


def test_integrated_improvement_is_the_mean_over_samples_and_fantasies(model):
    points = np.random.default_rng(2).uniform(size=(5, 2))
    mean, deviation = model.objective.predict(points)
    normal = np.random.default_rng(3).standard_normal(200_000)
    for q in range(5):
        improved = [
            np.maximum(model.best[s, m] - mean[s, q, m] - deviation[s, q] * normal, 0).mean()
            for s in range(2) for m in range(2)
        ]  # fmt: skip
        plain = Acquisition(model.objective, model.best).values(points)[q]
        assert np.exp(plain) == pytest.approx(np.mean(improved), rel=0.03, abs=1e-5)


def test_per_second_the_mean_of_one_over_the_cost_multiplies_it(model):
    points = np.random.default_rng(2).uniform(size=(5, 2))
    plain = Acquisition(model.objective, model.best).values(points)
    mean, deviation = model.cost.predict(points)
    normal = np.random.default_rng(3).standard_normal(200_000)
    speed = [np.exp(-0.7 * (mean[0, q, 0] + deviation[0, q] * normal)).mean() for q in range(5)]
    assert np.exp(model.values(points) - plain) == pytest.approx(speed, rel=0.02)


def test_the_slope_is_that_of_the_value(model):
    point = np.array([0.37, 0.61])
    value, slope = model.value_and_slope(point)
    assert value == pytest.approx(float(model.values(point[None])[0]))
    assert slope == pytest.approx(gp_reference.gradient(lambda p: float(model.values(p[None])[0]), point), rel=1e-4)


def test_a_climb_ends_where_no_point_of_a_fine_grid_is_higher(model):
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 41)] * 2), axis=-1).reshape(-1, 2)
    free = np.array([True, True])
    points = best_points(model, grid[::7], free, snap=lambda point: point)
    assert model.values(points[0][None])[0] >= model.values(grid).max() - 1e-9


def test_a_climb_moves_free_columns_only(model):
    start = np.array([0.3, 0.5])
    end, value = climb(model, start, np.array([True, False]))
    assert end[1] == 0.5
    assert value >= model.values(start[None])[0]
    assert climb(model, start, np.array([False, False]))[0] == pytest.approx(start)
