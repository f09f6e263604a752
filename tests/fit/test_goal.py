"""Goals: what can be read, what is refused, and what predictions are worth by them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError
from unstuck.fit.compare import by_goal, by_loss
from unstuck.fit.goal import default_goal, parse_goal
from unstuck.fit.rungs.success import useless
from unstuck.fit.score import Given, Point, careful, point_of, worth


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("recall>=0.9 @ precision>=0.5", "recall ≥ 0.9 at precision ≥ 0.5"),
        ("f1 >= 90%", "F1 ≥ 0.9"),
        ("accuracy>=0.95 @ coverage>=0.8", "accuracy ≥ 0.95 at coverage ≥ 0.8"),
        ("rmse<=2", "RMSE ≤ 2"),
        ("auc=0.8", "AUROC ≥ 0.8"),
        ("average precision > .5", "average precision ≥ 0.5"),
    ],
)
def test_a_goal_is_read(text, said):
    assert str(parse_goal(text)) == said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("f2>=0.9", "There is no metric 'f2'"),
        ("acuracy>=0.9", "Did you mean accuracy?"),
        ("f1>=95", "Write f1>=0.95"),
        ("f1<=0.9", "F1 is to be high"),
        ("rmse>=2", "RMSE is to be low"),
        ("rmse<=-1", "never below 0"),
        ("f1=>0.9", "cannot be read"),
        ("", "cannot be read"),
        ("recall>=0.9 @ f1>=0.5", "no goal that is known"),
        ("recall>=0.9 @ precision>=0.5 @ f1>=1", "one condition"),
        ("coverage>=0.8", "Coverage alone"),
    ],
)
def test_what_is_no_goal_is_refused_with_the_reason(text, why):
    with pytest.raises(UsageError, match=why):
        parse_goal(text)


def test_a_metric_that_does_not_fit_the_task_is_refused():
    with pytest.raises(UsageError, match="The goal asks for rmse, and the task is binary"):
        parse_goal("rmse<=2").check(Task.BINARY)
    with pytest.raises(UsageError, match="for two classes"):
        parse_goal("recall>=0.9 @ precision>=0.5").check(Task.MULTI_CLASS)


def two_classes(n: int = 400, seed: int = 0) -> Given:
    random = np.random.default_rng(seed)
    truth = (random.random(n) < 0.2).astype(np.int64)
    score = 1 / (1 + np.exp(-(1.5 * truth - 1 + random.normal(size=n))))
    return Given(task=Task.BINARY, classes=("no", "yes"), truth=truth, scores=np.stack([1 - score, score], axis=1))


def every_threshold(given: Given):
    """Slow and obvious: recall, precision and F1 at each score."""
    for threshold in np.unique(given.scores[:, 1]):
        said = (given.scores[:, 1] >= threshold).astype(int)
        yield recall_score(given.truth, said), precision_score(given.truth, said), f1_score(given.truth, said)


def test_the_operating_point_is_the_best_of_all_thresholds():
    given = two_classes()
    found = worth(parse_goal("recall>=0.9 @ precision>=0.5"), given)
    assert found.value == pytest.approx(max(r for r, p, _ in every_threshold(given) if p >= 0.5))
    assert found.beside >= 0.5
    found = worth(parse_goal("precision>=0.9 @ recall>=0.5"), given)
    assert found.value == pytest.approx(max(p for r, p, _ in every_threshold(given) if r >= 0.5))
    assert worth(parse_goal("f1>=0.9"), given).value == pytest.approx(max(f1 for _, _, f1 in every_threshold(given)))


def test_a_point_of_other_examples_is_applied_as_it_is():
    goal, first, second = parse_goal("f1>=0.9"), two_classes(seed=1), two_classes(seed=2)
    point = point_of(goal, first)
    said = (second.scores[:, 1] >= point.threshold).astype(int)
    assert worth(goal, second, point).value == pytest.approx(f1_score(second.truth, said))
    assert worth(goal, second, point).value <= worth(goal, second).value


def test_the_delivered_point_keeps_a_margin_of_one_standard_error():
    given = two_classes()
    strict = careful(parse_goal("precision>=0.9 @ recall>=0.5"), given)
    assert strict.at.threshold == pytest.approx(0.5 + np.sqrt(0.25 / given.truth.sum()))
    found = worth(strict, given, point_of(strict, given))
    assert found.beside >= strict.at.threshold
    assert careful(parse_goal("f1>=0.9"), given) == parse_goal("f1>=0.9")


def test_coverage_keeps_the_surest_examples():
    given = two_classes(100)
    goal = parse_goal("accuracy>=0.9 @ coverage>=0.25")
    found = worth(goal, given)
    margin = np.abs(given.scores[:, 0] - given.scores[:, 1])
    surest = np.argsort(-margin)[:25]
    assert found.beside == 0.25
    assert found.value == pytest.approx(np.mean(given.labels[surest] == given.truth[surest]))


def test_a_goal_that_a_constant_reaches_is_called_useless():
    y = np.array([0] * 97 + [1] * 3)
    classes = ("no", "yes")
    assert "always `no` reaches accuracy 0.97" in useless(parse_goal("accuracy>=0.9"), Task.BINARY, classes, y, 1)
    assert "always `yes`" in useless(parse_goal("recall>=0.9"), Task.BINARY, classes, y, 1)
    assert not useless(parse_goal("recall>=0.9 @ precision>=0.5"), Task.BINARY, classes, y, 1)
    assert not useless(parse_goal("f1>=0.5"), Task.BINARY, classes, y, 1)
    assert not useless(default_goal("accuracy"), Task.BINARY, classes, y, 1)


def test_a_better_model_is_told_from_noise():
    goal, given = default_goal("auroc"), two_classes(600)
    random = np.random.default_rng(0)
    worse = Given(task=given.task, classes=given.classes, truth=given.truth, scores=random.random((600, 2)))
    assert by_goal(goal, given, worse, None, 0).better
    assert by_goal(goal, worse, given, None, 0).worse
    same = by_goal(goal, given, given, None, 0)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_lower_losses_are_better_and_equal_folds_give_the_corrected_interval():
    random = np.random.default_rng(0)
    base = [random.random(50) for _ in range(5)]
    lower = [one - 0.2 + 0.01 * random.normal(size=50) for one in base]
    found = by_loss(lower, base, [200] * 5, 0)
    means = [float(np.mean(b - a)) for a, b in zip(lower, base, strict=True)]
    half = 2.7764451 * np.sqrt((1 / 5 + 50 / 200) * np.var(means, ddof=1))
    assert found.better
    assert (found.low, found.high) == pytest.approx((np.mean(means) - half, np.mean(means) + half))


def test_a_point_without_threshold_is_the_likeliest_class():
    given = two_classes()
    goal = parse_goal("recall>=0.9")
    assert point_of(goal, given) == Point()
    assert worth(goal, given).value == pytest.approx(recall_score(given.truth, given.labels))
