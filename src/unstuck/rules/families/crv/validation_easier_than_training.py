"""CRV106: the held-out loss is clearly below the training loss of the same moment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.batches import training_loader
from unstuck.analysis.run.held_out import Beside, around, beside, of_a_batch
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.events.data.augmentation import Augmentation
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold

RANDOM_LAYERS = ("Dropout", "DropPath", "StochasticDepth", "DropBlock", "Noise", "RReLU", "Zoneout")
"""parts of the names of layers that make a training loss higher by chance"""
EVEN_SAMPLERS = (None, "RandomSampler", "SequentialSampler", "DistributedSampler")


@dataclass(frozen=True)
class ValidationEasierThanTraining(Rule[TrainingView]):
    """The held-out loss is clearly below the training loss, and none of the innocent reasons holds.

    ## What it measures

    Around each pass over held-out data in the last half of the passes: the training loss of half a stretch before and
    after it, and the loss of the pass.

    ## Why it hurts

    Held-out data should be at least as hard as what was trained on. If they are easier, they are no picture of the
    task, or they stand among the training data: the figure is too good.

    ## How it decides

    The median gap is at least `gap` of the training loss, and `sigmas` standard errors; the error contains the chance
    of a draw of so many examples. A mean over an epoch lags behind, so that losses of the same moment are compared.
    Dropout and other random layers, random transforms of the inputs, samplers that prefer some examples, class weights
    and label smoothing make a training loss higher: where there is one, the rule does not judge.

    ## Example

    ```python
    val = [row for row in rows if row.confidence > 0.9]   # held-out loss 0.1, training loss 0.5
    ```

    ## Remedies

    Draw the held-out examples from the same rows at random, and search for copies of them among the training data.

    ## Known limits

    Whether inputs are changed at random is seen only where examples can be told apart: not in streams, and not with
    `--no-data`. Wrong labels in the training data alone have the same effect, and so has an evaluation of averaged
    weights.

    ## References

    Goodfellow, Bengio and Courville, *Deep Learning*, 2016, section 5.2.
    """

    code: ClassVar[str] = "CRV106"
    name: ClassVar[str] = "validation-easier-than-training"
    severity: ClassVar[Severity] = Severity.INFO
    explained_by: ClassVar[tuple[str, ...]] = ("DAT103", "SPL101", "SPL106")
    needs: ClassVar[tuple[str, ...]] = ("loss", "eval_loss", "loss_call")
    figures: ClassVar[tuple[str, ...]] = ("held_out.below",)
    common_in_searches: ClassVar[bool] = True

    passes: int = threshold(6, unit="passes", source="three in the last half, with one before and after each")
    gap: float = threshold(0.2, unit="share of the training loss", source="batch statistics and shuffling give a few %")
    sigmas: float = threshold(4.0, unit="standard errors", source="one in thirty thousand random splits")
    changed: float = threshold(0.01, unit="share of the examples", source="an input that changes was transformed")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The held-out data with the largest gap."""
        needs_progress(view)
        judged = [one for one in beside(view.training) if len(one.x) >= self.passes]
        if not judged:
            raise TooLittle(f"{self.passes} passes over held-out data with the loss function of the training")
        found = [finding for one in judged if (finding := self._judge(view, one)) is not None]
        if found:
            self._needs_no_excuse(view)
        yield from sorted(found, key=lambda one: -one.number("gap"))[:1]

    def _needs_no_excuse(self, view: TrainingView) -> None:
        """Skip where the training loss is higher for an innocent reason."""
        training = view.training
        if any(word in module.class_name for module in training.modules.values() for word in RANDOM_LAYERS):
            raise TooLittle("a training loss without dropout or another random layer, which make it higher")
        if any(node.op == "dropout" for graph in training.graphs for node in graph.nodes):
            raise TooLittle("a training loss without dropout, which makes it higher")
        loader = training_loader(training)
        if loader is not None and loader.sampler not in EVEN_SAMPLERS:
            raise TooLittle(f"training examples drawn evenly: {loader.sampler} prefers some")
        came_back = [
            event for part in view.record.parts for event in part.of(Augmentation)
            if event.split == 0 and event.looked_at
        ]  # fmt: skip
        if not came_back:
            raise TooLittle("training examples that were seen twice: a random transform makes the training loss higher")
        if any(event.differing > self.changed * event.looked_at for event in came_back):
            raise TooLittle("training inputs without a random transform, which makes the training loss higher")

    def _judge(self, view: TrainingView, one: Beside) -> Finding | None:
        late = slice(len(one.x) // 2 - 1, None)
        x, y = one.x[late], one.y[late][1:-1]
        own = around(one.curve, x)
        known = np.isfinite(own)
        single = of_a_batch(one.curve, x)
        if known.sum() < 2 or not single.value > 0:
            return None
        own, y = own[known], y[known]
        level, held_out = float(np.median(own)), float(np.median(y))
        gap = float(np.median(own - y))
        drawn = single.scatter * math.sqrt(one.batch / one.rows)
        error = math.hypot(single.error, drawn)
        if gap < self.gap * level or gap < self.sigmas * error:
            return None
        place = Place(file=one.held_out.file, line=one.held_out.line) if one.held_out.file else view.loss_place()
        return self.finding(
            f"the loss of {words.count(one.rows, 'held-out example')} is {held_out:.4g}, {words.share(gap / level)} "
            f"below the training loss of the same steps ({level:.4g})",
            view=view, place=place, used_at=view.loss_place(),
            evidence=(
                Evidence(key="gap", label="held-out loss below the training loss, share of it", value=gap / level,
                         threshold=self.gap),
                Evidence(key="held_out_loss", label="held-out loss", value=held_out),
                Evidence(key="training_loss", label="training loss of the same steps", value=level),
                Evidence(key="standard_errors", label="gap in standard errors",
                         value=gap / error if error else math.inf, threshold=self.sigmas),
                Evidence(key="rows", label="held-out examples", value=float(one.rows)),
            ),
            remedies=(_DRAW,),
        )  # fmt: skip


_DRAW = Remedy(
    name="draw-held-out-at-random",
    text="Draw the held-out examples at random from the same rows, and take copies of them out of the training data.",
    applicability=Applicability.MANUAL,
    code="train, val = random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(0))",
)
