"""The reasons of verdicts in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from unstuck.core.experiment import PAIRS, Reason

if TYPE_CHECKING:
    from unstuck.core.experiment import Trial

SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.MANUAL: "a human must decide what to change",
        Reason.NO_EXPERIMENT: "no experiment was run",
        Reason.NO_INTERVENTION: "no experiment carries it out",
        Reason.BUDGET_SPENT: "the budget was spent",
        Reason.NEEDS_WHOLE_RUNS: "it takes whole runs, a budget of about {budget:.0f} s",
        Reason.RUN_CUT: "the run was ended before its end, so there is no whole run to compare with",
        Reason.NOT_NEEDED: "other changes make it learn without it",
        Reason.NOTHING_TO_CHANGE: "it found nothing to change",
        Reason.NOTHING_TRAINED: "nothing was trained in its branch",
        Reason.REFUSED: "{detail}",
        Reason.KILLED: "its branch did not end by itself",
        Reason.RAISED: "the changed script raised {detail}",
        Reason.NO_OBJECTIVE: (
            "its loss does not show how much is learned: adversarial training, a policy's loss, or moving targets"
        ),
        Reason.NO_HELD_OUT_LOSS: (
            "the training loss does not show what it is worth, and the script computes no held-out loss"
        ),
        Reason.OTHER_DATA: "with other random numbers the script divides its data anew, so there is one pair",
        Reason.FEW_PAIRS: "promising, but {pairs} of {wanted} pairs fitted into the budget",
        Reason.STILL_LEARNING: "it was still learning when its branch ended",
        Reason.SMALL_GAIN_SO_FAR: "it certainly helps, but little in a branch shorter than the run",
        Reason.AHEAD_SO_FAR: "after as many steps it is ahead of its control, and the run goes on",
        Reason.LEVEL_SO_FAR: "after as many steps it is not certainly worse than its control, and the run goes on",
        Reason.TOO_SHORT: "its branches were too short to say anything",
        Reason.SMALL_GAIN: "it certainly helps, but little",
        Reason.HELD_OUT_LOSS_RISES: "its training loss falls, its held-out loss rises",
        Reason.OTHER: "{detail}",
    }
)


def reason_of(trial: Trial) -> str:
    """Why a trial was not tested, or has another verdict than its effect alone gives; empty where neither is so."""
    if trial.reason is None:
        return ""
    sentence = SENTENCES[trial.reason]
    pairs = trial.effect.pairs if trial.effect is not None else 0
    return sentence.format(detail=trial.detail, budget=trial.budget_needed or 0.0, pairs=pairs, wanted=PAIRS)
