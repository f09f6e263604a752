"""Every number of a baseline is what scikit-learn says by hand."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

import unstuck
from unstuck.core.errors import UsageError
from unstuck.record.events.data.baselines import BaselineScore, BayesBracket, NumberToBeat
from unstuck.show.json import published_schema


def events(run, kind):
    return [event for part in run.record.parts for event in part.of(kind)]


def scores(run, split=0):
    return {
        event.model: {score.metric: score.value for score in event.scores}
        for event in events(run, BaselineScore) if event.split == split
    }


def blobs(seed=0, rows=300, classes=2, apart=2.0):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, rows)
    return random.normal(size=(rows, 4)) + apart * y[:, None] * [1, -1, 0, 0], y


@pytest.mark.slow
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_cross_validated_scores_are_those_of_scikit_learn(load, tmp_path):
    x, y = load(return_X_y=True)
    got = scores(unstuck.baseline(x, y, dir=tmp_path))
    x = x.astype(np.float32).astype(np.float64)
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    by_hand = {
        "neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier()), "naive_bayes": GaussianNB(),
        "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        "svm": make_pipeline(StandardScaler(), SVC()), "boosted_trees": HistGradientBoostingClassifier(random_state=0),
    }  # fmt: skip
    for model, estimator in by_hand.items():
        for ours, theirs in (("accuracy", "accuracy"), ("f1", "f1_macro"), ("balanced_accuracy", "balanced_accuracy")):
            wanted = cross_val_score(estimator, x, y, cv=folds, scoring=theirs).mean()
            assert got[model][ours] == pytest.approx(wanted), (model, ours)


def test_a_regression_is_scored_as_by_scikit_learn(tmp_path):
    x, y = load_diabetes(return_X_y=True)
    run = unstuck.baseline(x, y, dir=tmp_path, folds=3)
    x, folds = x.astype(np.float32).astype(np.float64), KFold(3, shuffle=True, random_state=0)
    ridge = make_pipeline(StandardScaler(), Ridge())
    assert scores(run)["linear"]["r2"] == pytest.approx(cross_val_score(ridge, x, y, cv=folds).mean())
    wanted = -cross_val_score(ridge, x, y, cv=folds, scoring="neg_root_mean_squared_error").mean()
    assert scores(run)["linear"]["rmse"] == pytest.approx(wanted)
    spread = y.std()
    vectors = cross_val_score(make_pipeline(StandardScaler(), SVR()), x, y / spread, cv=folds).mean()
    assert scores(run)["svm"]["r2"] == pytest.approx(vectors, abs=0.02)
    assert events(run, NumberToBeat)[0].metric == "r2"
    assert not events(run, BayesBracket)


def test_the_best_in_cross_validation_is_reported_on_the_last_held_out_split(tmp_path):
    (x, y), test = blobs(), blobs(1)
    run = unstuck.baseline(x, y, val=blobs(2), test=test, dir=tmp_path, folds=3)
    found = events(run, NumberToBeat)[0]
    crossed, held_out = scores(run), scores(run, 2)
    best = max(crossed, key=lambda model: crossed[model]["accuracy"])
    assert (found.split, found.value) == (2, held_out[best]["accuracy"])
    assert found.low <= found.value <= found.high
    assert f"{found.value:.3f}".rstrip("0") in found.sentence
    assert run.diagnose().verdict == "measured"


def test_a_metric_that_a_constant_prediction_satisfies_is_warned_of(tmp_path):
    x, y = blobs(rows=600)
    y = np.where((y == 1) & (np.arange(600) % 12 == 0), 1, 0)
    run = unstuck.baseline(x, y, metric="accuracy", dir=tmp_path, folds=3)
    found = events(run, NumberToBeat)[0]
    assert "accuracy is no measure here" in found.warnings[0]
    assert found.constant == pytest.approx(np.mean(y == 0), abs=1e-6)
    other = events(unstuck.baseline(x, y, dir=tmp_path, folds=3), NumberToBeat)[0]
    assert other.metric == "average_precision"
    assert other.constant == pytest.approx(y.mean(), abs=0.01)


def test_no_signal_is_said(tmp_path):
    random = np.random.default_rng(0)
    run = unstuck.baseline(random.normal(size=(300, 5)), random.integers(0, 2, 300), dir=tmp_path, folds=5)
    assert run.answer().diagnosis.answer.startswith("No simple model is clearly better than a constant prediction")


def test_the_answer_in_every_form(tmp_path):
    x, y = blobs()
    run = unstuck.baseline(x, y, dir=tmp_path, folds=3, human_error=0.02)
    answer = run.answer()
    said = json.loads(answer.json())
    jsonschema.validate(said, published_schema())
    baseline = said["facts"]["baseline"]
    assert baseline["number_to_beat"]["human_error"] == 0.02
    assert len(baseline["models"]) == 6
    for text in (answer.text(colour=False, width=200), answer.markdown(), answer.html()):
        for words in ("A network must beat accuracy", "boosted trees", "lowest possible error", "human error"):
            assert words in text


def test_a_slow_model_is_skipped_with_the_reason(tmp_path):
    x, y = blobs()
    run = unstuck.baseline(x, y, dir=tmp_path, seconds=1e-9)
    skipped = [event for event in events(run, BaselineScore) if event.skipped]
    assert "svm" in {event.model for event in skipped}
    assert "constant" not in {event.model for event in skipped}


def test_large_data_is_cut_down_and_said(tmp_path):
    x, y = blobs(rows=400)
    run = unstuck.baseline(x, y, dir=tmp_path, rows=200, folds=2)
    assert "200 of 400 examples were drawn at random" in " ".join(events(run, NumberToBeat)[0].warnings)


@pytest.mark.parametrize(
    ("x", "y", "options", "words"),
    [
        (np.zeros((30, 2)), np.zeros(30, dtype=int), {}, "nothing to predict"),
        (np.zeros((5, 2)), np.arange(5) % 2, {}, "at least 10"),
        (*blobs(), {"metric": "r2"}, "does not fit the task binary"),
        (*blobs(), {"metric": "beauty"}, "accuracy, balanced_accuracy"),
        (*blobs(), {"human_error": 3}, "between 0 and 1"),
        (*blobs(), {"task": "guess"}, "Tasks: binary"),
    ],
)
def test_what_cannot_be_done_is_refused(x, y, options, words, tmp_path):
    with pytest.raises(UsageError, match=words):
        unstuck.baseline(x, y, dir=tmp_path / "records", **options)
    assert not (tmp_path / "records").exists()
