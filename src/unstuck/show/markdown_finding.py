"""One finding in Markdown: what, where, the evidence, the fix, and what the experiments say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.experiment import TrialVerdict
from unstuck.core.markdown import table
from unstuck.show.example_words import confidence_of, how_many, listed
from unstuck.show.markdown_escape import block, code, exact, plain
from unstuck.show.places import in_data, parts, title
from unstuck.show.primary_location import anchor
from unstuck.show.source import names_called, window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Evidence, Examples, Finding, Place
    from unstuck.record.reader import Record
    from unstuck.show.folding import Cause
    from unstuck.show.proofs import Help
    from unstuck.show.source import Sources

MOST_INDICES = 50
WIDEST = 160
"""characters of a source line"""


def finding_lines(
    cause: Cause, number: int, record: Record, sources: Sources, training: Training | None,
    helps: Sequence[Help] = (), among: str = "",
) -> Iterator[str]:  # fmt: skip
    """A cause as a section, with its consequences.

    Args:
        cause: what is shown.
        number: of the section.
        record: that it is about.
        sources: the files of the run.
        training: that it is about, if any.
        helps: its remedies, in their order.
        among: which training that is, where there are several.
    """
    finding = cause.ranked.finding
    yield f"## {number}. {finding.severity} {finding.code} {finding.name}"
    yield ""
    yield plain(finding.message)
    yield ""
    yield from _place("Where", finding.place, sources, training)
    if finding.used_at is not None and finding.used_at != finding.place:
        yield from _place("Used at", finding.used_at, sources, training)
    if finding.place.file is None:
        yield from _nearest(finding, record, sources, training)
    yield f"- confidence: {confidence_of(finding)}"
    if among:
        yield f"- in: {among}"
    if finding.first_step is not None:
        yield f"- first seen: step {int(finding.first_step)}"
    if finding.examples is not None:
        yield f"- {_examples(finding, finding.examples)}"
    if finding.evidence:
        yield ""
        yield from _evidence(finding.evidence)
    for fix in helps:
        yield ""
        yield from _fix(fix)
    if cause.consequences:
        yield ""
        yield "Consequences (expected to disappear with it):"
        yield ""
        for other in cause.consequences:
            yield consequence_line(other.finding, sources)


def _place(name: str, place: Place, sources: Sources, training: Training | None) -> Iterator[str]:
    where = _named(place, sources)
    if not where:
        return
    yield f"{name}: {where}"
    yield ""
    line = sources.line(place, names_called(training, place))
    if line is None:
        return
    line = window(line, WIDEST)
    marks = " " * line.start + "^" * (line.end - line.start)
    # Not within a list: some renderers know no block there.
    yield from block(f"{line.text}\n{marks}", "python")
    yield ""


def _named(place: Place, sources: Sources) -> str:
    """File, line and layer, or the place in the data, as far as they are known."""
    where = sources.where(place)
    if in_data(place):
        return title(place, where)
    return ", ".join([*([code(where)] if where else []), *(f"{kind} {code(name)}" for kind, name in parts(place))])


def _nearest(finding: Finding, record: Record, sources: Sources, training: Training | None) -> Iterator[str]:
    """Where to look for what has no place of its own."""
    nearest = anchor(finding, training, record)
    if nearest.why and nearest.place.file is not None:
        yield f"Where: {code(sources.where(nearest.place))} ({nearest.why})"
        yield ""


def _examples(finding: Finding, examples: Examples) -> str:
    shown = listed(examples, MOST_INDICES)
    total = f"examples: {plain(how_many(finding, examples))}"
    if not shown:
        return total
    kind = "paths" if any(examples.names) else "indices"
    which = kind if len(shown) >= examples.count else f"the worst {len(shown)} of them"
    return f"{total}; {which}: {', '.join(map(plain, shown))}"


def _evidence(evidence: Sequence[Evidence]) -> Iterator[str]:
    thresholds = any(item.threshold is not None for item in evidence)
    units = any(item.unit for item in evidence)
    head = ["evidence", *(["unit"] if units else []), "value", *(["threshold"] if thresholds else [])]
    rows = [
        [
            plain(item.label), *([plain(item.unit)] if units else []), exact(item.value),
            *(["" if item.threshold is None else exact(item.threshold)] if thresholds else []),
        ]
        for item in evidence
    ]  # fmt: skip
    yield from table(head, rows, numbers=2 if thresholds else 1)


def _fix(fix: Help) -> Iterator[str]:
    remedy, judged = fix.remedy, fix.judged
    yield f"**Fix** {code(remedy.name)} ({remedy.applicability}): {plain(remedy.text)}"
    yield ""
    yield f"Experiment: {plain(f'{judged.verdict}: {judged.why}' if judged.why else str(judged.verdict))}"
    if fix.patch:
        yield ""
        yield from block(fix.patch, "diff")
    elif remedy.code.strip():
        yield ""
        yield from block(remedy.code, "python")
        if judged.verdict is TrialVerdict.VERIFIED:
            yield ""
            yield "There is no diff: its place in the script is not certain."


def consequence_line(finding: Finding, sources: Sources) -> str:
    """A finding in one line of a list."""
    place = _named(finding.place, sources)
    facts = [
        f"- {finding.severity} {finding.code} {finding.name} ({finding.confidence}): {plain(finding.message)}",
        *([place] if place else []),
        *([f"first seen: step {int(finding.first_step)}"] if finding.first_step is not None else []),
        *([_examples(finding, finding.examples)] if finding.examples is not None else []),
        *(_short(item) for item in finding.evidence),
    ]
    return "; ".join(facts)


def _short(item: Evidence) -> str:
    unit = f" {plain(item.unit)}" if item.unit else ""
    limit = "" if item.threshold is None else f" (threshold {exact(item.threshold)})"
    return f"{plain(item.label)} {exact(item.value)}{unit}{limit}"
