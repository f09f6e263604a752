"""OPT108: every step is clipped, by a large factor: the threshold sets the length of the steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.clipping import ClipSite, clip_sites
from unstuck.analysis.run.shortfall import fall_before, much_left
from unstuck.analysis.run.updates import is_adaptive, momentum, rates, relative_updates_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold

USUAL_EPS = 1e-8
"""what Adam adds to the root of its second moment, where the record does not say"""


@dataclass(frozen=True)
class ConstantClipping(Rule[TrainingView]):
    """Every gradient is cut to a small part of its norm, the steps are too short, and the loss is not down.

    ## What it measures

    The gradient norm before clipping at every step, divided by the threshold; the relative update
    |update| / |weight|; and how much of the loss is left.

    ## Why it hurts

    Where every step is clipped, all steps have the same length: the threshold times the learning rate. The written
    learning rate means nothing any more, and it is too low by the factor of the clipping.

    ## How it decides

    Nineteen of twenty gradients are longer than the threshold, their median by a factor of 5 or more, a typical
    relative update is below 0.002, and the loss was still falling at the end or half of it is left. Adam and its kin
    divide by the size of past gradients: for them clipping to a constant norm changes nothing, and the rule fires only
    where the threshold is so small that the clipped gradients are near their `eps`. Clipping most steps at 0.5 to 1,
    as recurrent networks, transformers and policies do, is sound where the loss goes down.

    ## Example

    ```python
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)   # the gradients have a norm of 2
    ```

    ## Remedies

    Set the threshold above the usual norm, so that it cuts the rare long gradient, or leave clipping out.

    ## Known limits

    Clipping by value, and gradients clamped by hand, leave no norm to compare with.

    ## References

    Pascanu, Mikolov and Bengio: On the difficulty of training recurrent neural networks (2013), section 3.2: the
    threshold is a few times the average norm.
    """

    code: ClassVar[str] = "OPT108"
    name: ClassVar[str] = "constant-clipping"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("OPT103",)
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer", "update", "weight")
    figures: ClassVar[tuple[str, ...]] = ("optimiser_settings.clipped",)

    clipped: float = threshold(0.95, unit="share of the steps", source="every step but for the first or last ones")
    factor: float = threshold(5.0, unit="norm / threshold", source="usual thresholds are a few times the norm")
    step: float = threshold(0.002, unit="|update| / |weight|", source="OPT101: healthy steps are 0.001 to 0.1")
    near_eps: float = threshold(10.0, unit="root mean square of the clipped gradient / eps", source="docs/log.md")
    calls: float = threshold(20, unit="steps", source="with fewer, the run is too short")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The line that clips most."""
        sites = [site for site in clip_sites(view.training) if len(site.over)]
        if not sites:
            return
        site = sites[0]
        if len(site.over) < self.calls:
            raise TooLittle(f"{self.calls:.0f} steps whose gradients were clipped by norm")
        share, factor = float((site.over > 1).mean()), float(np.median(site.over))
        if share < self.clipped or factor < self.factor or site.after_step > 0.5:
            return
        needs_progress(view)
        updates = relative_updates_of(view.training)
        if updates is None or not len(updates.before(math.inf).ratio):
            raise TooLittle("finite updates of a weight matrix, other than zero")
        typical = min(updates.before(math.inf).typical, _clipped_step(view, site))
        if typical >= self.step or view.status.verdict is Verdict.DIVERGED:
            return
        if is_adaptive(view.training) and not self._is_near_eps(view, site):
            return
        if much_left(view.training) or fall_before(view.training, math.inf) is not None:
            yield self._finding(view, site, share, factor, typical)

    def _is_near_eps(self, view: TrainingView, site: ClipSite) -> bool:
        count = sum(math.prod(parameter.shape) for parameter in view.training.parameters.values())
        groups = [group for optimizer in view.training.optimizers for group in optimizer.groups]
        eps = max((float(group.eps) for group in groups if group.eps is not None), default=USUAL_EPS)
        used = float(np.median(site.applied)) if len(site.applied) else site.threshold
        return used / math.sqrt(max(1, count)) < self.near_eps * eps

    def _finding(self, view: TrainingView, site: ClipSite, share: float, factor: float, typical: float) -> Finding:
        norm = float(np.median(site.norm[np.isfinite(site.norm)]))
        scaled = f"; they are still multiplied by the loss scale of {site.scale:.3g}" if site.scale is not None else ""
        return self.finding(
            f"{words.share(share)} of {len(site.over)} gradients are clipped to a norm of {site.threshold:.3g}, the "
            f"median to a {words.number(round(factor))}th: updates are {typical:.1e} × the weight norm, and the loss "
            f"ends at {view.status.last:.4g}{scaled}",
            view=view, place=site.place, used_at=view.optimizer_place(), first_step=int(site.x[0]),
            evidence=(
                Evidence(key="clipped_share", label="share of the gradients longer than the threshold", value=share,
                         threshold=self.clipped, unit="share"),
                Evidence(key="clipping_factor", label="gradient norm / threshold, median", value=factor,
                         threshold=self.factor),
                Evidence(key="relative_update", label="relative update of a step, median", value=typical,
                         threshold=self.step, unit="|update| / |weight|"),
                Evidence(key="loss_at_end", label="loss at the end", value=view.status.last),
            ),
            remedies=(*((_UNSCALE,) if scaled else ()), _raised(norm)),
        )  # fmt: skip


def _clipped_step(view: TrainingView, site: ClipSite) -> float:
    """Relative update of a clipped gradient by itself: weight decay moves the weights too; infinite where unknown."""
    norms = [float(track["norm"][-1]) for track in view.training.tracked("weight") if len(track.step)]
    used = rates(view.training)
    size = math.sqrt(sum(norm * norm for norm in norms if math.isfinite(norm)))
    if is_adaptive(view.training) or not len(used) or size <= 0:
        return math.inf
    left = site.threshold / (site.scale or 1.0)
    return float(np.median(used)) * left / max(1e-3, 1 - momentum(view.training)) / size


def _raised(norm: float) -> Remedy:
    return Remedy(
        name="raise-clipping-norm",
        text=f"Clip above the usual gradient norm of about {norm:.2g}, or leave clipping out.",
        applicability=Applicability.TRIAL,
        code=f"torch.nn.utils.clip_grad_norm_(model.parameters(), {2 * norm:.1g})",
    )


_UNSCALE = Remedy(
    name="unscale-before-clipping",
    text="Divide the gradients by the loss scale before they are clipped.",
    applicability=Applicability.MANUAL,
    code="scaler.unscale_(optimizer)\ntorch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
)
