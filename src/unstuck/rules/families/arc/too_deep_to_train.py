"""ARC106: a plain network so deep that nothing reaches its first layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.probe.network import CureTrial, DepthCures
from unstuck.rules.rule import Rule, TooLittle, threshold

AS_IT_IS = "as it is"
CODE = {
    "He initialisation": "for layer in model.modules():\n    if isinstance(layer, nn.Linear):\n"
    "        nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')\n        nn.init.zeros_(layer.bias)",
    "batch normalisation": "nn.Sequential(nn.Linear(n, n, bias=False), nn.BatchNorm1d(n), nn.ReLU())   # each layer",
    "leaky ReLU with He initialisation": "nn.LeakyReLU(0.1)   # with nn.init.kaiming_normal_(layer.weight, a=0.1)",
    "SELU with LeCun initialisation": "nn.SELU()   # with nn.init.kaiming_normal_(layer.weight, nonlinearity='linear')",
    "residual connections with He initialisation": "x = x + torch.relu(layer(x))   # where the shapes are the same",
}
REMEDIES = {
    "He initialisation": "suited-initialisation", "batch normalisation": "batch-normalisation",
    "leaky ReLU with He initialisation": "leaky-relu", "SELU with LeCun initialisation": "selu",
    "residual connections with He initialisation": "residual-connections",
}  # fmt: skip
"""cure → name of the remedy"""


@dataclass(frozen=True)
class TooDeepToTrain(Rule[ProbeView]):
    """A plain network is so deep that it does not learn, and known cures of depth make it learn.

    ## What it measures

    Networks of eight layers or more with an activation and neither normalisation nor shortcut are trained for a few
    steps: as they are, with He initialisation, with batch normalisation, with leaky ReLU, with SELU and LeCun
    initialisation, with residual connections. Each is tried at the own learning rate and at a tenth of it.

    ## Why it hurts

    Signal and gradient are multiplied by a factor at each layer. Where the factor is not close to 1, the first layers
    get no gradient, and the last ones no signal.

    ## How it decides

    As it is, the network removes less than a twentieth of the baseline loss, and the best cure a fifth or more.

    ## Example

    ```python
    layers = [nn.Sequential(nn.Linear(64, 64), nn.ReLU()) for _ in range(24)]
    ```

    ## Remedies

    The cures are listed by the loss that they reach. Or use fewer layers: three to eight are enough to begin with.

    ## Known limits

    The trainings are short: a network that begins to learn only after many steps counts as one that does not learn.

    ## References

    He and others (2015), *Deep residual learning*; Ioffe and Szegedy (2015), *Batch normalization*; Klambauer and
    others (2017), *Self-normalizing neural networks*.
    """

    code: ClassVar[str] = "ARC106"
    name: ClassVar[str] = "too-deep-to-train"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = ("INI104",)
    needs: ClassVar[tuple[str, ...]] = ("depth_cures",)
    figures: ClassVar[tuple[str, ...]] = ("probe_layers.cures",)

    stuck: float = threshold(0.05, unit="share of the baseline loss", source="24 plain layers: 0.008")
    cured: float = threshold(0.2, unit="share of the baseline loss", source="the same with a cure: 0.41 to 0.98")
    steps: float = threshold(30, unit="steps", source="fewer say nothing about learning")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """The network as it is against the best cure."""
        event = view.one(DepthCures)
        if event is None or not event.baseline_loss or event.steps < self.steps:
            raise TooLittle(f"{self.steps:g} steps of training, and a loss whose baseline is known")
        shares = {trial.name: self._share(trial, event.baseline_loss) for trial in event.trials}
        best = event.trials[0]
        if shares.get(AS_IT_IS, 1.0) >= self.stuck or shares[best.name] < self.cured:
            return
        plain = next(trial for trial in event.trials if trial.name == AS_IT_IS)
        ranking = ", ".join(f"{trial.name} {_said(shares[trial.name])}" for trial in event.trials)
        yield self.finding(
            f"{count(event.depth, 'plain layer')}: in {count(event.steps, 'step')} the network removes "
            f"{_said(shares[AS_IT_IS])} of the baseline loss; the first layer gets "
            f"{number(plain.gradient_ratio or 0.0)} "
            f"of the last layer's gradient. By what they remove: {ranking}",
            view=view, place=view.layer_place(event.layers[0]),
            evidence=(
                Evidence(key="removed", label="share of the baseline loss that it removes", value=shares[AS_IT_IS],
                         threshold=self.stuck, unit="share"),
                Evidence(key="cured", label=f"the same with {best.name}", value=shares[best.name],
                         threshold=self.cured, unit="share"),
                Evidence(key="gradient_ratio", label="gradient of the first layer / of the last",
                         value=plain.gradient_ratio or 0.0),
            ),
            remedies=tuple(_remedy(trial) for trial in event.trials if shares[trial.name] >= self.cured)[:3],
        )  # fmt: skip

    @staticmethod
    def _share(trial: CureTrial, baseline: float) -> float:
        return (baseline - trial.last_loss) / baseline if math.isfinite(trial.last_loss) else -math.inf


def _said(value: float) -> str:
    return "0 %" if value < 0 else share(value)


def _remedy(trial: CureTrial) -> Remedy:
    return Remedy(
        name=REMEDIES[trial.name],
        text=f"Use {trial.name}: after {count(len(trial.losses), 'step')} its loss was {number(trial.last_loss)}.",
        applicability=Applicability.TRIAL, code=CODE.get(trial.name, ""),
    )
