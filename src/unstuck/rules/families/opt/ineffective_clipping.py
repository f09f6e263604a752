"""OPT111: gradients are clipped where it changes nothing, or while they are still scaled."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.clipping import Array, ClipSite, clip_sites
from unstuck.analysis.run.parameters import sampled_gradients
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class IneffectiveClipping(Rule[TrainingView]):
    """Gradients are clipped before they are there, after the step has used them, or while they are still scaled.

    ## What it measures

    The order of backward, clipping and step in the whole run, the norm that clipping finds, and the norm that the
    optimiser uses at the sampled steps.

    ## Why it hurts

    Clipped after the step or before backward, long gradients reach the weights as they are. Clipped while a gradient
    scaler has them multiplied, every gradient is too long: what remains is divided by the scale, and the steps are
    thousands of times too short.

    ## How it decides

    One of these holds for a line that clips:

    - nine of ten calls or more come between a step and the next backward: a warning where a norm that the steps used
      was above the threshold, else info;
    - every call finds a norm of 0, and the optimiser uses gradients above 0: the parameters are not the ones trained,
      or an iterator that was used up;
    - there is a gradient scaler, and the norm that the optimiser uses is what clipping has left, divided by its scale.

    ## Example

    ```python
    scaler.scale(loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)   # scaler.unscale_(optimizer) is missing before it
    scaler.step(optimizer)
    ```

    ## Remedies

    Clip between `backward()` and `step()`. With a gradient scaler call `scaler.unscale_(optimizer)` first.

    ## Known limits

    Gradients that are clamped by hand are not seen. Where several optimisers step together, the scale is not judged.
    A threshold of infinity only measures the norm, and may come at any place.

    ## References

    PyTorch documentation, automatic mixed precision examples: "Gradient clipping".
    """

    code: ClassVar[str] = "OPT111"
    name: ClassVar[str] = "ineffective-clipping"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer")
    figures: ClassVar[tuple[str, ...]] = ("optimiser_settings.clipped",)

    calls: float = threshold(3, unit="calls", source="fewer may be a trial by hand")
    late: float = threshold(0.9, unit="share of the calls", source="the last call of a run may come after the loop")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Every line that clips."""
        sites = clip_sites(view.training)
        if sites and all(len(site.x) < self.calls for site in sites):
            raise TooLittle(f"{self.calls:.0f} calls that clip gradients")
        for site in sites:
            if len(site.x) < self.calls or not math.isfinite(site.threshold):
                continue  # an infinite threshold measures the norm
            if site.after_step >= self.late:
                yield self._late(view, site)
            elif self._finds_nothing(site):
                yield self._empty(view, site)
            elif site.scale is not None:
                yield self._scaled(view, site, site.scale)

    def _finds_nothing(self, site: ClipSite) -> bool:
        return bool((site.norm == 0).all()) and bool((site.applied > 0).any())

    def _late(self, view: TrainingView, site: ClipSite) -> Finding:
        used = _used(view, site)
        over = used / site.threshold if site.threshold > 0 else np.zeros(0)
        share = float((over > 1).mean()) if len(over) else 0.0
        when = "before there are any" if (site.norm == 0).all() else "after the step has used them"
        most = f", up to {over.max():.3g} times as long" if share else ""
        return self.finding(
            f"gradients are clipped {when}: {words.share(share)} of {len(over)} gradients used are longer than "
            f"{site.threshold:.3g}{most}",
            view=view, place=site.place, used_at=view.loss_place(), first_step=int(site.x[0]),
            severity=None if share else Severity.INFO,
            evidence=(
                Evidence(key="late_share", label="share of the calls between a step and the next backward",
                         value=site.after_step, threshold=self.late, unit="share"),
                Evidence(key="over_share", label="share of the gradients used that are longer than the threshold",
                         value=share, threshold=0.0, unit="share"),
            ),
            remedies=(_ORDER,),
        )  # fmt: skip

    def _empty(self, view: TrainingView, site: ClipSite) -> Finding:
        used = float(np.median(site.applied))
        return self.finding(
            f"clipping finds a gradient norm of 0 at all {len(site.norm)} calls, and the optimiser uses a norm of "
            f"{used:.3g}: it is given other parameters, or none",
            view=view, place=site.place, used_at=view.optimizer_place(), first_step=int(site.x[0]),
            evidence=(
                Evidence(key="clipped_norm", label="largest norm that clipping finds", value=0.0, threshold=used),
                Evidence(key="used_norm", label="norm that the optimiser uses, median", value=used),
            ),
            remedies=(_PARAMETERS,),
        )

    def _scaled(self, view: TrainingView, site: ClipSite, scale: float) -> Finding:
        return self.finding(
            f"gradients are clipped to {site.threshold:.3g} while they are scaled: the optimiser uses a norm of "
            f"{float(np.median(site.applied)):.3g}, a {words.number(round(scale))}th of what clipping left",
            view=view, place=site.place, used_at=view.optimizer_place(), first_step=int(site.x[0]),
            evidence=(
                Evidence(key="scale", label="norm after clipping / norm at the step", value=scale, threshold=16.0),
                Evidence(key="used_norm", label="norm that the optimiser uses, median",
                         value=float(np.median(site.applied))),
            ),
            remedies=(_UNSCALE,),
        )  # fmt: skip


def _used(view: TrainingView, site: ClipSite) -> Array:
    """Norms of gradients that steps used: measured by the late call itself, or at the sampled steps."""
    found: Array = site.norm[np.isfinite(site.norm)]
    if len(found) and not (found == 0).all():
        return found
    numbers = {optimizer.id for optimizer in view.training.optimizers}
    return np.array([
        facts.norm for number in sorted(numbers) for _, facts in sampled_gradients(view.training.part, number)
        if facts.stepped and np.isfinite(facts.norm)
    ])  # fmt: skip


_ORDER = Remedy(
    name="clip-gradients",
    text="Clip after backward and before the step.",
    applicability=Applicability.TRIAL,
    code="loss.backward()\ntorch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()",
)
_PARAMETERS = Remedy(
    name="clip-the-trained-parameters",
    text="Give clipping the parameters that are trained, as a list or by a new call of model.parameters().",
    applicability=Applicability.MANUAL,
    code="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
)
_UNSCALE = Remedy(
    name="unscale-before-clipping",
    text="Divide the gradients by the loss scale before they are clipped.",
    applicability=Applicability.MANUAL,
    code="scaler.scale(loss).backward()\nscaler.unscale_(optimizer)\n"
    "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\nscaler.step(optimizer)",
)
