"""Workers, lost trials, samplers by name, storages: with an objective that trains nothing."""

import os
import time

import optuna
import pytest
from optuna.trial import TrialState

from unstuck.core.errors import UsageError
from unstuck.tune.liveness import BEAT, WORKER, Heartbeat, Watchman, surely_dead, this_worker
from unstuck.tune.objective.outcome import Outcome, TrialStatus
from unstuck.tune.pruners import pruner_of
from unstuck.tune.reaper import MESSAGE, MOST_RETRIES, RETRY_OF, reap
from unstuck.tune.sampler.gp_sampler import CHAIN
from unstuck.tune.sampler.observations import LOST
from unstuck.tune.samplers import sampler_of
from unstuck.tune.search import Search
from unstuck.tune.settings import TuneSettings
from unstuck.tune.storage import answering, open_storage, open_study, without_password

optuna.logging.set_verbosity(optuna.logging.ERROR)


class Objective:
    """A parabola in the learning rate; what it does at a trial can be overridden."""

    def __init__(self, at=None):
        self.at = at or {}

    def __call__(self, trial):
        rate = trial.suggest_float("lr", 1e-5, 1.0, log=True)
        width = trial.suggest_int("width", 8, 64)
        do = self.at.get(trial.number)
        if isinstance(do, BaseException):
            raise do
        return do or Outcome(status=TrialStatus.COMPLETE, values=((rate - 0.01) ** 2 + width / 1000,))


def searched(objective, trials=8, study=None, sampler="gp", seed=0):
    study = study or optuna.create_study()
    study.sampler = sampler_of(sampler, seed, trials)
    Search(study=study, objective=objective, trials=trials).work()
    return study


def settings_of(study):
    return [one.params for one in study.trials if LOST not in one.user_attrs]


@pytest.mark.parametrize("sampler", ["gp", "tpe", "random"])
def test_an_interrupted_search_goes_on_with_the_same_trials(sampler):
    whole = searched(Objective(), 13, sampler=sampler)
    study = optuna.create_study()
    with pytest.raises(KeyboardInterrupt):
        searched(Objective({6: KeyboardInterrupt()}), 13, study, sampler)
    assert [one.state for one in study.trials[:6]] == [TrialState.COMPLETE] * 6
    searched(Objective(), 13, study, sampler)
    assert study.trials[6].user_attrs[LOST] == "interrupted"
    assert study.trials[7].user_attrs[RETRY_OF] == 6
    assert settings_of(study) == settings_of(whole)


def test_the_learning_rate_is_searched_first():
    study = searched(Objective(), 12)
    first = [one.params for one in study.trials[:3]]
    assert len({one["width"] for one in first}) == 1
    assert [one["lr"] for one in first] == pytest.approx([10 ** (-5 + 5 * (2 * k + 1) / 6) for k in range(3)], rel=1e-6)
    assert len({one.params["width"] for one in study.trials[3:8]}) > 3


def test_without_a_learning_rate_no_setting_is_tried_twice():
    def objective(trial):
        width, depth = trial.suggest_int("width", 8, 64), trial.suggest_float("depth", 0, 1)
        return Outcome(status=TrialStatus.COMPLETE, values=(width + depth,))

    study = searched(objective, 12)
    assert study.trials[0].params == {"width": 36, "depth": 0.5}
    assert len({tuple(one.params.items()) for one in study.trials}) == 12
    assert [CHAIN in one.system_attrs for one in study.trials] == [False] * 6 + [True] * 6


def test_no_more_trials_are_run_than_were_asked_for():
    study = searched(Objective(), 5)
    searched(Objective(), 5, study)
    assert len(study.trials) == 5
    searched(Objective(), 7, study)
    assert len(study.trials) == 7


def test_a_trial_that_one_worker_too_many_took_is_given_back():
    study = searched(Objective(), 4)
    search = Search(study=study, objective=Objective(), trials=4)
    search._one()
    assert study.trials[4].user_attrs[LOST] == "one too many"
    assert len(settings_of(study)) == 4


def test_a_failed_trial_says_why_and_the_search_goes_on():
    failed = Outcome(status=TrialStatus.FAILED, message="ValueError: no")
    diverged = Outcome(status=TrialStatus.DIVERGED, values=(float("nan"),), message="the loss is NaN")
    study = searched(Objective({1: failed, 3: diverged}), 6)
    assert study.trials[1].state == study.trials[3].state == TrialState.FAIL
    assert study.trials[1].user_attrs[MESSAGE] == "ValueError: no"
    assert sum(one.state == TrialState.COMPLETE for one in study.trials) == 4


def test_a_search_in_which_nothing_works_is_ended():
    failed = Outcome(status=TrialStatus.FAILED, message="ValueError: no (models.py:3)")
    with pytest.raises(UsageError, match=r"first 3 trials failed.*models.py:3.*afresh with --new"):
        searched(Objective(dict.fromkeys(range(9), failed)), 9)


def test_a_grid_tries_every_setting_once_and_ends():
    study = optuna.create_study()
    study.sampler = sampler_of("grid", 0, 50)

    def objective(trial):
        value = trial.suggest_int("a", 1, 3) + trial.suggest_categorical("b", [0, 10])
        return Outcome(status=TrialStatus.COMPLETE, values=(float(value),))

    Search(study=study, objective=objective, trials=50).work()
    assert sorted(one.value for one in study.trials) == [1, 2, 3, 11, 12, 13]


