from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Passed, Skipped
from unstuck.record.events import Scheduler
from unstuck.rules.engine import run_rule
from unstuck.rules.families.opt.learning_rate_schedule_error import LearningRateScheduleError
from unstuck.testing import synthetic

STEPS = 200
FALLING = [2.0 - 0.008 * at for at in range(100)] + [1.2] * 100
LEVEL = [0.2 + 1.8 * 0.8**at for at in range(STEPS)]
CUT = [0.1] * 100 + [0.0005] * 100
GROUPS = [{"lr": 0.1, "initial_lr": 0.1}]


def outcome(tmp_path, loss, lr, schedule=None, **plan):
    noise = np.random.default_rng(0).normal(0, 0.01, len(loss))
    record = synthetic.record(
        tmp_path, loss=[value + extra for value, extra in zip(loss, noise, strict=True)], lr=lr,
        optimizer={"groups": GROUPS}, events=[] if schedule is None else [("scheduler", 0, {"line": 11, "file": "train.py", **schedule})],
        **plan,
    )  # fmt: skip
    return run_rule(LearningRateScheduleError, (TrainingView(record, trainings(record)[0]),))


def number_of_optimizer():
    return 3  # `synthetic` numbers: training loss 1, held-out loss 2, optimiser 3


def test_a_rate_that_is_gone_while_the_loss_falls_is_named_with_step_and_schedule(tmp_path):
    schedule = {"name": "StepLR", "optimizer": number_of_optimizer(), "settings": {"step_size": 100, "gamma": 0.005}}
    found = outcome(tmp_path, FALLING, CUT, schedule)
    assert isinstance(found, Fired)
    finding = found.findings[0]
    assert "from step 100 of 200 on: StepLR (step_size=100, gamma=0.005) at train.py:11" in finding.message
    assert finding.place.line == 11
    assert finding.measured("idle_share").value == pytest.approx(0.5)


def test_every_batch_is_said_where_epochs_are_known(tmp_path):
    rates = [0.1 * 0.9**at for at in range(STEPS)]
    schedule = {"name": "ExponentialLR", "optimizer": number_of_optimizer(), "settings": {"gamma": 0.9}}
    found = outcome(tmp_path, [2.0] * STEPS, rates, schedule, epochs=5)
    assert isinstance(found, Fired)
    assert "changes it at every batch" in found.findings[0].message


@pytest.mark.parametrize(
    ("loss", "lr"),
    [(LEVEL, CUT), (FALLING, [0.1] * 170 + [0.0005] * 30), (FALLING, [0.1] * 100 + [0.002] * 100), (FALLING, 0.1)],
    ids=["levelled off before", "gone at the very end", "a fiftieth is something", "constant"],
)
def test_is_silent(tmp_path, loss, lr):
    assert isinstance(outcome(tmp_path, loss, lr), Passed)


@pytest.mark.parametrize(("peak", "fires"), [(0.04, True), (0.06, False)])
def test_a_warm_up_that_ends_after_the_run(tmp_path, peak, fires):
    rates = [peak * (at + 1) / STEPS for at in range(STEPS)]
    found = outcome(tmp_path, [2.0 - 0.004 * at for at in range(STEPS)], rates)
    assert isinstance(found, Fired if fires else Passed)
    if fires:
        assert "40 % of 0.1" in found.findings[0].message
        assert found.findings[0].severity is Severity.WARNING


def test_a_warm_up_that_did_no_harm_is_info(tmp_path):
    found = outcome(tmp_path, LEVEL, [0.04 * (at + 1) / STEPS for at in range(STEPS)])
    assert [finding.severity for finding in found.findings] == [Severity.INFO]


@pytest.mark.parametrize("restored", [False, True])
def test_a_schedule_that_begins_again(tmp_path, restored):
    rates = [0.001 * (at + 1) for at in range(100)] + [0.1] * 100
    number = number_of_optimizer()
    more = [("scheduler", 0, {"name": "LambdaLR", "optimizer": number, "restored": True})] if restored else []
    record = synthetic.record(
        tmp_path, loss=LEVEL, lr=rates, optimizer={"groups": GROUPS},
        events=[("scheduler", 0, {"name": "LambdaLR", "optimizer": number, "had_schedule": True}), *more],
    )  # fmt: skip
    found = run_rule(LearningRateScheduleError, (TrainingView(record, trainings(record)[0]),))
    assert isinstance(found, Passed if restored else Fired)


def test_a_first_rate_that_is_never_used_is_info(tmp_path):
    schedule = {"name": "ExponentialLR", "optimizer": number_of_optimizer(), "settings": {"gamma": 0.99}, "first_rate": 0.1}
    found = outcome(tmp_path, LEVEL, [0.1 * 0.99 ** (at + 1) for at in range(STEPS)], schedule)
    assert [finding.severity for finding in found.findings] == [Severity.INFO]


def test_a_loss_that_measures_no_progress_is_skipped(tmp_path):
    assert isinstance(outcome(tmp_path, [-1.0] * STEPS, CUT), Skipped)


@pytest.mark.programs
def test_a_schedule_is_recorded_with_its_settings():
    torch = pytest.importorskip("torch")
    from unstuck.watch.torch.schedules import begins_again, scheduler_event

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2)
    assert not begins_again(optimizer, -1)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 6], gamma=0.5)
    assert begins_again(optimizer, -1)
    assert not begins_again(optimizer, 7)
    event = scheduler_event(schedule, 4, {"file": "a.py", "line": 2}, step=9)
    assert event == Scheduler(
        step=9, name="MultiStepLR", optimizer=4, file="a.py", line=2, first_rate=0.2,
        settings={"gamma": 0.5, "milestones": [3, 6]},
    )  # fmt: skip
