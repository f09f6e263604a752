"""ARC111: batch normalisation over too few values, or on the outputs themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head
from unstuck.analysis.run.output import heads, operation_place
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CLASS_ACTIVATIONS, CROSS_ENTROPY_BINARY, PASS_THROUGH, WEIGHTED
from unstuck.rules.rule import Rule, threshold

CLASSIFICATION = ("nll_loss", *CROSS_ENTROPY_BINARY)
BATCH_NORM = "batch_norm"


@dataclass(frozen=True)
class UnsuitedNormalisation(Rule[TrainingView]):
    """Batch normalisation has too few values to estimate a mean from, or it normalises the scores of the classes.

    ## What it measures

    The shapes that enter batch normalisation in training, and the operations between the last layer and the loss.

    ## Why it hurts

    A mean and a variance of two values are noise: with a batch of two every channel becomes -1 and 1, whatever it was.
    The running averages that evaluation uses are far from what training saw. After the last layer, the score of an
    example depends on the other examples of its batch, and the share of each class in a batch is taken away.

    ## How it decides

    A batch normalisation in training mode gets four values for each channel or fewer (examples times positions) at
    every graph that was recorded; or it is the last layer before a cross-entropy, with a linear layer or a convolution
    directly below it.

    ## Example

    ```python
    loader = DataLoader(data, batch_size=2)                          # and nn.BatchNorm1d in the network
    nn.Sequential(nn.Linear(64, 10), nn.BatchNorm1d(10))             # the scores are normalised
    ```

    ## Remedies

    Use `nn.LayerNorm` or `nn.GroupNorm` where batches are small. Take the normalisation off the outputs.

    ## Known limits

    A batch of one image has many positions for each channel: training works, evaluation may not; this is not reported.

    ## References

    Ioffe and Szegedy: Batch normalization (2015); Wu and He: Group normalization (2018), figure 1.
    """

    code: ClassVar[str] = "ARC111"
    name: ClassVar[str] = "unsuited-normalisation"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("graph",)
    figures: ClassVar[tuple[str, ...]] = ("optimiser_settings.normalised",)

    values: float = threshold(4, unit="values for each channel", source="the error of a variance of 4 values is 80 %")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The layer with the fewest values; and the one that normalises the outputs."""
        few = self._fewest(view)
        if few is not None and few[0] <= self.values:
            yield self._few(view, *few)
        for head in heads(view):
            if _normalises_outputs(head):
                yield self._on_outputs(view, head)
                return

    def _fewest(self, view: TrainingView) -> tuple[int, Node] | None:
        """Values for each channel of a layer, the most over its graphs; of all layers the least."""
        layers: dict[object, tuple[int, Node]] = {}
        for graph in view.training.graphs:
            for position, node in enumerate(graph.nodes):
                shape = node.shape or ()
                module = view.training.modules.get(node.layer or "")
                if node.op != BATCH_NORM or len(shape) < 2:
                    continue
                if module is not None and (not module.training or "BatchNorm" not in module.class_name):
                    continue  # instance normalisation is computed by the same operation
                count = shape[0] * math.prod(shape[2:])
                key = node.layer if node.layer is not None else position
                if key not in layers or count > layers[key][0]:
                    layers[key] = count, node
        return min(layers.values(), key=lambda pair: pair[0], default=None)

    def _few(self, view: TrainingView, count: int, node: Node) -> Finding:
        place = operation_place(view, node)
        return self.finding(
            f"batch normalisation{f' `{place.layer}`' if place.layer else ''} estimates mean and variance of each "
            f"channel from {count} values (a batch of {(node.shape or (0,))[0]})",
            view=view, place=place if place.file is not None else view.loss_place(), used_at=view.loss_place(),
            first_step=0,
            evidence=(
                Evidence(key="values_per_channel", label="values for each channel", value=float(count),
                         threshold=self.values),
            ),
            remedies=(_LAYER_NORM,),
        )  # fmt: skip

    def _on_outputs(self, view: TrainingView, head: Head) -> Finding:
        layer = head.last_layer
        place = operation_place(view, layer)
        outputs = ((layer.shape if layer is not None else None) or (0, 0))[1]
        return self.finding(
            f"batch normalisation after the last layer: the {outputs} scores of an example depend on the other "
            "examples of its batch",
            view=view, place=place if place.file is not None else view.loss_place(), used_at=view.loss_place(),
            first_step=head.graph.step,
            evidence=(Evidence(key="normalised_outputs", label="outputs that are normalised", value=float(outputs)),),
            remedies=(_NOT_LAST,),
        )


def _normalises_outputs(head: Head) -> bool:
    layer = head.last_layer
    if layer is None or layer.op != BATCH_NORM or head.function not in CLASSIFICATION or not layer.inputs:
        return False
    if any(node.op not in PASS_THROUGH | CLASS_ACTIVATIONS for node in head.nodes):
        return False
    below = layer.inputs[0]
    return below is not None and head.graph.nodes[below].op in WEIGHTED


_LAYER_NORM = Remedy(
    name="layer-norm-for-batch-norm",
    text="Use a normalisation that does not need the batch, or larger batches.",
    applicability=Applicability.MANUAL,
    code="nn.LayerNorm(width)   # convolutions: nn.GroupNorm(8, channels)",
)
_NOT_LAST = Remedy(
    name="remove-output-normalisation",
    text="End the network with its last linear layer.",
    applicability=Applicability.MANUAL,
    code="return self.fc(x)   # no nn.BatchNorm1d behind it",
)
