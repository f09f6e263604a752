"""Experiments on the sick run of `show_runs`, written by hand."""

from __future__ import annotations

import dataclasses
import math

from show_runs import SOFTMAX, sick_diagnosis

from unstuck.core.experiment import Curve, Effect, Reason, Results, Trial, TrialVerdict
from unstuck.core.finding import Confidence

STEPS = tuple(range(0, 100, 5))
FLAT = Curve(steps=STEPS, losses=tuple(2.31 for _ in STEPS))
FALLING = Curve(steps=STEPS, losses=tuple(2.31 * math.exp(-0.04 * step) for step in STEPS))
BROKEN = Curve(steps=STEPS, losses=(2.31, 50.0, 1e30, *[math.nan] * (len(STEPS) - 3)))


def effect(control=-0.01, treated=0.95, *, half=0.03, pairs=3):
    gain = treated - control
    return Effect(control=control, treated=treated, gain=gain, low=gain - half, high=gain + half, pairs=pairs)


def trial(title, proof, told=None, **changes):
    name = title.split(" ")[0]
    known = {"control_curve": FLAT, "treated_curve": FALLING} if told else {}
    return Trial(**{"title": title, "names": (name,), "verdict": proof, "effect": told, **known, **changes})


OUT = trial(
    "remove-output-activation", TrialVerdict.VERIFIED, effect(), codes=("LOS101",), remedies=("raw-scores",),
)  # fmt: skip
FASTER = trial("learning-rate × 10", TrialVerdict.NO_DIFFERENCE, effect(treated=0.1, half=0.4, pairs=1))
BURST = trial("learning-rate × 100", TrialVerdict.REFUTED, effect(treated=-1.0, pairs=1), treated_curve=BROKEN)
BESIDE = trial(
    "learning-rate × 3", TrialVerdict.REFUTED, effect(0.95, 0.96, pairs=1), on_top_of=("remove-output-activation",),
    names=("remove-output-activation", "learning-rate"),
)  # fmt: skip
CLIP = trial("clip-gradients 1", TrialVerdict.NOT_TESTED, reason=Reason.BUDGET_SPENT)
NORM = trial("batch-norm", TrialVerdict.NOT_TESTED, reason=Reason.NOTHING_TO_CHANGE)


def results(*trials, **changes):
    return Results(**{
        "way": "re-run", "steps": 60, "of_steps": 100, "reached": 0.001, "reached_after": 0.95,
        "trials": trials or (OUT, FASTER, BESIDE, BURST, CLIP, NORM), "sufficient": ("remove-output-activation",),
        "seconds": 21.4, "budget": 60.0, "repeatable": True, **changes,
    })  # fmt: skip


def tried(record, *trials, confidence=Confidence.VERIFIED, **changes):
    """The sick run's diagnosis after experiments."""
    diagnosis = sick_diagnosis(record)
    first = dataclasses.replace(
        diagnosis.findings[0], finding=dataclasses.replace(SOFTMAX, confidence=confidence)
    )
    return dataclasses.replace(
        diagnosis, findings=(first, *diagnosis.findings[1:]), experiments=results(*trials, **changes)
    )
