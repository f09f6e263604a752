"""Slow and obvious references: loops and general formulas."""

import math

import numpy as np
from scipy.special import kv


def matern(first, second, lengths, variance, smoothness=2.5):
    """The general Matérn covariance, by the Bessel function that defines it."""
    r = math.sqrt(sum(((a - b) / length) ** 2 for a, b, length in zip(first, second, lengths, strict=True)))
    if r == 0:
        return variance
    scaled = math.sqrt(2 * smoothness) * r
    factor = 2 ** (1 - smoothness) / math.gamma(smoothness)
    return variance * factor * scaled**smoothness * kv(smoothness, scaled)


def cross(x, z, hyper, mean_variance=1.0):
    return np.array([[matern(a, b, hyper.lengths, hyper.variance) + mean_variance for b in z] for a in x])


def observed(x, hyper, jitter=1e-9):
    return cross(x, x, hyper) + (hyper.noise + jitter * hyper.variance) * np.eye(len(x))


def predict(x, y, points, hyper):
    """Mean and covariance of the objective at the points, by solving the equations of the textbook."""
    covariance, between = observed(x, hyper), cross(x, points, hyper)
    mean = between.T @ np.linalg.solve(covariance, y)
    return mean, cross(points, points, hyper) - between.T @ np.linalg.solve(covariance, between)


def gradient(function, point, step=1e-6):
    """Central differences."""
    found = []
    for column in range(len(point)):
        up, down = point.copy(), point.copy()
        up[column] += step
        down[column] -= step
        found.append((function(up) - function(down)) / (2 * step))
    return np.array(found)
