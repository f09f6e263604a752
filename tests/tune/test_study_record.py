"""A study as a record: facts, tables, figures, JSON, page."""

import json
import math

import jsonschema
import optuna
import pytest

from unstuck.analysis.study.best_so_far import best_so_far
from unstuck.analysis.study.capacity import capacity, known_effect, ranks
from unstuck.analysis.study.edges import edges
from unstuck.analysis.study.too_good import confirmation
from unstuck.analysis.study.view import study_view
from unstuck.figures.study.best_so_far_curve import best_so_far_curve
from unstuck.figures.study.integrated_improvement import improvement_figures
from unstuck.figures.study.slice_plots import slice_plots
from unstuck.record import schema
from unstuck.record.events.study import (
    ConfirmedTrial,
    ImprovementSlice,
    SearchedParameter,
    StudySetup,
    StudyTrial,
)
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record
from unstuck.record.writer import PartWriter
from unstuck.run import Run
from unstuck.show.json import published_schema
from unstuck.tune.improvement_slices import improvement_slices
from unstuck.tune.record_study import best_of, importances
from unstuck.tune.sampler.gp_sampler import GPSampler
from unstuck.watch.directory import Manifest

optuna.logging.set_verbosity(optuna.logging.ERROR)


def trial(number, value, lr=0.01, *, status="complete", **more):
    return StudyTrial(number=number, status=status, value=value, setting={"lr": lr, "act": "relu"}, **more)


TRIALS = (
    trial(0, 3.0, 1e-4, training_loss=3.0), trial(1, None, 0.9, status="diverged", message="loss is NaN [NUM101]"),
    trial(2, 2.0, 1e-3, parameters=90), trial(3, 2.5, 2e-3), trial(4, None, status="lost"), trial(5, 1.0, 1e-5),
)  # fmt: skip


def written(path, *events, maximize=False):
    path.mkdir()
    Manifest(path, {"kind": RecordKind.STUDY, "argv": ["unstuck", "tune"]}).add(ended="finished")
    writer = PartWriter(path / schema.PARTS / "0", {"rank": 0})
    writer.write(StudySetup(name="s", trials=6, maximize=maximize, command="python train.py --lr 1e-5"), essential=True)
    for event in events:
        writer.write(event, essential=True)
    writer.close()
    return path


PARAMETERS = (
    SearchedParameter(name="lr", low=1e-5, high=1.0, log=True, importance=0.75, evaluator="fANOVA"),
    SearchedParameter(name="act", choices=("relu", "tanh"), importance=0.25, evaluator="fANOVA"),
)


@pytest.fixture
def view(tmp_path):
    return study_view(Record(written(tmp_path / "r", *PARAMETERS, *TRIALS)))


def test_the_best_so_far_falls_over_the_trials_that_ended(view):
    assert best_so_far(view) == ((1.0, 2.0, 3.0, 4.0, 5.0), (3.0, 3.0, 2.0, 2.0, 1.0))
    assert view.best.number == 5
    assert [one.number for one in view.ranked] == [5, 2, 3, 0]


def test_where_a_large_value_is_good_the_largest_is_best(tmp_path):
    view = study_view(Record(written(tmp_path / "r", *PARAMETERS, *TRIALS, maximize=True)))
    assert view.best.number == 0
    assert best_so_far(view)[1][-1] == 3.0


def test_a_best_value_at_an_end_of_its_range_is_named(view):
    (edge,) = edges(view)
    assert (edge.name, edge.end, edge.is_low, edge.importance) == ("lr", 1e-5, True, 0.75)


def test_ranks_of_equal_values_are_shared():
    assert ranks([3.0, 1.0, 3.0, 2.0]).tolist() == [3.5, 1.0, 3.5, 2.0]


@pytest.mark.parametrize(("name", "raises"), [
    ("lr", "when it is right"), ("encoder.dropout_rate", "when lower"), ("num_layers", "when higher"),
    ("hiddenUnits", "when higher"), ("units_2", "when higher"), ("weight_decay", "when lower"),
    ("batch_size", "when lower (weakly)"), ("activation", "by choice"), ("n_epochs", "when higher"),
])  # fmt: skip
def test_the_capacity_of_a_hyper_parameter_is_known_by_its_name(name, raises):
    assert known_effect(name).raises == raises


@pytest.mark.parametrize("name", ["foo", "temperature", "world"])
def test_of_an_unknown_name_nothing_is_said(name):
    assert known_effect(name) is None


def test_capacity_is_measured_by_rank_correlation_beyond_chance(tmp_path):
    trials = [
        StudyTrial(number=n, status="complete", value=1.0, setting={"width": n, "noise": (7 * n) % 10},
                   parameters=10 * n, training_loss=1.0 / (n + 1))
        for n in range(10)
    ]  # fmt: skip
    names = [SearchedParameter(name=name, low=0, high=9, whole=True) for name in ("width", "noise")]
    width, noise = capacity(study_view(Record(written(tmp_path / "r", *names, *trials))))
    assert (width.size, width.fit, width.trials) == (pytest.approx(1.0), pytest.approx(-1.0), 10)
    assert noise.size is None  # the rank correlation of n and 7 n mod 10 is 0.01


def test_how_much_too_good_the_search_was():
    low = confirmation(ConfirmedTrial(number=1, observed=0.8, values=(1.0, 1.2, 0.8)), maximize=False)
    assert (low.mean, low.deviation, low.too_good) == (pytest.approx(1.0), pytest.approx(0.2), pytest.approx(0.2))
    high = confirmation(ConfirmedTrial(number=1, observed=0.9, values=(0.8,)), maximize=True)
    assert (high.deviation, high.too_good) == (0.0, pytest.approx(0.125))
    assert math.isnan(confirmation(ConfirmedTrial(number=1, observed=1, values=(math.nan,)), maximize=False).too_good)


