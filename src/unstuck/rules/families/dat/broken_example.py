"""DAT106: examples that are unreadable, empty, constant, dark or blurred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.view import View
from unstuck.core.data_types import Form
from unstuck.core.finding import Applicability, Confidence, Evidence, Examples, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.record.events.data.images import BrokenExamples, Problem
from unstuck.rules.rule import Rule, threshold

DOUBTFUL = (Problem.DARK, Problem.BRIGHT, Problem.BLURRED)
"""judged by how far they are from the rest"""
UNLIKE = (Problem.OTHER_SIZE, Problem.OTHER_MODE)
"""nothing is broken, but they do not fit into one batch with the rest"""
NOUNS = {Form.TABLE: "row", Form.IMAGE: "image", Form.TEXT: "text", Form.TOKENS: "sequence"}
REMEDIES = {
    "broken": Remedy(
        name="drop-broken-examples", text="Repair these examples, or drop them with their labels.",
        applicability=Applicability.MANUAL,
        code="keep = np.setdiff1d(np.arange(len(y)), broken_rows)\nX, y = X[keep], y[keep]",
    ),
    "doubtful": Remedy(
        name="look-at-examples", text="Look at these examples; drop those in which a person cannot see the label.",
        applicability=Applicability.MANUAL,
        code="keep = np.setdiff1d(np.arange(len(y)), bad_rows)\nX, y = X[keep], y[keep]",
    ),
    "unlike": Remedy(
        name="convert-images", text="Convert all images to one mode and one size when they are loaded.",
        applicability=Applicability.MANUAL, code='image = image.convert("RGB").resize((width, height))',
    ),
    "unlabelled": Remedy(
        name="label-files", text="Add these files to the table of labels, or move them out of the folder.",
        applicability=Applicability.MANUAL,
    ),
}  # fmt: skip
DROP = Remedy(
    name="drop-suspects", text="Leave the listed examples out of the training data.",
    applicability=Applicability.TRIAL, code="keep = np.setdiff1d(np.arange(len(y)), rows)\nx, y = x[keep], y[keep]",
)  # fmt: skip
DROPPED = ("broken", "doubtful")



def _remedies(view: DatasetView, sort: str) -> tuple[Remedy, ...]:
    """Of what was trained on, an experiment tells what broken examples cost."""
    return (DROP, REMEDIES[sort]) if sort in DROPPED and view.can_be_tried and not view.split.id else (REMEDIES[sort],)


class Listed(NamedTuple):
    """Examples with one problem."""

    at: tuple[int, ...]
    """their numbers in the event"""
    total: int
    """also beyond those that are listed"""


@dataclass(frozen=True)
class BrokenExample(Rule[DatasetView]):
    """Some examples are unreadable, empty, constant, too dark, too bright or blurred.

    ## What it measures

    Every image is decoded once: whether it can be read to its end, whether all pixels have one value, the spread and
    the 1 % and 99 % quantiles of its brightness, and its sharpness (squared Laplacian / squared differences of
    neighbours). Of a table: rows of zeros or without any value. Of texts: empty ones, and those full of replacement or
    control characters. Of folders: labels without a file, files without a label.

    ## Why it hurts

    One unreadable file stops a loader in the middle of an epoch. Blank and blurred examples have labels that nobody can
    see in them: the network can only memorise them, and scores on them say nothing.

    ## How it decides

    What cannot be read, is empty, or holds one value is broken. Blank: less than 5 % of the median spread. Cut off:
    the lowest quarter of the rows or more has one colour, where such rows are rare; or many images are empty there,
    none is empty at its upper end or a little, and they are of all classes alike; one or two are a note. Dark, bright
    and blurred are judged against the other images of the split: so many robust standard deviations from their
    median, and only if there are enough of them; where blurred images are a mode of their own, of all classes alike,
    against those that are not in it. What a random transform changes from epoch to epoch is not judged. Another size
    or mode counts where at least 95 % of the images agree.

    ## Example

    ```python
    images[17] = 0   # the download failed, and the array stayed empty
    ```

    ## Remedies

    Drop the rows, or repair the files.

    ## Known limits

    Blur of less than one pixel is not seen, nor blur in a large JPEG that vanishes at 128 pixels a side. A data set in
    which most images are blurred counts as normal. Without labels, broken images are found while they are rare.

    ## References

    Pech-Pacheco et al., *Diatom autofocusing in brightfield microscopy* (2000): variance of the Laplacian. cleanvision
    looks for the same kinds of images.
    """

    code: ClassVar[str] = "DAT106"
    name: ClassVar[str] = "broken-example"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView,)
    of_runs: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("broken_examples",)
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst",)

    degree: float = threshold(
        5.0, unit="robust standard deviations from the median", source="mnist: 2 of 60,000 images; cifar10: 2 of 50,000"
    )
    doubtful: float = threshold(
        0.002, unit="share of the images", source="clean cifar10: at most 0.0002 are this dark or blurred"
    )
    least: float = threshold(3, unit="images cut off, dark, bright or blurred", source="one or two are chance")

    def check(self, view: DatasetView) -> Iterator[Finding]:
        """What is broken, what is doubtful, what does not fit, files without labels."""
        event = view.one(BrokenExamples)
        if event is None:
            return
        broken = tuple(problem for problem in Problem if problem not in DOUBTFUL + UNLIKE)
        if sum(number for problem, number in event.counts if problem in broken):
            yield self._found(view, event, broken, self._listed(event, broken), "broken")
        for problem in DOUBTFUL:
            listed = self._listed(event, (problem,), self.degree)
            if listed.total >= max(self.least, self.doubtful * event.looked_at):
                yield self._found(view, event, (problem,), listed, "doubtful")
        for problem in UNLIKE:
            if dict(event.counts).get(problem):
                yield self._found(view, event, (problem,), self._listed(event, (problem,)), "unlike")
        if event.unlabelled_count:
            yield self._unlabelled(view, event)

    def _listed(self, event: BrokenExamples, problems: Sequence[Problem], degree: float = 0.0) -> Listed:
        kept = tuple(
            at for at, (problem, found) in enumerate(zip(event.problems, event.degrees, strict=True))
            if problem in problems and found >= degree
        )  # fmt: skip
        listed = sum(problem in problems for problem in event.problems)
        every = sum(number for problem, number in event.counts if problem in problems)
        return Listed(kept, every if len(kept) == listed and (listed or not degree) else len(kept))

    def _is_chance(self, event: BrokenExamples, problems: Sequence[Problem]) -> bool:
        """One or two images that seem cut off, and nothing else: a picture may have an empty lower part."""
        found = {problem: number for problem, number in event.counts if problem in problems and number}
        return set(found) == {Problem.CUT} and found[Problem.CUT] < self.least

    def _found(
        self, view: DatasetView, event: BrokenExamples, problems: Sequence[Problem], listed: Listed, sort: str
    ) -> Finding:
        of = NOUNS[view.split.form]
        size = listed.total / max(1, event.looked_at)
        rows = tuple(event.rows[at] for at in listed.at)
        confidence = {"broken": Confidence.MEASURED, "unlike": Confidence.MEASURED}.get(sort, Confidence.SUSPECTED)
        extra = () if sort != "doubtful" else (
            Evidence(key="degree", label="the worst, in robust standard deviations from the median",
                     value=event.degrees[listed.at[0]], threshold=self.degree),
        )  # fmt: skip
        return self.finding(
            f"{number(listed.total)} of {count(event.looked_at, of)} {_verb(listed.total)} "
            f"{_kinds(event, problems)}{_where(event, listed)}",
            view=view, place=view.place(row=rows[0] if rows else None), confidence=confidence,
            severity=Severity.INFO if sort == "unlike" or self._is_chance(event, problems) else None,
            evidence=(
                Evidence(key="broken_share", label=f"share of the {of}s", value=size, unit="share"),
                Evidence(key="broken", label=f"{of}s", value=float(listed.total), unit=f"{of}s"), *extra,
            ),
            examples=Examples(
                of=f"{of}s", count=listed.total, share=size, indices=rows,
                names=tuple(event.names[at] for at in listed.at) if event.names else (),
            ),
            remedies=_remedies(view, sort),
        )  # fmt: skip

    def _unlabelled(self, view: DatasetView, event: BrokenExamples) -> Finding:
        size = event.unlabelled_count / max(1, event.unlabelled_count + event.looked_at)
        return self.finding(
            f"{count(event.unlabelled_count, 'file')} beside the data {_has(event.unlabelled_count)} no label, such as "
            f"{event.unlabelled_files[0]}",
            view=view, place=view.place(), severity=Severity.INFO,
            evidence=(
                Evidence(key="unlabelled_share", label="share of the files", value=size, unit="share"),
                Evidence(key="unlabelled", label="files without a label", value=float(event.unlabelled_count)),
            ),
            remedies=(REMEDIES["unlabelled"],),
        )  # fmt: skip


def _kinds(event: BrokenExamples, problems: Sequence[Problem]) -> str:
    """The problems, the most frequent first, each with its number where there are several."""
    counts = Counter({problem: number for problem, number in event.counts if problem in problems})
    if len(counts) == 1:
        return str(next(iter(counts)))
    return ", ".join(f"{problem} ({how_many})" for problem, how_many in counts.most_common())


def _where(event: BrokenExamples, listed: Listed) -> str:
    if not listed.at:
        return ""
    first = listed.at[0]
    return f"; the worst is {event.names[first] if event.names else f'row {event.rows[first]}'}"


def _verb(how_many: int) -> str:
    return "is" if how_many == 1 else "are"


def _has(how_many: int) -> str:
    return "has" if how_many == 1 else "have"