def test_a_grid_of_a_continuous_range_is_refused():
    with pytest.raises(UsageError, match="grid tries every setting, and lr has infinitely many"):
        searched(Objective(), sampler="grid")


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match="no sampler foo"):
        TuneSettings(sampler="foo")
    with pytest.raises(UsageError, match="no pruner foo"):
        TuneSettings(pruner="foo")
    with pytest.raises(UsageError, match="number of trials must be 1 or more"):
        TuneSettings(trials=0)
    with pytest.raises(UsageError, match="timeout"):
        TuneSettings(timeout=0)


@pytest.mark.parametrize("name", ["median", "hyperband", "none"])
def test_pruners_work_with_the_model(name):
    study = optuna.create_study(pruner=pruner_of(name))
    study.sampler = sampler_of("gp", 0, 14)

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step in range(6):
            trial.report(x + 1 / (step + 1), step)
            if trial.should_prune():
                return Outcome(status=TrialStatus.PRUNED)
        return Outcome(status=TrialStatus.COMPLETE, values=(x,))

    Search(study=study, objective=objective, trials=14).work()
    pruned = sum(one.state == TrialState.PRUNED for one in study.trials)
    assert (pruned > 0) == (name != "none")
    assert study.best_value < 0.1


def dead_pid():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def running_trial(study, worker):
    trial = study.ask()
    trial.suggest_float("lr", 1e-5, 1.0, log=True)
    trial.suggest_int("width", 8, 64)
    trial.set_user_attr(WORKER, worker)
    return trial


def test_the_trial_of_a_dead_worker_is_run_again():
    study = optuna.create_study()
    lost = running_trial(study, {**this_worker(), "pid": dead_pid()})
    searched(Objective(), 4, study)
    assert study.trials[0].state == TrialState.FAIL
    assert study.trials[0].user_attrs[LOST] == "its worker died"
    assert study.trials[1].params == study.trials[0].params == lost.params
    assert len(settings_of(study)) == 4


def test_a_setting_that_kills_every_worker_becomes_a_bad_one():
    study = optuna.create_study()
    running_trial(study, {**this_worker(), "pid": dead_pid()})
    for _ in range(MOST_RETRIES):
        reap(study, Watchman())
        running_trial(study, {**this_worker(), "pid": dead_pid()})
    assert reap(study, Watchman()) == [MOST_RETRIES]
    assert LOST not in study.trials[-1].user_attrs
    assert study.trials[-1].user_attrs[MESSAGE] == "its worker died, 4 times: out of memory?"
    assert not [one for one in study.trials if one.state == TrialState.WAITING]


def test_a_living_worker_is_left_alone_and_a_reused_number_is_not_taken_for_it():
    assert not surely_dead(this_worker())
    assert surely_dead({**this_worker(), "started": "1"})
    assert not surely_dead({**this_worker(), "machine": "another", "pid": dead_pid()})
    assert not surely_dead(None)


def test_a_worker_on_another_machine_is_dead_when_its_beat_stays_away():
    far = {WORKER: {"machine": "another", "pid": 1}, BEAT: 3}
    watchman = Watchman(grace=0.05)
    assert not watchman.is_dead(7, far)
    assert not watchman.is_dead(7, far)
    time.sleep(0.1)
    assert not watchman.is_dead(7, {**far, BEAT: 4})
    time.sleep(0.1)
    assert watchman.is_dead(7, {**far, BEAT: 4})


def test_a_heartbeat_raises_the_number_of_its_trial():
    study = optuna.create_study()
    trial = study.ask()
    trial.set_user_attr(WORKER, this_worker())
    with Heartbeat(study._storage, trial._trial_id, interval=0.01):
        until = time.monotonic() + 5
        while BEAT not in study.trials[0].user_attrs and time.monotonic() < until:
            time.sleep(0.01)
    assert study.trials[0].user_attrs[BEAT] >= 1
    assert study.trials[0].user_attrs[WORKER]["pid"] == os.getpid()


@pytest.mark.parametrize(("storage", "says"), [
    ("foo://x", "no address of a database"), ("redis://x", "Redis is not supported"),
    ("sqlite:////nowhere/at/all.db", "cannot be reached"),
])  # fmt: skip
def test_a_storage_that_cannot_be_used_is_refused(storage, says):
    with pytest.raises(UsageError, match=says):
        open_storage(storage)


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello\n")
    with pytest.raises(UsageError, match="cannot be used as a journal"):
        open_storage(str(path))


def test_a_study_of_another_direction_is_refused(tmp_path):
    storage = open_storage(str(tmp_path / "a.journal"))
    open_study(storage, "s", maximize=False)
    with pytest.raises(UsageError, match="minimized"):
        open_study(storage, "s", maximize=True)
    with pytest.raises(UsageError, match="no study t"):
        open_study(storage, "t", maximize=False, exists=True)


def test_a_password_is_not_shown():
    assert without_password("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"


def test_a_storage_that_stops_answering_is_said_plainly(tmp_path):
    import sqlite3

    address = f"sqlite:///{tmp_path}/s.db"
    study = open_study(open_storage(address), "s", maximize=False)

    class Stops(Objective):
        def __call__(self, trial):
            outcome = super().__call__(trial)
            if trial.number == 2:
                with sqlite3.connect(tmp_path / "s.db") as other:
                    other.execute("drop table trials")
            return outcome

    says = r"s\.db has stopped answering: .*no such table.*same command goes on"
    with pytest.raises(UsageError, match=says), answering(address):
        searched(Stops(), 5, study)
