"""One finding in Markdown: what, where, on what evidence, what to do, and what the experiments said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.experiment import TrialVerdict
from unstuck.core.markdown import table
from unstuck.core.words import CONFIDENCE, count, share
from unstuck.show.anchor import anchor
from unstuck.show.markdown_words import block, code, exact, plain
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
        cause: what is told.
        number: of the section.
        record: where it comes from.
        sources: the files of the run.
        training: the one that it is about.
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
    yield f"- confidence: {CONFIDENCE[finding.confidence]}"
    if among:
        yield f"- in: {among}"
    if finding.first_step is not None:
        yield f"- first seen: step {int(finding.first_step)}"
    if finding.examples is not None:
        yield f"- {_examples(finding.examples)}"
    if finding.evidence:
        yield ""
        yield from _evidence(finding.evidence)
    for one in helps:
        yield ""
        yield from _help(one)
    if cause.consequences:
        yield ""
        yield "Consequences of it (expected to go with it):"
        yield ""
        for other in cause.consequences:
            yield _consequence(other.finding, sources)


def _place(name: str, place: Place, sources: Sources, training: Training | None) -> Iterator[str]:
    said = _named(place, sources)
    if not said:
        return
    yield f"{name}: {said}"
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
    """File, line and layer, as far as they are known."""
    where = sources.where(place)
    return ", ".join([*([code(where)] if where else []), *([f"layer {code(place.layer)}"] if place.layer else [])])


def _nearest(finding: Finding, record: Record, sources: Sources, training: Training | None) -> Iterator[str]:
    """Where to look for what has no place of its own."""
    found = anchor(finding, training, record)
    if found.why and found.place.file is not None:
        yield f"Where: {code(sources.where(found.place))} ({found.why})"
        yield ""


def _examples(examples: Examples) -> str:
    shown = examples.indices[:MOST_INDICES]
    said = f"examples: {count(int(examples.count), 'example')} of {plain(examples.of)} ({share(examples.share)})"
    if not shown:
        return said
    which = "indices" if len(shown) >= examples.count else f"the worst {len(shown)} of them"
    return f"{said}; {which}: {', '.join(str(int(index)) for index in shown)}"


def _evidence(evidence: Sequence[Evidence]) -> Iterator[str]:
    held = any(item.threshold is not None for item in evidence)
    units = any(item.unit for item in evidence)
    head = ["evidence", *(["unit"] if units else []), "value", *(["threshold"] if held else [])]
    rows = [
        [
            plain(item.label), *([plain(item.unit)] if units else []), exact(item.value),
            *(["" if item.threshold is None else exact(item.threshold)] if held else []),
        ]
        for item in evidence
    ]  # fmt: skip
    yield from table(head, rows, numbers=2 if held else 1)


def _help(one: Help) -> Iterator[str]:
    remedy = one.remedy
    yield f"**Remedy** {code(remedy.name)} ({remedy.applicability}): {plain(remedy.text)}"
    said = f"{one.judged.verdict}: {one.judged.why}" if one.judged.why else str(one.judged.verdict)
    yield ""
    yield f"Experiment: {plain(said)}"
    if one.patch:
        yield ""
        yield from block(one.patch, "diff")
    elif remedy.code.strip():
        yield ""
        yield from block(remedy.code, "python")
        if one.judged.verdict is TrialVerdict.VERIFIED:
            yield ""
            yield "There is no diff: where to write it in the script is not sure."


def _consequence(finding: Finding, sources: Sources) -> str:
    place = _named(finding.place, sources)
    said = f"- {finding.severity} {finding.code} {finding.name} ({finding.confidence}): {plain(finding.message)}"
    said += f"; {place}" if place else ""
    if finding.first_step is not None:
        said += f"; first seen: step {int(finding.first_step)}"
    if finding.examples is not None:
        said += f"; {_examples(finding.examples)}"
    return said + "".join(f"; {_short(one)}" for one in finding.evidence)


def _short(one: Evidence) -> str:
    unit = f" {plain(one.unit)}" if one.unit else ""
    limit = "" if one.threshold is None else f" (threshold {exact(one.threshold)})"
    return f"{plain(one.label)} {exact(one.value)}{unit}{limit}"
