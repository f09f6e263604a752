"""SCL101: the input of the network is not scaled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.parameters import reached
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import NORMALISATIONS, PARAMETRIC, PASS_THROUGH
from unstuck.record.events import FeatureFacts, InputSeen, TensorFacts
from unstuck.rules.families.scl.data_scale import Limits, unscaled_columns
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class UnscaledInput(Rule[TrainingView | DatasetView]):
    """The input of the first layer is far from mean 0 and standard deviation 1, or one feature dominates the others.

    ## What it measures

    Mean, standard deviation and root mean square (RMS) of the data that enters the first layer with weights, over all
    elements and for each feature, in the sampled steps. Of a table, the standard deviation of each column of numbers,
    and the distance of its mean from 0.

    ## Why it hurts

    Layers are initialised for inputs of unit size. Inputs that are 100 times larger give activations that are 100 times
    larger, saturate activation functions, and make the curvature of the loss along their weights 10,000 times larger.
    Then no learning rate suits all weights. A feature that is 1,000 times smaller than another one has no effect.

    ## How it decides

    The input is too large or too small if the RMS of most sampled batches is. Zeros do not count for the lower limit,
    because sparse data is not small. One feature dominates if its RMS is above 10 and above ten times that of the
    median feature. Features vanish if the median one is below the lower limit and `vanished` times smaller than the
    largest, as after dividing a whole table by its largest value. Examples look alike if no feature has a spread above
    `alike` of the largest feature, as after frozen layers that are given another range of pixels. An input that a
    normalisation rescales before or directly after the first layer is correct. Layers with loaded weights, and outputs
    of frozen layers, are not judged otherwise.

    Tables in raw units are usually scaled later: a ratio of more than 1,000 between the spreads of two columns, or a
    mean more than 1,000 standard deviations from 0, is an information. It is a warning at a ratio of 1,000,000 or at
    10,000 standard deviations, or where half of the columns are standardised and another one is 100 times larger.

    ## Example

    ```python
    x = torch.tensor(load_digits().data, dtype=torch.float32)   # grey levels 0 … 16
    ```

    ## Remedies

    Standardise the inputs with mean and standard deviation of the training set, or divide pixels by their largest
    value.

    ## Known limits

    Single features that are much smaller than others are not reported. Features of a recurrent layer's
    input are not measured. An offset of several standard deviations within the accepted size is accepted.

    ## References

    LeCun, Bottou, Orr, Müller, *Efficient BackProp*, 1998, section 4.3.
    """

    code: ClassVar[str] = "SCL101"
    name: ClassVar[str] = "unscaled-input"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, DatasetView)
    needs: ClassVar[tuple[str, ...]] = ("input", "column")
    explained_by: ClassVar[tuple[str, ...]] = ("DAT107",)
    figures: ClassVar[tuple[str, ...]] = ("scales.inputs", "data_columns.scales")

    largest: float = threshold(
        6, unit="RMS", source="between coordinates 0 … 10 (RMS 5.8, no harm) and grey levels 0 … 16 (RMS 7.7, harm)"
    )
    smallest: float = threshold(
        0.02, unit="RMS of non-zero values", source="a grey level divided by 255 twice: 0.002"
    )
    decade: float = threshold(10, unit="RMS, and times the median feature", source="ten times unit size")
    vanished: float = threshold(
        100, unit="times the median feature", source="one factor for a table in raw units: the network sees one column"
    )
    alike: float = threshold(
        0.03, unit="spread of a feature / size of the largest feature",
        source="102 healthy programs: 0.25 and more; frozen layers on pixels of another range: 0.008",
    )  # fmt: skip
    enough: float = threshold(8, unit="examples of a batch", source="one example has no spread")
    sparse: float = threshold(0.5, unit="share of zeros", source="in counts and one-hot codes a frequent word is large")
    sustained: float = threshold(0.6, unit="share of sampled batches", source="an outlier raises single batches only")

    ratio: float = threshold(1000, unit="largest / smallest standard deviation", source="tables in raw units")
    wild_ratio: float = threshold(
        1e6, unit="largest / smallest standard deviation", source="breast cancer 2e5, oil spill 7e8"
    )
    partly: float = threshold(
        100, unit="largest / smallest standard deviation", source="where half of the columns are standardised"
    )
    offset: float = threshold(
        1000, unit="|mean| / standard deviation of a column", source="years about 100; measurements ≤ 37"
    )
    wild_offset: float = threshold(
        1e4, unit="|mean| / standard deviation of a column", source="float32 keeps three digits of the rest"
    )

    def check(self, view: TrainingView | DatasetView) -> Iterator[Finding]:
        """The worst of the layers that read data; of a table its columns."""
        if isinstance(view, DatasetView):
            limits = Limits(
                ratio=self.ratio, wild_ratio=self.wild_ratio, partly=self.partly, offset=self.offset,
                wild_offset=self.wild_offset,
            )  # fmt: skip
            yield from unscaled_columns(self, view, limits)
            return
        findings = [
            judged for batches in self._entries(view).values() if (judged := self._judge(view, batches)) is not None
        ]
        if findings:
            yield max(findings, key=lambda judged: judged[0])[1]

    def _entries(self, view: TrainingView) -> dict[tuple[object, ...], list[InputSeen]]:
        """The sampled inputs by the layer that reads them."""
        entries: dict[tuple[object, ...], list[InputSeen]] = {}
        for event in view.training.inputs:
            size = _rms(event.values)
            if math.isfinite(size) and size > 0 and event.values.shape:
                entries.setdefault((event.layer, event.op, event.values.shape[-1]), []).append(event)
        return {key: batches for key, batches in entries.items() if self._is_data(view, batches[0])}

    def _is_data(self, view: TrainingView, event: InputSeen) -> bool:
        """Whether this is what the first layer reads, and its scale matters."""
        parameters = list(view.training.parameters.values())
        own = [p for p in parameters if event.layer is not None and p.layer == event.layer]
        weights = [p.shape for p in own if len(p.shape) >= 2]
        width = (event.values.shape or (0,))[-1]
        if event.op != "convolution" and weights and not any(width in shape for shape in weights):
            return False  # a constant matrix that multiplies features, such as the adjacency matrix of a graph
        if any(p.loaded for p in own):
            return False
        before = parameters[: parameters.index(own[0])] if own else []
        return all(p.requires_grad for p in before)

    def _judge(self, view: TrainingView, batches: Sequence[InputSeen]) -> tuple[float, Finding] | None:
        """How far it is from unit size, and the finding."""
        layer = batches[0].layer
        size = np.array([_rms(batch.values) for batch in batches])
        dense = size / np.sqrt([max(1e-12, 1 - (batch.values.zeros or 0.0)) for batch in batches])
        large, small = int((size > self.largest).sum()), int((dense < self.smallest).sum())
        many = self.sustained * len(batches)
        where = f"the input of {f'layer `{layer}`' if layer else 'the network'}"
        if max(large, small) < many or _is_normalised(view, layer):
            return (
                self._dominating(view, batches, where) or self._vanishing(view, batches, where)
                or self._alike(view, batches, where)
            )  # fmt: skip
        origin = " comes from layers that no loss reaches and" if _is_cut_off(view, layer) else ""
        text = (
            f"{where}{origin} is not scaled: mean {_mean_of(batches):.3g}, standard deviation {_std_of(batches):.3g}, "
            "root mean square"
        )
        if large >= many:
            rms = float(np.median(size))
            decided = Evidence(
                key="input_rms", label="root mean square of the input, median batch", value=rms, threshold=self.largest
            )
            message = f"{text} {rms:.3g} (expected about 1){self._worst(batches)}"
            return rms, self._report(view, batches, message, decided, large)
        rms = float(np.median(dense))
        decided = Evidence(
            key="nonzero_input_rms", label="root mean square of non-zero inputs, median batch", value=rms,
            threshold=self.smallest,
        )  # fmt: skip
        return 1 / rms, self._report(view, batches, f"{text} {rms:.3g} (expected about 1)", decided, small)

    def _dominating(self, view: TrainingView, batches: Sequence[InputSeen], where: str) -> tuple[float, Finding] | None:
        """One feature that is far above unit size and far above the median feature."""
        known = [
            batch.features for batch in batches
            if batch.features is not None and (batch.values.zeros or 0.0) <= self.sparse
        ]  # fmt: skip
        high = [facts for facts in known if facts.rms_max > self.decade * max(1.0, facts.rms_median)]
        if not high or len(high) < self.sustained * len(known):
            return None
        top, median = _sizes(high)
        decided = Evidence(
            key="largest_feature_rms", label="root mean square of the largest feature", value=top,
            threshold=self.decade * max(1.0, median),
        )  # fmt: skip
        message = (
            f"feature {_commonest(high)} of {where} dominates the others: root mean square {top:.3g}, "
            f"median feature {median:.3g}"
        )
        return top, self._report(view, batches, message, decided, len(high))

    def _vanishing(self, view: TrainingView, batches: Sequence[InputSeen], where: str) -> tuple[float, Finding] | None:
        """Most features are far below the largest one, and far below unit size."""
        known = [
            batch.features for batch in batches
            if batch.features is not None and batch.features.count > 2 and (batch.values.zeros or 0.0) <= self.sparse
        ]  # fmt: skip
        low = [
            facts for facts in known
            if facts.constant <= facts.count / 4
            and facts.rms_median < min(self.smallest, facts.rms_max / self.vanished)
        ]  # fmt: skip
        if not low or len(low) < self.sustained * len(known) or _is_normalised(view, batches[0].layer):
            return None
        top, median = _sizes(low)
        decided = Evidence(
            key="feature_ratio", label="root mean square of the largest feature / that of the median feature",
            value=top / max(median, 1e-30), threshold=self.vanished,
        )  # fmt: skip
        message = (
            f"half of the features of {where} vanish beside feature {_commonest(low)}: root mean square {top:.3g}, "
            f"median feature {median:.3g}"
        )
        return top / max(median, 1e-30), self._report(view, batches, message, decided, len(low))

    def _alike(self, view: TrainingView, batches: Sequence[InputSeen], where: str) -> tuple[float, Finding] | None:
        """All examples look nearly the same: no feature has a spread that counts beside its size."""
        known = [
            batch.features for batch in batches
            if batch.features is not None and (batch.values.shape or (0,))[0] >= self.enough
        ]  # fmt: skip
        low = [
            facts for facts in known
            if facts.constant < facts.count and facts.std_max < self.alike * facts.rms_max
            and facts.std_median < self.alike * facts.rms_max
        ]  # fmt: skip
        if not low or len(low) < self.sustained * len(known) or _is_normalised(view, batches[0].layer):
            return None
        spread = float(np.median([facts.std_max / facts.rms_max for facts in low]))
        decided = Evidence(
            key="spread", label="largest spread of a feature / size of the largest feature", value=spread,
            threshold=self.alike,
        )  # fmt: skip
        message = (
            f"{where} hardly differs between examples: no feature has a spread above {words.share(spread)} of the size "
            "of the largest one"
        )
        return 1 / max(spread, 1e-30), self._report(view, batches, message, decided, len(low), (_RANGE, _REMEDY))

    def _worst(self, batches: Sequence[InputSeen]) -> str:
        """In words, the feature that is far larger than the others."""
        high = [
            batch.features for batch in batches
            if batch.features is not None and batch.features.count > 1
            and batch.features.rms_max > self.decade * batch.features.rms_median
        ]  # fmt: skip
        if not high:
            return ""
        top, median = _sizes(high)
        return f"; feature {_commonest(high)} has {top:.3g}, the median feature {median:.3g}"

    def _report(
        self, view: TrainingView, batches: Sequence[InputSeen], message: str, decided: Evidence, affected: int,
        remedies: tuple[Remedy, ...] | None = None,
    ) -> Finding:  # fmt: skip
        layer = batches[0].layer
        read_at = _reading_line(view, layer)
        place = view.module_place(layer) if layer is not None else read_at
        return self.finding(
            message, view=view, place=place, used_at=read_at if read_at != place and read_at.file else None,
            first_step=batches[0].step,
            evidence=(
                decided,
                Evidence(key="input_mean", label="mean of the input", value=_mean_of(batches)),
                Evidence(key="input_std", label="standard deviation of the input", value=_std_of(batches)),
                Evidence(key="affected_share", label="sampled batches like this", value=affected / len(batches),
                         threshold=self.sustained, unit=f"share of {len(batches)}"),
            ),
            remedies=remedies or (_REMEDY,),
        )  # fmt: skip


def _rms(values: TensorFacts) -> float:
    return math.hypot(*values.moments) if values.moments is not None else math.nan


def _mean_of(batches: Sequence[InputSeen]) -> float:
    return float(np.mean([batch.values.mean for batch in batches]))


def _std_of(batches: Sequence[InputSeen]) -> float:
    return float(np.mean([batch.values.std for batch in batches]))


def _sizes(features: Sequence[FeatureFacts]) -> tuple[float, float]:
    """RMS of the largest feature and of the median one, at the median batch."""
    largest, median = [f.rms_max for f in features], [f.rms_median for f in features]
    return float(np.median(largest)), float(np.median(median))


def _commonest(features: Sequence[FeatureFacts]) -> int:
    """The position that is most often the largest feature's."""
    positions = [facts.rms_max_at for facts in features]
    return max(set(positions), key=positions.count)


