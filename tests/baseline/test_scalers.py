from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, RobustScaler
from sklearn.svm import SVC

from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.baseline.problem import problem_of
from unstuck.baseline.scalers import SCALERS, scaler_scores
from unstuck.core.data_types import ColumnType, Form, Task

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 4)) * [1, 10, 100, 0.1]
Y = (X[:, 0] + X[:, 3] * 10 + RANDOM.normal(size=120) > 0).astype(int)


def problem(y, task):
    columns = tuple(Column(name=f"x{at}", type=ColumnType.NUMBER, values=X[:, at]) for at in range(4))
    if task is Task.REGRESSION:
        target = Target(names=("y",), task=task, values=np.asarray(y, dtype=np.float64)[:, None])
    else:
        target = Target(names=("y",), task=task, classes=("a", "b"), codes=y)
    sample = Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(120), columns=columns, target=target)
    return problem_of(DataSet(samples=(sample,)), 1000, 0)


@pytest.mark.slow
def test_every_pair_is_scored_as_by_scikit_learn():
    found = {(one.scaler, one.model): one for one in scaler_scores(problem(Y, Task.BINARY), seconds=600, seed=0)}
    assert len(found) == 9 * 8
    x, folds = X.astype(np.float32).astype(np.float64), StratifiedKFold(10, shuffle=True, random_state=0)
    for scaler, model, by_hand in (
        ("none", "KNN", KNeighborsClassifier()),
        ("Robust", "KNN", make_pipeline(RobustScaler(), KNeighborsClassifier())),
        ("Normalizer", "SVM", make_pipeline(Normalizer(), SVC())),
    ):  # fmt: skip
        wanted = cross_val_score(by_hand, x, Y, cv=folds)
        assert found[scaler, model].value == pytest.approx(wanted.mean())
        assert found[scaler, model].low < wanted.mean() < found[scaler, model].high
    assert found["none", "RF"].value == pytest.approx(found["Standard", "RF"].value, abs=0.03)  # trees do not care


def test_the_first_pairs_of_a_regression_and_a_deadline():
    found = scaler_scores(problem(X[:, 0], Task.REGRESSION), seconds=600, seed=0)
    by_pair = {}
    for one in found:
        if one.model not in ("CART", "KNN"):
            break
        by_pair[one.scaler, one.model] = one
    assert set(by_pair) == {(scaler, model) for scaler in SCALERS for model in ("CART", "KNN")}
    x, folds = X.astype(np.float32).astype(np.float64), KFold(10, shuffle=True, random_state=0)
    wanted = cross_val_score(KNeighborsRegressor(), x, X[:, 0], cv=folds).mean()
    assert by_pair["none", "KNN"].value == pytest.approx(wanted)
    assert by_pair["none", "KNN"].metric == "r2"
    assert list(scaler_scores(problem(Y, Task.BINARY), seconds=-1, seed=0)) == []
