"""OPT104: the first layers get almost no gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.layer_changes import LayerChange, layer_changes
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class VanishingGradients(Rule[TrainingView]):
    """The gradient shrinks on its way back, and the first layers stay as they were drawn.

    ## What it measures

    For each weight matrix: the root mean square of its gradient at the sampled steps, and the sum of its relative
    updates over all steps, which bounds how far it has moved.

    ## Why it hurts

    The last layers learn on top of random features. The loss falls slowly or not at all, and more layers make it worse.

    ## How it decides

    The first matrix gets less than `ratio` of the gradient of that which gets most, and all steps together move it by
    less than `still` of its norm, while another one moves by `moves` or more.

    ## Example

    ```python
    nn.Sequential(*[nn.Sequential(nn.Linear(64, 64), nn.Sigmoid()) for _ in range(10)])   # × 0.06 at each layer
    ```

    ## Remedies

    ReLU with He initialisation, normalisation, residual connections, or fewer layers. In recurrent networks an LSTM or
    a GRU.

    ## Known limits

    An optimiser that divides by the size of the gradients (Adam) moves such layers nevertheless; then nothing is said.

    ## References

    Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, 1991; Glorot and Bengio, *Understanding the
    difficulty of training deep feedforward neural networks*, 2010.
    """

    code: ClassVar[str] = "OPT104"
    name: ClassVar[str] = "vanishing-gradients"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = (
        "INI101", "INI103", "INI104", "ARC102", "ARC106", "LOS101", "LOS102", "LOS103",
    )  # fmt: skip
    needs: ClassVar[tuple[str, ...]] = ("loss", "gradient", "update", "weight")
    figures: ClassVar[tuple[str, ...]] = ("layer_changes.gradients",)

    layers: int = threshold(3, unit="weight matrices", source="fewer have no way to shrink on")
    ratio: float = threshold(1e-3, unit="of the largest gradient", source="115 healthy trainings: 0.02 and more")
    still: float = threshold(0.01, unit="× the weight norm", source="114 of 115 healthy: 0.06 and more")
    moves: float = threshold(0.05, unit="× the weight norm", source="115 healthy trainings: 0.13 and more")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The first matrix against the others."""
        changes = layer_changes(view.training)
        if len(changes) < self.layers:
            if len(view.training.tracked("weight")) >= self.layers and not changes:
                raise TooLittle("gradients and updates of the same weight matrices")
            return
        first, most = changes[0], max(changes, key=lambda one: one.gradient)
        moved = max(changes, key=lambda one: one.total)
        if not 0 < first.gradient < self.ratio * most.gradient or first.total >= self.still or moved.total < self.moves:
            return
        yield self._finding(view, changes, first, most)

    def _finding(
        self, view: TrainingView, changes: Sequence[LayerChange], first: LayerChange, most: LayerChange
    ) -> Finding:
        still = sum(one.total < self.still for one in changes)
        return self.finding(
            f"the gradient of `{first.layer}` is {words.number(first.gradient / most.gradient)} of that of "
            f"`{most.layer}`: in {view.status.steps} steps it moves by at most {words.number(first.total)} × its norm; "
            f"{still} of {words.count(len(changes), 'weight matrix', 'weight matrices')} stay as they were drawn",
            view=view, place=view.module_place(first.layer), used_at=view.loss_place(),
            evidence=(
                Evidence(key="gradient_ratio", label="gradient of the first matrix / of the largest",
                         value=first.gradient / most.gradient, threshold=self.ratio),
                Evidence(key="first_moved", label="relative updates of the first matrix, all steps", value=first.total,
                         threshold=self.still, unit="× the weight norm"),
                Evidence(key="still_matrices", label="matrices that stay as they were drawn", value=float(still)),
            ),
            remedies=(_NORMALISE, _RELU),
        )  # fmt: skip


_NORMALISE = Remedy(
    name="batch-normalisation", text="Normalise the input of each activation.", applicability=Applicability.TRIAL,
    code="nn.Sequential(nn.Linear(n, n, bias=False), nn.BatchNorm1d(n), nn.ReLU())   # each layer",
)  # fmt: skip
_RELU = Remedy(
    name="leaky-relu", text="Use leaky ReLU with He initialisation instead of sigmoid or tanh.",
    applicability=Applicability.TRIAL,
    code="nn.LeakyReLU(0.1)   # with nn.init.kaiming_normal_(layer.weight, a=0.1)",
)  # fmt: skip
