"""ARC114: structure in the data that dense layers do not use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.data.sequences import Structure
from unstuck.rules.rule import Rule, threshold

NOUNS = {
    "image": ("neighbouring pixels", "pixels"), "grid": ("neighbouring pixels of the {shape} columns", "columns"),
    "series": ("neighbouring columns", "columns"), "text": ("neighbouring words", "words"),
}  # fmt: skip


@dataclass(frozen=True)
class UnsuitedBias(Rule[DatasetView]):
    """Neighbourhood or order carries something, which dense layers and bags of words do not use.

    ## What it measures

    How alike neighbouring places are, compared with places drawn at random; the accuracy of a linear model on what
    small patches (or pairs of words) show, with the places as they are and after one fixed permutation; and how a model
    without neighbourhoods fares when examples are shifted by one place.

    ## Why it hurts

    A dense layer sees the same after any permutation of the inputs: it must learn anew, from examples, what a
    convolution knows. A bag of words cannot see order at all.

    ## How it decides

    Neighbours are clearly more alike than places at random, and the target can be predicted; or the score with
    neighbourhoods is above that after the permutation, beyond its interval.

    ## Example

    ```python
    model = torch.nn.Linear(28 * 28, 10)   # on images
    ```

    ## Remedies

    Images: convolutions with pooling. Series: convolutions along the series, or recurrent layers. Texts: embeddings
    with recurrent layers, convolutions or attention.

    ## Known limits

    What a network of several layers would gain is more than what is measured here. Whether the network already is a
    convolutional one cannot be read from the data.

    ## References

    Coates, Lee, Ng, *An analysis of single-layer networks in unsupervised feature learning* (2011). LeCun and others,
    *Gradient-based learning applied to document recognition* (1998).
    """

    code: ClassVar[str] = "ARC114"
    name: ClassVar[str] = "unsuited-bias"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    needs: ClassVar[tuple[str, ...]] = ("structure",)

    alike: float = threshold(
        0.15, unit="correlation of neighbours − that of places at random", source="permuted pixels have below 0.05"
    )
    ratio: float = threshold(1.5, unit="× the correlation of places at random", source="permuted pixels have 1")
    errors: float = threshold(3.0, unit="standard errors above a constant prediction", source="one in a thousand")
    gain: float = threshold(0.02, unit="accuracy, lower end of the interval", source="texts whose order is mixed: 0")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The structure of the split."""
        event = view.one(Structure)
        if event is None:
            return
        best = max(event.score, event.plain_score)
        error = (max(event.majority * (1 - event.majority), 1e-9) / max(1, event.looked_at)) ** 0.5
        alike = (
            event.correlation - event.far_correlation >= self.alike
            and event.correlation >= self.ratio * event.far_correlation
            and best - event.majority >= self.errors * error
        )
        if alike or event.gain_low >= self.gain:
            yield self._found(view, event)

    def _found(self, view: DatasetView, event: Structure) -> Finding:
        what, places = NOUNS[event.what]
        noun = what.format(shape=" × ".join(map(str, event.shape)))
        facts = []
        if event.what != "text":
            facts.append(
                f"correlation {number(event.correlation)}, {number(event.far_correlation)} for {places} at random"
            )
        facts.append(
            f"accuracy {number(event.score)} of a linear model on neighbourhoods, {number(event.permuted_score)} "
            f"with permuted {places}"
        )
        if event.shifted_score is not None:
            facts.append(
                f"without neighbourhoods {number(event.plain_score)}, if shifted by one {number(event.shifted_score)}"
            )
        return self.finding(
            f"{noun} belong together ({'; '.join(facts)})", view=view, place=view.place(),
            evidence=(
                Evidence(key="gain", label="accuracy with neighbourhoods − with permuted places",
                         value=event.score - event.permuted_score),
                Evidence(key="correlation", label="correlation of neighbours", value=event.correlation),
                Evidence(key="far_correlation", label="correlation of places at random", value=event.far_correlation),
            ),
            remedies=(_remedy_for(event.what, view.split.shape),),
        )  # fmt: skip


def _layers(text: str, code: str) -> Remedy:
    return Remedy(name="use-structure", applicability=Applicability.MANUAL, text=text, code=code)


def _remedy_for(what: str, shape: tuple[int, ...]) -> Remedy:
    """What to use; an image has as many input channels as the data."""
    if what not in ("image", "grid"):
        return REMEDIES[what]
    channels = shape[2] if what == "image" and len(shape) == 3 else 1
    return _layers(
        "Use convolutions on the image; dense layers only at the end.",
        f"torch.nn.Conv2d({channels}, 16, kernel_size=3, padding=1)",
    )


REMEDIES = {
    "series": _layers("Use convolutions along the columns.", "torch.nn.Conv1d(1, 16, kernel_size=5, padding=2)"),
    "text": _layers("Use embeddings with a layer that sees the order.", "torch.nn.GRU(64, 64, batch_first=True)"),
}  # fmt: skip
