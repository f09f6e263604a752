"""The simple models: what each is, and how it is fitted. scikit-learn's defaults, but for what stands here.

Shapes: *n* examples, *d* features, *K* classes, *k* target columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.baseline.metrics import Prediction
from unstuck.baseline.problem import Examples, Problem
from unstuck.core.data_types import Form, Task

Array = np.ndarray[Any, Any]
SHALLOW = (Task.BINARY, Task.MULTI_CLASS)


@dataclass(frozen=True, kw_only=True)
class Model:
    """One simple model."""

    key: str
    title: str
    make: Callable[[Problem], Any]
    """an unfitted estimator"""
    tasks: tuple[Task, ...] = (Task.BINARY, Task.MULTI_CLASS, Task.MULTI_LABEL, Task.REGRESSION)
    most_rows: int = 20_000
    """of a fit; more are cut down to a random subset"""
    on_texts: bool = False
    """it is given the texts themselves"""
    features: str = ""
    """what it is given, in words, if not the features of the problem as they are"""


def _constant(problem: Problem) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyRegressor() if problem.task is Task.REGRESSION else DummyClassifier(strategy="prior")


def _scaled(estimator: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)


def _neighbours(problem: Problem) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    kind = KNeighborsRegressor if problem.task is Task.REGRESSION else KNeighborsClassifier
    return _scaled(kind()) if problem.standardise else kind()


def _linear(problem: Problem) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multioutput import MultiOutputClassifier

    if problem.task is Task.REGRESSION:
        return _scaled(Ridge())
    logistic = LogisticRegression(max_iter=500)
    return _scaled(MultiOutputClassifier(logistic) if problem.task is Task.MULTI_LABEL else logistic)


def _support_vectors(problem: Problem) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, SVR

    if problem.task is Task.REGRESSION:
        several = MultiOutputRegressor(SVR())
        return _scaled(TransformedTargetRegressor(several, transformer=StandardScaler()))
    return _scaled(MultiOutputClassifier(SVC()) if problem.task is Task.MULTI_LABEL else SVC())


def _many_trees(problem: Problem) -> bool:
    return _tree_cost(problem) > MANY_TREES


def _tree_cost(problem: Problem) -> int:
    """Features × trees of one round."""
    y = problem.train.y
    trees = len(problem.classes) if problem.task is Task.MULTI_CLASS else y.shape[1] if y.ndim == 2 else 1
    return int(problem.train.x.shape[1]) * int(trees)


def _boosted_trees(problem: Problem) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor

    about: dict[str, Any] = SHORT if _many_trees(problem) else {}
    if problem.task is Task.REGRESSION:
        return MultiOutputRegressor(HistGradientBoostingRegressor(random_state=0, **about))
    trees = HistGradientBoostingClassifier(random_state=0, **about)
    return MultiOutputClassifier(trees) if problem.task is Task.MULTI_LABEL else trees


def _naive_bayes(_problem: Problem) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


def _words(problem: Problem) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.pipeline import make_pipeline

    logistic = LogisticRegression(max_iter=500, C=10.0)
    last = (
        Ridge() if problem.task is Task.REGRESSION
        else MultiOutputClassifier(logistic) if problem.task is Task.MULTI_LABEL else logistic
    )  # fmt: skip
    return make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=50_000), last)


MANY_TREES = 300
"""features × classes beyond which boosting takes minutes: then it gets fewer rounds of larger steps"""
SHORT = {"max_iter": 40, "learning_rate": 0.25, "max_leaf_nodes": 15, "max_bins": 64}
MOST_TREE_CELLS = 10_000_000
"""rows × features × classes of one fit of boosted trees"""
STANDARDISED = "standardised features"
CONSTANT = "constant"
BOOSTED_TREES = "boosted_trees"
MODELS = (
    Model(key=CONSTANT, title="constant", make=_constant, features="nothing"),
    Model(key="neighbours", title="5 nearest neighbours", make=_neighbours),
    Model(key="naive_bayes", title="naive Bayes", make=_naive_bayes, tasks=SHALLOW),
    Model(key="linear", title="linear model", make=_linear, features=STANDARDISED),
    Model(key="words", title="logistic regression on words", make=_words, on_texts=True,
          features="TF-IDF of the words"),
    Model(key="svm", title="SVM", make=_support_vectors, features=STANDARDISED, most_rows=4000),
    Model(key=BOOSTED_TREES, title="boosted trees", make=_boosted_trees),
)  # fmt: skip


def models_for(problem: Problem) -> tuple[Model, ...]:
    """The models that can be fitted to a problem, the fastest first."""
    fitting = [model for model in MODELS if problem.task in model.tasks]
    return tuple(model for model in fitting if not model.on_texts or problem.form is Form.TEXT)


def most_rows(model: Model, problem: Problem) -> int:
    """The most rows that a model is fitted on."""
    if model.key != BOOSTED_TREES:
        return model.most_rows
    return max(1000, min(model.most_rows, MOST_TREE_CELLS // max(1, _tree_cost(problem))))


def title_of(model: Model, problem: Problem) -> str:
    """The name of a model on this task."""
    regression = problem.task is Task.REGRESSION
    if model.key == "linear":
        return "ridge regression" if regression else "logistic regression"
    if model.key == CONSTANT:
        return "constant (the mean)" if regression else "constant (the most frequent class)"
    if model.key == BOOSTED_TREES and _many_trees(problem):
        return f"boosted trees ({SHORT['max_iter']} rounds)"
    return "ridge regression on words" if model.key == "words" and regression else model.title


def features_of(model: Model, problem: Problem) -> str:
    """What a model is given, in words."""
    if model.key == "neighbours":
        return STANDARDISED if problem.standardise else "raw features"
    return model.features or "raw features"


def predicted(model: Model, problem: Problem, fit: Examples, rows: Array, test: Examples, of: Array) -> Prediction:
    """Fit a model on some rows and predict others.

    Args:
        model: what is fitted.
        problem: of the data set.
        fit: the split to fit on.
        rows: its rows (n,).
        test: the split to predict.
        of: its rows.
    """
    y = fit.y[rows]
    classes = len(problem.classes)
    if problem.task.has_classes and len(np.unique(y)) < 2:
        scores = np.zeros((len(of), classes))
        scores[:, y[0]] = 1.0
        return Prediction(labels=np.full(len(of), y[0]), scores=scores)
    estimator = model.make(problem)
    inputs, asked = _inputs(model, fit, rows), _inputs(model, test, of)
    estimator.fit(inputs, y)
    labels = np.asarray(estimator.predict(asked))
    if problem.task.has_classes:
        return Prediction(labels=labels.astype(np.int64), scores=_scores(estimator, asked, classes))
    return Prediction(labels=labels.reshape(len(of), -1))


def _inputs(model: Model, examples: Examples, rows: Array) -> Any:
    if model.on_texts:
        assert examples.texts is not None
        return [examples.texts[at] for at in rows]
    return examples.x[rows].astype(np.float64)


def _scores(estimator: Any, asked: Any, classes: int) -> Array:
    """(n, K); a class that was not fitted gets the lowest score."""
    if hasattr(estimator, "predict_proba"):
        given = np.asarray(estimator.predict_proba(asked))
        scores = np.zeros((len(given), classes))
    else:
        given = np.asarray(estimator.decision_function(asked))
        given = np.stack([-given, given], axis=1) if given.ndim == 1 else given
        scores = np.full((len(given), classes), given.min() - 1.0)
    scores[:, estimator.classes_] = given
    return scores
