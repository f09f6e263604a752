"""Training the best settings again: what was done is kept, through interrupts and failures."""

import math
import signal

import optuna
import pytest

from unstuck.analysis.study.too_good import confirmation
from unstuck.core.errors import UsageError
from unstuck.tune.confirm import confirm
from unstuck.tune.confirmed import confirmed_trials, kept_of
from unstuck.tune.objective.outcome import Outcome, TrialStatus
from unstuck.tune.storage import open_storage, open_study
from unstuck.tune.uninterrupted import Terminated, terminable, uninterrupted

optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture
def study(tmp_path):
    """Three settings and a copy of the best one; the values are 1, 2, 3 and 1."""
    found = open_study(open_storage(str(tmp_path / "s.journal")), "s", maximize=False)
    space = {"x": optuna.distributions.FloatDistribution(0, 9)}
    for value in (2.0, 1.0, 3.0, 1.0):
        found.add_trial(optuna.create_trial(params={"x": value}, distributions=space, value=value))
    return found


class Again:
    """The value is that of the setting and a tenth for each seed; what else happens can be said by the call."""

    def __init__(self, at=None):
        self.at = at or {}
        self.calls = []

    def again(self, setting, number):
        self.calls.append((setting["x"], number))
        do = self.at.get(len(self.calls))
        if isinstance(do, BaseException):
            raise do
        return do or Outcome(status=TrialStatus.COMPLETE, values=(setting["x"] + number / 10,))


def test_the_best_different_settings_are_trained_again_and_each_training_is_told(study):
    said = []
    confirm(study, Again(), top=2, seeds=2, told=said.append)
    assert kept_of(study) == {0: {0: 2.0, 1: 2.1}, 1: {0: 1.0, 1: 1.1}}
    assert said[0] == "4 of 4 trainings left to confirm the best 2"
    assert said[1:3] == ["trial 1 again, seed 1 of 2  1", "trial 1 again, seed 2 of 2  1.1"]


def test_what_was_trained_before_an_interrupt_is_not_trained_again(study):
    first, second = Again({4: KeyboardInterrupt()}), Again()
    with pytest.raises(KeyboardInterrupt):
        confirm(study, first, top=2, seeds=3)
    assert [(one.number, one.values) for one in confirmed_trials(study)] == [(1, (1.0, 1.1, 1.2))]
    confirm(study, second, top=2, seeds=3)
    assert second.calls == [(2.0, 0), (2.0, 1), (2.0, 2)]
    confirm(study, last := Again(), top=3, seeds=3)
    assert last.calls == [(3.0, 0), (3.0, 1), (3.0, 2)]


def test_a_training_that_fails_counts_as_one_without_a_finite_value(study):
    failed = Outcome(status=TrialStatus.FAILED, message="ValueError: no (models.py:3)\nmore")
    said = []
    confirm(study, Again({2: failed}), top=1, seeds=3, told=said.append)
    assert said[2] == "trial 1 again, seed 2 of 3  NaN: ValueError: no (models.py:3)"
    (event,) = confirmed_trials(study)
    found = confirmation(event, maximize=False)
    assert (found.number, found.observed, found.trainings, found.not_finite) == (1, 1.0, 3, 1)
    assert math.isnan(found.mean)


def test_there_must_be_something_to_confirm(study):
    with pytest.raises(UsageError, match="at least one trial and one seed"):
        confirm(study, Again(), top=0)
    with pytest.raises(UsageError, match="nothing to confirm"):
        confirm(optuna.create_study(), Again())


@pytest.fixture
def interrupts_raise():
    """SIGINT raises, as in a shell's foreground: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts_raise")
@pytest.mark.parametrize(("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_a_signal_waits_until_what_must_not_be_interrupted_has_ended(number, raised):
    done = []

    def arrives():
        with terminable(), uninterrupted():
            signal.raise_signal(number)
            done.append(True)

    with pytest.raises(raised):
        arrives()
    assert done
