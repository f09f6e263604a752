"""DAT112: the input says hardly anything about the label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.skill import learned
from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core import words
from unstuck.core.data_types import Form
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events.data.labels import ClassBalance, Signal
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class AbsentSignal(Rule[DatasetView]):
    """No simple model predicts the label better than the same model on permuted labels does, or hardly better.

    ## What it measures

    Nearest neighbours, two linear models and a forest, each on examples that it was not trained on, and each compared
    with itself on permuted labels. The score is the correlation of the predictions with the target; for neighbours it
    is how well their labels agree.

    ## Why it hurts

    A network cannot learn what the data does not hold. It memorises the training split, and its held-out loss never
    falls below the baseline loss.

    ## How it decides

    Neighbours agree less than `neighbours` standard deviations better than with permuted labels, and no other model
    both beats its permuted labels by `beaten` standard deviations and explains `explained` of the variance. None is
    `certain` to see a signal. Images, texts and tokens reach the models as small images and counts, so a slight signal
    (`hidden`) is enough there; of tokens, whose order the models do not see, it is an information only. Fewer than
    `examples` examples, or fewer than `others` that are not of the commonest class, are not judged. In a watched run
    the network is a witness: where its accuracy on held-out data is above the share of the commonest class, there is a
    signal.

    ## Example

    ```python
    random.shuffle(y)   # and x stays in its order
    ```

    ## Remedies

    Check that labels belong to the inputs. Look for inputs that decide the label. Judge a trained network against
    permuted labels.

    ## Known limits

    A signal that only a special network can see (a rare motif at any place of a long sequence, a small object in a
    large image) is not found by these models.

    ## References

    Ojala and Garriga, *Permutation Tests for Studying Classifier Performance*, 2010.
    """

    code: ClassVar[str] = "DAT112"
    name: ClassVar[str] = "absent-signal"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_models.signal",)
    explained_by: ClassVar[tuple[str, ...]] = ("DAT115", "SPL109")
    needs: ClassVar[tuple[str, ...]] = ("signal",)

    neighbours: float = threshold(
        4, unit="standard deviations of permuted labels", source="permuted labels of 17 data sets: up to 1.6"
    )
    beaten: float = threshold(
        3, unit="standard deviations of permuted labels", source="permuted labels of 17 data sets: up to 2.6"
    )
    explained: float = threshold(
        0.06, unit="share of the variance", source="earthquakes: 0.05; 150 rows of german: 0.09 and more"
    )
    certain: float = threshold(
        5, unit="standard deviations of permuted labels", source="a signal, however little it explains"
    )
    hidden: float = threshold(
        2, unit="standard deviations of permuted labels", source="small images, counts of words: a network may see more"
    )
    examples: float = threshold(100, unit="examples", source="with fewer a real signal may stay unseen")
    others: float = threshold(
        30, unit="examples of other classes than the commonest", source="with fewer a real signal may stay unseen"
    )

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """The signal of the training split; none is missing where a watched network found it."""
        event = view.one(Signal)
        if event is None or view.split.id != 0:
            return
        if event.looked_at < self.examples:
            raise TooLittle(f"{self.examples:g} examples with a label (there are {event.looked_at})")
        others = _others(view, event.looked_at)
        if others is not None and others < self.others:
            raise TooLittle(f"{self.others:g} examples of other classes than the commonest (there are {others:.0f})")
        if event.z[0] >= self.neighbours or any(
            z >= self.beaten and score > 0 and score**2 >= self.explained
            for z, score in zip(event.z[1:], event.scores[1:], strict=True)
        ):
            return
        if view.of_run and learned(view):
            return
        hidden = view.split.form in (Form.IMAGE, Form.TEXT, Form.TOKENS) and max(event.z) >= self.hidden
        if max(event.z) < self.certain and not hidden:
            yield self._found(view, event)

    def _found(self, view: DatasetView, event: Signal) -> Finding:
        best = max(range(len(event.z)), key=lambda at: event.z[at])
        score = max((0.0, *event.scores[1:]))
        target = f"`{view.split.target}`" if view.split.target else "the target"
        return self.finding(
            f"simple models find hardly anything about {target} in the input: of {len(event.models)} models the best "
            f"({event.models[best]}) is {words.number(event.z[best])} standard deviations better than with permuted "
            f"labels, and no model explains more than {words.share(score**2)} of the variance "
            f"({event.looked_at} examples)",
            view=view, place=view.place(view.split.target),
            severity=Severity.INFO if view.split.form is Form.TOKENS else Severity.WARNING,
            evidence=(
                Evidence(key="agreement_z", label="agreement of neighbours", value=event.z[0],
                         threshold=self.neighbours, unit="standard deviations"),
                Evidence(key="explained", label="variance that the best model explains", value=score**2,
                         threshold=self.explained, unit="share of the variance"),
                Evidence(key="best_z", label="best model, compared with permuted labels", value=event.z[best],
                         threshold=self.beaten, unit="standard deviations"),
            ),
            remedies=(_CHECK,),
        )  # fmt: skip


def _others(view: DatasetView, looked_at: int) -> float | None:
    """How many of the examples that were looked at are not of the commonest class; None for numbers."""
    balance = view.one(ClassBalance)
    if balance is None or not balance.labelled:
        return None
    return (1 - max(balance.counts) / balance.labelled) * min(looked_at, balance.labelled)


_CHECK = Remedy(
    name="check-pairs",
    text="Look at random pairs of input and label. Check that they belong together, then look for inputs that decide "
    "the label.",
    applicability=Applicability.MANUAL,
    code="some_x, some_y = sklearn.utils.shuffle(x, y, n_samples=min(20, len(x)), random_state=0)\n"
    "for pair in zip(some_x, some_y):\n    print(*pair)",
)
