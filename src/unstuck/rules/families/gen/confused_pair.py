"""GEN102: two classes that are confused, and whether that is the nature of the classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import share
from unstuck.record.events.model.errors import ConfusedPair as Pair
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ConfusedPair(Rule[ModelView]):
    """One class is predicted for another, far more often than for the other classes.

    ## What it measures

    The confusion of all classes. For a pair that stands out also the error between these two classes alone: of the
    network, of simple models that are fitted to the training examples of both, and of simple models that are fitted to
    other held-out examples of both.

    ## Why it hurts

    One pair often makes most of the errors. Whether more data, other labels or another network helps depends on why.

    ## How it decides

    At least `share` of the examples of a class, and `times` the usual share or more, are predicted as the other class,
    and that is more than chance (binomial test, corrected for the number of pairs). The cause is read off the errors
    between both classes: where models that are fitted to held-out labels separate them and models that are fitted to
    the training labels do not, the labels of one split are wrong. Where no simple model separates them, it is the
    nature of the classes. Where simple models separate them and the network does not, it is the network.

    ## Example

    ```python
    labels[labels == 3], labels[labels == 8] = 8, 3   # in the training data only
    ```

    ## Remedies

    Labels: look at the examples, and correct the labels. Nature: collect inputs that separate the classes, or join
    them. Network: give it more examples of both, and look at what it sees.

    ## Known limits

    Needs three classes or more. Without the training data (`--train`) the cause is not said.

    ## References

    Ng, *Machine Learning Yearning*, 2018, chapters 14 to 19.
    """

    code: ClassVar[str] = "GEN102"
    name: ClassVar[str] = "confused-pair"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("confusion",)
    figures: ClassVar[tuple[str, ...]] = ("model_errors.pair",)

    share: float = threshold(0.15, unit="share of the class", source="good networks on digits: up to 0.11")
    times: float = threshold(5, unit="times the usual share", source="provisional: fewer is spread over all classes")
    apart: float = threshold(0.1, unit="share of both classes", source="two digits apart: up to 0.03")
    together: float = threshold(0.2, unit="share of both classes", source="swapped labels: 0.4 and more")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """Each pair once, the direction with the larger share."""
        done: set[frozenset[str]] = set()
        for pair in sorted(view.of(Pair), key=lambda one: -one.share):
            both = frozenset((pair.truth, pair.predicted))
            if pair.share < self.share or pair.share < self.times * pair.usual or both in done:
                continue
            done.add(both)
            yield self._found(view, pair)

    def _found(self, view: ModelView, pair: Pair) -> Finding:
        why, remedy = self._cause(pair)
        back = f", and `{pair.truth}` for {pair.back} of {pair.back_of} `{pair.predicted}`" if pair.back else ""
        evidence = [
            Evidence(key="confused_share", label=f"share of `{pair.truth}` predicted as `{pair.predicted}`",
                     value=pair.share, threshold=self.share, unit="share"),
            Evidence(key="usual_share", label="the same of other pairs", value=pair.usual, unit="share"),
        ]  # fmt: skip
        for key, label, value in (
            ("pair_error", "error between both classes: the network", pair.error),
            ("simple_error", "simple models on training labels", pair.simple_error),
            ("within_error", "simple models on held-out labels", pair.within_error),
        ):
            if value is not None:
                evidence.append(Evidence(key=key, label=label, value=value, unit="share"))
        return self.finding(
            f"`{pair.predicted}` is predicted for {pair.count} of {pair.of} examples of class `{pair.truth}` "
            f"({share(pair.share)}; usual {share(pair.usual)}){back}; {why}",
            view=view, place=view.place(row=pair.rows[0] if pair.rows else None, label=pair.truth),
            evidence=tuple(evidence), examples=view.examples(pair.rows, pair.count), remedies=(remedy,),
        )  # fmt: skip

    def _cause(self, pair: Pair) -> tuple[str, Remedy]:
        fitted, within = pair.simple_error, pair.within_error
        if within is None or fitted is None:
            return "the cause needs the training data (--train)", _LOOK
        if within < self.apart and fitted > self.together:
            return (
                f"the labels of training and held-out data disagree: simple models err in {share(within)} on held-out "
                f"labels and in {share(fitted)} on training labels"
            ), _RELABEL
        if within > self.together and fitted > self.together:
            return f"simple models confuse them too ({share(min(within, fitted))}): the nature of the classes", _INPUTS
        if fitted < self.apart and (pair.error or 0.0) > self.apart:
            return f"simple models separate them ({share(fitted)} wrong): it is this network", _NETWORK
        return f"simple models err in {share(fitted)} of the examples of both", _LOOK


_LOOK = Remedy(
    name="look-at-the-pair",
    text="Look at the examples of both classes, and give the training data with --train.",
    applicability=Applicability.MANUAL,
)
_RELABEL = Remedy(
    name="correct-labels",
    text="Look at examples of both classes in the training data, and correct the labels.",
    applicability=Applicability.MANUAL,
)
_INPUTS = Remedy(
    name="separate-the-classes",
    text="Collect inputs in which the two classes differ (resolution, further columns), or join them into one class.",
    applicability=Applicability.MANUAL,
)
_NETWORK = Remedy(
    name="weight-the-pair",
    text="Give the training more examples of both classes, or a larger weight in the loss.",
    applicability=Applicability.MANUAL,
    code="weight = torch.ones(num_classes)\nweight[[3, 8]] = 3.0\nloss_fn = nn.CrossEntropyLoss(weight=weight)",
)
