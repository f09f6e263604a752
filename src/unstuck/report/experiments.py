"""What the page shows of the experiments: the plots, the most telling first, and everything that was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from unstuck.core.experiment import RE_RUN, REPLAY, TrialVerdict
from unstuck.core.trial_verdict import by_importance, gain_of
from unstuck.core.words import duration
from unstuck.figures.experiment_curves import experiment_curves
from unstuck.show import proofs, svg
from unstuck.show.diff import lines_of
from unstuck.show.terminal_experiments import explained, how, length, not_tested, verdict
from unstuck.show.terminal_finding import NO_HARM, NO_PATCH, does_no_harm

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis, Ranked
    from unstuck.core.experiment import Effect, Trial
    from unstuck.core.finding import Finding
    from unstuck.show.proofs import Help, Patches

DONE = {
    RE_RUN: "The script was run again",
    REPLAY: "Copies of the objects were trained in a plain loop (replay)",
}
MOST_OPEN = 2
"""more plots than this lie folded below the first of them"""
TONE = {
    TrialVerdict.VERIFIED: "good", TrialVerdict.REFUTED: "bad", TrialVerdict.NO_DIFFERENCE: "quiet",
    TrialVerdict.NOT_TESTED: "quiet",
}  # fmt: skip
NAMED = {
    TrialVerdict.VERIFIED: "Proved", TrialVerdict.REFUTED: "Refuted", TrialVerdict.NO_DIFFERENCE: "No difference seen",
}  # fmt: skip


def experiments_for_page(diagnosis: Diagnosis) -> dict[str, Any] | None:
    """The section "Proof"; None where there were no experiments."""
    results = diagnosis.experiments
    if results is None:
        return None
    order = by_importance(results)
    plots = [plot for trial in order if (plot := _plot(trial, diagnosis))]
    base = proofs.reference(order[0] if order else results.trials[0], diagnosis) if results.trials else ""
    said = proofs.conclusion(diagnosis)
    numbers = proofs.came_to(results, base, ran=bool(diagnosis.trainings)) if results.sufficient else ""
    return {
        "conclusion": said,
        "proved": bool(results.sufficient),
        "numbers": f"{numbers[0].upper()}{numbers[1:]}." if numbers else "",
        "how": f"{DONE[results.way]} with {how(results)}, {length(results, diagnosis)}, against a control without "
        f"it that shares start, data order and random numbers; {duration(round(results.seconds))} in all.",
        "warning": " ".join(f"{one[0].upper()}{one[1:]}." for one in proofs.warnings(results)),
        "open": plots[:MOST_OPEN],
        "folded": plots[MOST_OPEN:],
        "rows": [_row(trial) for trial in sorted(order, key=gain_of, reverse=True)],
        "explained": explained(base, order),
        "not_tested": not_tested(results),
    }


def _plot(trial: Trial, diagnosis: Diagnosis) -> dict[str, Any] | None:
    summary = proofs.summary_of(trial, diagnosis)
    figure = experiment_curves(trial, summary.baseline_loss if summary else None)
    if figure is None or trial.shown is None:
        return None
    said = proofs.effect_in_words(trial, proofs.reference(trial, diagnosis))
    return {
        "title": trial.title,
        "beside": " and ".join(trial.on_top_of),
        "verdict": verdict(trial),
        "tone": TONE[trial.verdict],
        "said": f"{said[0].upper()}{said[1:]}.",
        "gain": _gain(trial.shown),
        "legend": [(f"c{curve.group}", curve.name) for curve in figure.curves],
        # `svg` escapes every text that it is given.
        "wide": Markup(svg.draw(figure, svg.WIDE)),  # noqa: S704
        "narrow": Markup(svg.draw(figure, svg.NARROW)),  # noqa: S704
    }


def _gain(effect: Effect) -> str:
    low, high = (proofs.percent(share, signed=True) for share in proofs.bounds(effect))
    return f"Gain {proofs.percent(effect.gain, signed=True)}, 95 % interval {low} to {high}."


def _row(trial: Trial) -> dict[str, Any]:
    effect = trial.shown
    assert effect is not None
    return {
        "title": trial.title,
        "beside": " and ".join(trial.on_top_of),
        "without": proofs.percent(effect.control),
        "with": proofs.percent(effect.treated),
        "gain": proofs.gain_in_words(effect),
        "pairs": effect.pairs,
        "verdict": verdict(trial),
        "tone": TONE[trial.verdict],
        "codes": " ".join(trial.codes),
    }


def helps_for_page(ranked: Ranked, diagnosis: Diagnosis, patches: Patches) -> list[dict[str, Any]]:
    """The remedies of a finding with their proof and their patch."""
    return [
        {
            "remedy": one.remedy,
            "proof": _named(one, ranked.finding) if one.judged.trial is not None else "",
            "tone": TONE[one.judged.verdict],
            "why": f"{one.judged.why}{NO_PATCH if _unwritten(one) else ''}.",
            "patch": list(lines_of(one.patch)),
        }
        for one in proofs.helps(ranked, diagnosis, patches)
    ]


def _named(one: Help, finding: Finding) -> str:
    if does_no_harm(finding, [one]):
        return f"{NO_HARM[0].upper()}{NO_HARM[1:]}"
    return NAMED.get(one.judged.verdict, "Not decided")


def _unwritten(one: Help) -> bool:
    """Whether a proved remedy has no patch."""
    return one.judged.verdict is TrialVerdict.VERIFIED and not one.patch
