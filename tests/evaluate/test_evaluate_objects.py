"""Objects of Python: arrays, estimators, functions, files of predictions, a second model; without torch."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.analysis.model.view import model_views
from unstuck.core.errors import UsageError
from unstuck.evaluate.label_names import order_of
from unstuck.record.events.model.errors import ConfusedPair, Confusion, ModelSlice, Repetition, WorstExamples
from unstuck.record.events.model.numbers import Compared, MetricScore

CENTRES = 2.5 * np.eye(4)


def data(seed: int, n: int = 300):
    random = np.random.default_rng(seed)
    labels = random.integers(4, size=n)
    return CENTRES[labels] + random.normal(size=(n, 4)), labels


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    train, test = data(0), data(1)
    return unstuck.evaluate(
        LogisticRegression().fit(*train), test, train=train, human=0.05, dir=tmp_path_factory.mktemp("runs")
    )


def test_everything_is_measured(run):
    (view,) = model_views(run.record)
    x, y = data(1)
    right = LogisticRegression().fit(*data(0)).predict(x) == y
    assert view.score("accuracy").value == pytest.approx(right.mean())
    confusion = view.one(Confusion).counts
    assert np.sum(confusion) == 300
    assert np.trace(confusion) == right.sum()
    worst = view.one(WorstExamples)
    assert set(worst.rows) == set(np.flatnonzero(~right))
    assert list(worst.loss) == sorted(worst.loss, reverse=True)
    assert {one.how for one in view.of(Repetition)} == {"again", "alone", "other order"}
    assert all(one.difference < 1e-6 for one in view.of(Repetition))
    person = next(one for one in view.of(Compared) if one.sort == "human")
    assert person.difference == pytest.approx(right.mean() - 0.95)
    assert sum(one.sort == "simple" for one in view.of(Compared)) == 5
    assert view.of(ConfusedPair) == ()
    assert view.of(ModelSlice) == ()
    assert [one.split.name for one in datasets(run.record)] == ["train", "test"]


def test_a_simple_model_that_is_the_same_is_no_better(run):
    (view,) = model_views(run.record)
    same = next(one for one in view.of(Compared) if one.against == "logistic regression")
    assert abs(same.difference) < 0.02
    assert same.only_model + same.only_other <= 6


def test_every_form_of_the_answer_holds_the_number(run):
    answer = run.answer()
    assert answer.diagnosis.verdict == "clean"
    accuracy = next(e for part in run.record.parts for e in part.of(MetricScore) if e.metric == "accuracy")
    facts = json.loads(answer.json())["facts"]
    assert facts["measured"]["metric_score"][0]["value"] == accuracy.value
    assert facts["evaluated"]["classes"] == ["0", "1", "2", "3"]
    for text in (answer.text(colour=False, width=100), answer.markdown(), answer.card(), answer.html()):
        assert f"{accuracy.value:.4f}" in text
    assert json.loads(answer.sarif())["version"] == "2.1.0"
    assert "### Intended range" in answer.card()
    html = answer.html()
    assert 'class="confusion"' in html
    assert html.count("<h2>") >= 3


def test_a_file_of_predictions_gives_the_same_numbers(run, tmp_path):
    x, y = data(1)
    scores = LogisticRegression().fit(*data(0)).predict_proba(x)
    np.savez(tmp_path / "scores.npz", scores=scores, labels=y)
    rows = [",".join(map(str, [*row, f"c{label}"])) for row, label in zip(scores, y, strict=True)]
    (tmp_path / "scores.csv").write_text("\n".join(["score_c0,score_c1,score_c2,score_c3,label", *rows]) + "\n")
    (mine,) = model_views(run.record)
    for name in ("scores.npz", "scores.csv"):
        other = unstuck.evaluate(None, predictions=tmp_path / name, dir=tmp_path)
        (view,) = model_views(other.record)
        for metric in ("accuracy", "auroc", "log_loss"):
            assert view.score(metric).value == pytest.approx(mine.score(metric).value)


def test_two_models_are_compared_on_the_same_examples(tmp_path):
    train, test = data(0), data(1)
    good, poor = LogisticRegression().fit(*train), LogisticRegression().fit(train[0][:, :2], train[1])
    found = unstuck.evaluate(good, test, against=lambda x: poor.predict_proba(x[:, :2]), dir=tmp_path)
    (view,) = model_views(found.record)
    (one,) = view.of(Compared)
    right, other = good.predict(test[0]) == test[1], poor.predict(test[0][:, :2]) == test[1]
    assert one.sort == "model"
    assert (one.only_model, one.only_other) == ((right & ~other).sum(), (~right & other).sum())
    assert one.low > 0
    assert one.p_mcnemar < 1e-6


def test_a_regression(tmp_path):
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 3))
    y = x @ [1.0, 2.0, 0.0] + random.normal(size=400)
    found = unstuck.evaluate(
        LinearRegression().fit(x[:200], y[:200]), (x[200:], y[200:]), train=(x[:200], y[:200]), dir=tmp_path
    )
    (view,) = model_views(found.record)
    assert view.about.metric == "r2"
    assert 0.7 < view.score("r2").value < 0.9
    assert view.score("r2").low < view.score("r2").value < view.score("r2").high
    assert found.answer().diagnosis.verdict == "clean"


def test_a_slice_of_metadata_is_named(tmp_path):
    random = np.random.default_rng(0)
    ward = random.integers(0, 3, 900)
    truth = random.integers(0, 2, 900)
    wrong = random.random(900) < np.where(ward == 1, 0.6, 0.05)
    (tmp_path / "meta.csv").write_text("ward,age\n" + "".join(f"{'abc'[w]},{at % 70}\n" for at, w in enumerate(ward)))
    np.savez(tmp_path / "p.npz", scores=np.where(wrong, 1 - truth, truth) * 0.8 + 0.1, labels=truth)
    found = unstuck.evaluate(None, predictions=tmp_path / "p.npz", meta=tmp_path / "meta.csv", dir=tmp_path)
    (view,) = model_views(found.record)
    (one,) = view.of(ModelSlice)
    assert one.predicates == ("ward = b",)
    assert one.count == (ward == 1).sum()


@pytest.mark.parametrize(
    ("names", "outputs", "classes", "order"),
    [
        (("cat", "dog"), 2, None, (0, 1)),
        (("cat", "dog"), 1, None, (0, 1)),
        (("1", "3"), 4, None, (1, 3)),
        (("1", "2", "3"), 3, None, (0, 1, 2)),
        (("b", "c"), 3, ("c", "b", "a"), (1, 0)),
        (("0.0", "1.0"), 1, None, (0, 1)),
    ],
)
def test_labels_find_their_outputs(names, outputs, classes, order):
    assert order_of(names, outputs, classes).output_of == order


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": lambda x: x[:3], "data": data(0)}, "Expected one row for each example"),
        ({"model": lambda x: 1 / 0, "data": data(0)}, "failed on a batch of shape"),
        ({"model": lambda x: x, "data": (data(0)[0], data(0)[1][:9])}, "X has 300 rows, and y has 9"),
        ({"model": lambda x: x[:, :2], "data": data(0)}, "The label 3 occurs, and the model has 2 outputs"),
        ({"model": lambda x: x, "data": (np.zeros((0, 3)), np.zeros(0))}, "holds no examples"),
        ({"model": lambda x: x, "data": data(0), "metric": "f2"}, "There is no metric f2"),
        ({"model": lambda x: x, "data": data(0), "metric": "rmse"}, "does not fit the task"),
        ({"model": lambda x: x, "data": data(0), "classes": ["a", "b"]}, "Name them all"),
        ({"model": 3, "data": data(0)}, "must be a torch module, an estimator or a function"),
        ({"model": lambda x: x}, "Give the data"),
        ({"model": None}, "Give a model"),
        ({"model": lambda x: x, "data": 7}, "cannot be evaluated on"),
        ({"model": lambda x: x, "data": data(0), "human": 2}, "a share between 0 and 1"),
    ],
)
def test_what_cannot_be_evaluated_is_said_and_leaves_nothing(given, said, tmp_path):
    model = given.pop("model")
    with pytest.raises(UsageError, match=said):
        unstuck.evaluate(model, **given, dir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("names", [["x", "b", "a", "q"], [7, 3, 5, 11]], ids=["texts", "numbers"])
def test_an_estimator_knows_its_classes(names, tmp_path):
    from sklearn.svm import LinearSVC

    (x, y), (x2, y2) = data(0), data(1)
    labels, held_out = np.array(names)[y], np.array(names)[y2]
    for model in (LogisticRegression(), LinearSVC()):
        run = unstuck.evaluate(model.fit(x, labels), (x2, held_out), train=(x, labels), dir=tmp_path, baselines=False)
        (view,) = model_views(run.record)
        assert view.score("accuracy").value == pytest.approx(np.mean(model.predict(x2) == held_out))
        assert view.about.classes == tuple(map(str, model.classes_))
        assert (view.score("log_loss") is None) == isinstance(model, LinearSVC)