def test_the_answer_names_the_best_setting_and_what_came_to_nothing(tmp_path):
    again = ConfirmedTrial(number=5, observed=1.0, values=(1.5, 1.7))
    run = Run(written(tmp_path / "r", *PARAMETERS, *TRIALS, again))
    text = run.answer().text(colour=False, width=110)
    assert "Best held-out loss 1 (trial 5, 5 trials in all): lr 1e−5, act relu; with other seeds trial 5 is" in text
    assert "trial 1, diverged: loss is NaN [NUM101]" in text
    assert "lr: the best value, 1e−5, lies at the lower end of its range: widen it" in text
    assert "38 %" in text  # 1.0 against a mean of 1.6
    assert run.diagnose().verdict == "measured"


def test_a_search_without_a_learning_rate_says_so(tmp_path):
    width = SearchedParameter(name="width", low=1, high=9, whole=True)
    one = StudyTrial(number=0, status="complete", value=1.0, setting={"width": 5})
    text = Run(written(tmp_path / "r", width, one)).answer().text(colour=False, width=110)
    assert "learning rate: it was not searched" in text


def test_a_study_without_a_result_says_so(tmp_path):
    answer = Run(written(tmp_path / "r", TRIALS[1])).diagnose().answer
    assert answer == "No trial of 1 came to a finite held-out loss; 1 diverged; 5 trials not run."


def test_json_keeps_to_the_published_schema(tmp_path):
    answer = Run(written(tmp_path / "r", *PARAMETERS, *TRIALS)).answer()
    found = json.loads(answer.json())
    jsonschema.validate(found, published_schema())
    assert found["kind"] == "study"
    assert found["facts"]["best"] == {"trial": 5, "value": 1.0, "setting": {"lr": 1e-5, "act": "relu"}}
    assert found["facts"]["at_an_end"][0]["name"] == "lr"


def test_page_and_markdown_have_command_tables_and_figures(tmp_path):
    answer = Run(written(tmp_path / "r", *PARAMETERS, *TRIALS)).answer()
    page = answer.html()
    for words in ("Best so far", "What mattered", "python train.py --lr 1e-5", "Every hyper-parameter", "Capacity"):
        assert words in page
    assert "## Best trials" in answer.markdown()


def test_the_curve_marks_the_best_and_crosses_what_diverged(view):
    figure = best_so_far_curve(view)
    assert figure.not_numbers == (2.0,)
    assert figure.marks[0].x == 5.0
    # The worst value lies beyond the axis and is drawn at its end.
    assert figure.curves[1].y == (figure.y.high, figure.y.high, 2.0, 2.0, 1.0)


def test_there_is_a_slice_for_each_range_and_bars_for_each_choice(view):
    rate, act = slice_plots(view)
    assert sorted(rate.curves[0].x) == [1e-5, 1e-4, 1e-3, 2e-3]
    assert [(bar.name, bar.value) for bar in act.bars] == [("relu", 1.0)]


@pytest.fixture(scope="module")
def study():
    found = optuna.create_study(sampler=GPSampler(0))
    found.optimize(lambda t: (t.suggest_float("x", 0, 1) - 0.3) ** 2 + 0.01 * t.suggest_int("n", 1, 4), n_trials=9)
    return found


def test_the_slices_are_three_samples_and_their_mean(study):
    *single, mean = improvement_slices(study, best_of(study), {"x": 0.9, "n": 0.1})
    lengths = [one.length for one in single]
    assert len(single) == 3
    assert lengths == sorted(lengths)
    assert mean.length is None
    assert mean.samples == 10
    for one in single:
        assert one.parameter == "x"
        assert min(one.improvement) >= 0
    # The model has seen nine points of a parabola: its mean along x has its smallest value near 0.3.
    assert mean.x[mean.mean.index(min(mean.mean))] == pytest.approx(0.3, abs=0.06)


def test_the_figure_has_three_panels_and_marks_every_largest_improvement(tmp_path, study):
    slices = [
        ImprovementSlice(parameter="lr", length=length, x=(1e-5, 1e-3, 1.0), mean=(2.0, 1.0, 3.0),
                         deviation=(0.1, 0.1, 0.1), improvement=improvement)
        for length, improvement in ((0.1, (0.0, 0.2, 0.1)), (0.5, (0.0, 0.1, 0.3)), (1.0, (0.4, 0.1, 0.3)))
    ]  # fmt: skip
    whole = ImprovementSlice(parameter="lr", samples=10, x=(1e-5, 1e-3, 1.0), mean=(2.0, 1.0, 3.0),
                             improvement=(0.1, 0.1, 0.2))  # fmt: skip
    view = study_view(Record(written(tmp_path / "r", *PARAMETERS, *TRIALS, *slices, whole)))
    beliefs, each, mean = improvement_figures(view)
    assert [mark.x for mark in each.marks] == [1e-3, 1.0, 1e-5]
    assert [mark.x for mark in mean.marks] == [1.0]
    assert len([curve for curve in beliefs.curves if not curve.dashed]) == 4  # three means and the trials


def test_importances_are_shares_and_none_of_few_trials(study):
    found, how = importances(study)
    assert how in ("fANOVA", "PED-ANOVA")
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-6)
    assert found["x"] > found["n"]
    assert importances(optuna.create_study()) == ({}, "")
