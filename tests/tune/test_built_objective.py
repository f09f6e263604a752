"""What a build function may return, trained and watched in this process."""

import math
import sys

import numpy as np
import optuna
import pytest

from unstuck.core.errors import UsageError
from unstuck.tune.objective.built import Built, in_words
from unstuck.tune.objective.outcome import TrialStatus
from unstuck.tune.objective.training_data import training_data

pytestmark = pytest.mark.programs
optuna.logging.set_verbosity(optuna.logging.ERROR)


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("int64")


def module(hp):
    from torch import nn

    return nn.Linear(3, hp.Int("outputs", 2, 4))


def outcome(build, tmp_path, **options):
    study = optuna.create_study()
    trial = study.ask()
    return Built(build=build, folder=tmp_path, **options)(trial), study.trials[0]


def test_a_module_is_trained_and_its_learning_rate_is_searched(tmp_path):
    found, trial = outcome(module, tmp_path, data=training_data(data()), epochs=3)
    assert found.status is TrialStatus.COMPLETE
    assert set(trial.params) == {"outputs", "learning_rate"}
    assert list(trial.intermediate_values) == [0, 1, 2]
    assert trial.intermediate_values[2] == found.value
    assert found.parameters == 4 * trial.params["outputs"]
    assert found.verdict


def test_a_pair_keeps_its_own_optimiser_and_accuracy_can_be_the_objective(tmp_path):
    import torch

    def build(hp):
        net = module(hp)
        return net, torch.optim.SGD(net.parameters(), lr=0.5)

    found, trial = outcome(build, tmp_path, data=training_data(data()), epochs=5, metric="accuracy")
    assert set(trial.params) == {"outputs"}
    assert 0.7 < found.value <= 1.0


def test_executions_have_seeds_of_their_own_and_their_mean_counts(tmp_path):
    found, _ = outcome(module, tmp_path, data=training_data(data()), epochs=1, executions=3)
    assert len(set(found.values)) == 3
    assert found.value == pytest.approx(sum(found.values) / 3)
    again, _ = outcome(module, tmp_path, data=training_data(data()), epochs=1, executions=3)
    assert len(again.values) == 3


@pytest.mark.parametrize(("returned", "metric", "value"), [
    (0.25, None, 0.25), ({"val_loss": 0.5, "other": 1.0}, None, 0.5), ({"f1": 0.75}, None, 0.75),
    ({"a": 1.0, "b": 2.0}, "b", 2.0),
])  # fmt: skip
def test_numbers_and_training_functions_give_the_value(tmp_path, returned, metric, value):
    def number(hp):
        hp.Boolean("any")
        return returned

    def training_function(hp):
        hp.Boolean("any")
        return lambda: returned

    assert outcome(number, tmp_path, metric=metric)[0].value == value
    assert outcome(training_function, tmp_path, metric=metric)[0].value == value


def test_a_training_function_can_report_and_is_pruned_then(tmp_path):
    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=1.0))

    def build(hp):
        def train(report):
            for step in range(5):
                report(step, float(step))
            return 0.0

        return train

    found = Built(build=build, folder=tmp_path)(study.ask())
    assert found.status is TrialStatus.PRUNED
    assert list(study.trials[0].intermediate_values) == [0, 1, 2]


def test_what_raises_fails_with_its_line_and_what_is_not_finite_has_diverged(tmp_path):
    def broken(hp):
        raise ValueError("no such layer")

    found, _ = outcome(broken, tmp_path)
    assert found.status is TrialStatus.FAILED
    assert found.message.startswith("ValueError: no such layer (test_built_objective.py:")
    found, _ = outcome(lambda hp: math.nan * hp.Float("x", 0, 1), tmp_path)
    assert (found.status, found.message) == (TrialStatus.DIVERGED, "the value is nan")
    found, _ = outcome(lambda hp: sys.exit(3), tmp_path)
    assert found.message.startswith("SystemExit: 3 (test_built_objective.py:")
    found, _ = outcome(lambda hp: hp.float("x", 0, 1), tmp_path)
    assert found.message.startswith("AttributeError: hp has no float. It has Float, Int, Choice, Boolean,")
    assert in_words(KeyError("a")) == "KeyError: 'a'"


@pytest.mark.parametrize(("build", "says"), [
    (module, "no data to train it on"), (lambda hp: "text", "of type str"),
    (lambda hp: 1.0, "asked for no hyper-parameter"),
    (lambda hp: {"a": 1, "b": 2}, "Name one"),
    (lambda hp: lambda: None, "no held-out loss was seen"),
])  # fmt: skip
def test_what_cannot_be_judged_ends_the_search(tmp_path, build, says):
    with pytest.raises(UsageError, match=says):
        outcome(build, tmp_path)


def test_data_is_divided_once_and_what_is_no_data_is_refused():
    found = training_data(data())
    assert [len(part[0]) for part in (found.train, found.held_out)] == [64, 16]
    assert sum(len(x) for x, _ in found.batches(10)) == 64
    x, y = data()
    assert len(training_data({"train": (x, y), "val": (x[:7], y[:7])}).held_out[0]) == 7
    for wrong, says in (
        (3, "data is of type int"), ((x, y[:-1]), "80 inputs and 79 targets"), ({"test": 1}, "Expected 'train'"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=says):
            training_data(wrong)
