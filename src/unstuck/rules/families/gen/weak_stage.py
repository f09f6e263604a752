"""GEN108: in a composed model, the stage that most of the error comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.model.robustness import StageError
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class WeakStage(Rule[ModelView]):
    """Most of the error of a composed model comes from one of its stages.

    ## What it measures

    The stages are submodules that the user names (`--stages`), and right outputs of them come from a file
    (`--stage-truth`). The model predicts with the output of a stage replaced by the right one: what it gains is what
    could be gained by that stage at most. The stage's own error, its parameters and its time stand beside it.

    ## Why it hurts

    Months go into the stage that is most interesting, and the error comes from another one. Where the right output
    gains nothing, no work on the stage will.

    ## How it decides

    A stage whose right output gains `gain` of what is missing to the best score or more, with an interval above 0.
    The stage that gains most comes first.

    ## Example

    ```python
    model = nn.Sequential(OrderedDict(detect=detector, crop=crop, read=reader))   # which one is to be improved?
    ```

    ## Remedies

    Collect labels for this stage, and improve it before the others.

    ## Known limits

    Stages are submodules with one tensor as output. A later stage was trained on what the earlier ones give: with the
    right output it may do worse than after another training. Metrics without a best value (RMSE) count to 0.

    ## References

    Ng, *Machine Learning Yearning*, 2018, chapters 53 to 58; Nushi and others, *On human intellect and machine
    failures: troubleshooting integrative machine learning systems*, 2017.
    """

    code: ClassVar[str] = "GEN108"
    name: ClassVar[str] = "weak-stage"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("stage_error",)
    figures: ClassVar[tuple[str, ...]] = ("model_dependence.stages",)

    gain: float = threshold(0.3, unit="share of what is missing", source="provisional: less is spread over stages")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """The stage that gains most."""
        from unstuck.analysis.model.metrics import METRICS

        known = [one for one in view.of(StageError) if one.score is not None and one.score_before is not None]
        if not known:
            raise TooLittle("the right output of a stage (--stage-truth)")
        meaning = METRICS[view.about.metric]
        sign, best = (1.0, 1.0) if meaning.higher_is_better else (-1.0, 0.0)
        gains = {one.stage: sign * ((one.score or 0.0) - (one.score_before or 0.0)) for one in known}
        first = max(known, key=lambda one: gains[one.stage])
        missing = sign * (best - (first.score_before or 0.0))
        if missing <= 0 or gains[first.stage] < self.gain * missing or (first.low or 0.0) <= 0:
            return
        others = ", ".join(
            f"`{one.stage}` {number(round(gains[one.stage], 4))}" for one in known if one is not first
        )
        own = "" if first.error is None else f"; its own error is {number(first.error)} ({first.error_name})"
        beside = f"; others gain {others}" if others else ""
        yield self.finding(
            f"with the right output of `{first.stage}` {meaning.title} is {number(first.score or 0.0)} in place of "
            f"{number(first.score_before or 0.0)}{beside}{own}",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="stage_gain", label=f"gain by the right output of `{first.stage}`",
                         value=gains[first.stage], threshold=self.gain * missing),
                Evidence(key="stage_score", label=f"{meaning.title} with it", value=first.score or 0.0),
                Evidence(key="score_before", label=f"{meaning.title} as it is", value=first.score_before or 0.0),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="improve-the-stage",
    text="Improve this stage before the others: collect labels for its output, and train it on them.",
    applicability=Applicability.MANUAL,
)
