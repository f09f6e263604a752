"""Nine scalers with eight models, cross-validated: which of them care about scales on this data."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from unstuck.analysis.data.measure import Progress, silent
from unstuck.baseline.folds import folds_of
from unstuck.baseline.intervals import of_folds
from unstuck.baseline.metrics import METRICS, Prediction
from unstuck.baseline.problem import Examples, Problem
from unstuck.core.data_types import Task
from unstuck.record.events.data.baselines import ScalerScore

MOST_ROWS = 1000
TEN_FOLDS_BELOW = 500
"""rows; else 5 folds"""


def _scaler(name: str) -> Callable[[int], Any]:
    def make(rows: int) -> Any:
        from sklearn import preprocessing

        about: dict[str, Any] = {}
        if name == "QuantileTransformer":
            about = {"n_quantiles": min(1000, rows), "random_state": 0}
        return getattr(preprocessing, name)(**about)

    return make


def _quantile_normal(rows: int) -> Any:
    from sklearn.preprocessing import QuantileTransformer

    return QuantileTransformer(n_quantiles=min(1000, rows), output_distribution="normal", random_state=0)


SCALERS: Mapping[str, Callable[[int], Any]] = MappingProxyType({
    "none": lambda _: "passthrough",
    "MaxAbs": _scaler("MaxAbsScaler"),
    "MinMax": _scaler("MinMaxScaler"),
    "Normalizer": _scaler("Normalizer"),
    "Power": _scaler("PowerTransformer"),
    "Quantile-normal": _quantile_normal,
    "Quantile-uniform": _scaler("QuantileTransformer"),
    "Robust": _scaler("RobustScaler"),
    "Standard": _scaler("StandardScaler"),
})  # fmt: skip


def _models(task: Task) -> dict[str, Callable[[], Any]]:
    """The fastest first: defaults of scikit-learn, but for the iterations of what else would not converge."""
    from sklearn import discriminant_analysis, ensemble, linear_model, naive_bayes, neighbors, neural_network, svm, tree

    if task is Task.REGRESSION:
        return {
            "CART": lambda: tree.DecisionTreeRegressor(random_state=0), "KNN": neighbors.KNeighborsRegressor,
            "LR": linear_model.Ridge, "SVM": svm.SVR,
            "RF": lambda: ensemble.RandomForestRegressor(random_state=0),
            "MLP": lambda: neural_network.MLPRegressor(max_iter=500, random_state=0),
        }  # fmt: skip
    return {
        "CART": lambda: tree.DecisionTreeClassifier(random_state=0), "KNN": neighbors.KNeighborsClassifier,
        "LDA": discriminant_analysis.LinearDiscriminantAnalysis,
        "LR": lambda: linear_model.LogisticRegression(max_iter=1000),
        "NB": naive_bayes.GaussianNB, "SVM": svm.SVC,
        "RF": lambda: ensemble.RandomForestClassifier(random_state=0),
        "MLP": lambda: neural_network.MLPClassifier(max_iter=500, random_state=0),
    }  # fmt: skip


def scaler_scores(
    problem: Problem, *, seconds: float, seed: int, progress: Progress = silent
) -> Iterator[ScalerScore]:
    """The score of every pair; those that the time does not suffice for are missing.

    Accuracy, or R² of the first target of a regression. No pair for a multi-label task.
    """
    if problem.task is Task.MULTI_LABEL:
        return
    train = _cut(problem.train, seed)
    folds = folds_of(train, problem.task, 10 if len(train) < TEN_FOLDS_BELOW else 5, seed)
    metric = METRICS["r2" if problem.task is Task.REGRESSION else "accuracy"]
    models = _models(problem.task)
    deadline, done = time.perf_counter() + seconds, 0
    for model, make in models.items():
        for name, scaler in SCALERS.items():
            progress(f"{name} with {model}", done / (len(models) * len(SCALERS)))
            done += 1
            if time.perf_counter() > deadline:
                return
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scores = [_score(train, fit, test, scaler(len(fit)), make(), metric.of) for fit, test in folds.pairs]
            sizes, tests = zip(*((len(fit), len(test)) for fit, test in folds.pairs), strict=True)
            low, high = of_folds(scores, sizes, tests) or (None, None)
            yield ScalerScore(
                split=train.split, scaler=name, model=model, value=float(np.mean(scores)), low=low, high=high,
                metric=metric.name, protocol=f"{folds.protocol} of {len(train):,} rows",
            )  # fmt: skip


def _cut(train: Examples, seed: int) -> Examples:
    rows = np.arange(len(train))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    return Examples(
        split=train.split, name=train.name, rows=train.rows[rows], inside=train.inside[rows], x=train.x[rows],
        y=train.y[rows] if train.y.ndim == 1 else train.y[rows, :1],
        groups=None if train.groups is None else train.groups[rows],
        times=None if train.times is None else train.times[rows],
    )  # fmt: skip


def _score(train: Examples, fit: Any, test: Any, scaler: Any, model: Any, of: Any) -> float:
    from sklearn.pipeline import make_pipeline

    x, y = train.x.astype(np.float64), train.y
    flat = y if y.ndim == 1 else y[:, 0]
    given = make_pipeline(scaler, model).fit(x[fit], flat[fit]).predict(x[test])
    return float(of(y[test], Prediction(labels=np.asarray(given).reshape(y[test].shape))))