def _is_cut_off(view: TrainingView, layer: str | None) -> bool:
    """Whether layers stand before this one that no loss reaches; their output looks like data."""
    touched = reached(view.training)
    for model in view.training.models:
        layers = [parameter.layer for parameter in model.parameters]
        if layer is not None and layer in layers:
            before = model.parameters[: layers.index(layer)]
            return bool(before) and not any(parameter.id in touched for parameter in before)
    return False


def _is_normalised(view: TrainingView, layer: str | None) -> bool:
    """Whether a normalisation directly follows the layer."""
    own = {p.id for p in view.training.parameters.values() if layer is not None and p.layer == layer}
    return any(_normalisation_follows(graph, own) for graph in view.training.graphs)


def _normalisation_follows(graph: Graph, leaves: set[int]) -> bool:
    for at, node in enumerate(graph.nodes):
        if node.op in PARAMETRIC and node.op not in NORMALISATIONS and _leaves(graph, node.inputs) & leaves:
            readers = [other for other in graph.nodes if at in other.inputs]
            if readers and all(other.op in NORMALISATIONS for other in readers):
                return True
    return False


def _reading_line(view: TrainingView, layer: str | None) -> Place:
    """The user's line that calls the layer which reads the data; without a layer, that of the first weights."""
    own = {p.id for p in view.training.parameters.values() if p.layer == layer}
    for graph in view.training.graphs:
        for node in graph.nodes:
            reads = node.op in PARAMETRIC and node.file is not None
            if reads and ((layer is None and None in node.inputs[:2]) or _leaves(graph, node.inputs) & own):
                return Place(layer=layer, file=node.file, line=node.line)
    return Place(layer=layer)


def _leaves(graph: Graph, inputs: Sequence[int | None]) -> set[int]:
    """The parameters that an operation multiplies by, through operations that only move values."""
    leaves: set[int] = set()
    todo = [at for at in inputs if at is not None]
    while todo:
        node = graph.nodes[todo.pop()]
        if node.leaf is not None:
            leaves.add(node.leaf)
        elif node.op in PASS_THROUGH:
            todo += [at for at in node.inputs if at is not None]
    return leaves


_REMEDY = Remedy(
    name="standardise-input",
    text="Subtract the mean and divide by the standard deviation of the training set; do the same with held-out data.",
    applicability=Applicability.TRIAL,
    code="mean, std = x_train.mean(0), x_train.std(0).clamp_min(1e-6)\nx_train = (x_train - mean) / std",
)
_RANGE = Remedy(
    name="range-of-frozen-layers",
    text="If frozen layers make this input, give them what they were trained on: the same range, mean and spread.",
    applicability=Applicability.MANUAL,
    code="print(images.mean(), images.std())   # beside the numbers that the checkpoint was trained with",
)
