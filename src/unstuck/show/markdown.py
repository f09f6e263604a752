"""The answer in Markdown, whole and short: for a pull request, or an AI agent that is to fix the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.data.view import datasets
from unstuck.core.markdown import table
from unstuck.core.trial_verdict import by_importance
from unstuck.core.words import count
from unstuck.record.manifest import RecordKind
from unstuck.show.baseline_of_run import baseline_of_run, in_words
from unstuck.show.configuration import configuration_in_words
from unstuck.show.facts import facts_of
from unstuck.show.folding import causes
from unstuck.show.grouping import groups
from unstuck.show.manifest import headline
from unstuck.show.markdown_escape import block, code, exact, plain
from unstuck.show.markdown_finding import consequence_line, finding_lines
from unstuck.show.outcomes import Outcomes
from unstuck.show.overhead import cost
from unstuck.show.proofs import (
    after_the_answer,
    conclusion,
    gain_in_words,
    helps,
    percent,
    reference,
    warnings,
)
from unstuck.show.source import Sources
from unstuck.show.split_words import notes_on_reading, split_in_words
from unstuck.show.subjects import among, by_number, training_of
from unstuck.show.terminal_experiments import explained, how, length, not_tested, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.diagnosis import Diagnosis, TrainingSummary
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

MOST_TRAININGS = 20
MOST_TRIALS = 20


def to_markdown(
    diagnosis: Diagnosis, record: Record, *, patches: Patches | None = None, proof: str | None = None
) -> str:
    """The whole answer; GitHub's dialect (tables, fenced code).

    Args:
        diagnosis: what is shown.
        record: that it is about.
        patches: the changes to the user's script that carry out remedies, where they are known.
        proof: one diff of the changes that were proved together, where it is known.
    """
    return "\n".join(_lines(diagnosis, record, patches or {}, proof)) + "\n"


def _lines(diagnosis: Diagnosis, record: Record, patches: Patches, proof: str | None) -> Iterator[str]:
    sources, trained = Sources.of(record), by_number(record)
    proved = after_the_answer(diagnosis)
    yield f"# unstuck: {diagnosis.verdict}"
    yield ""
    yield f"**{plain(diagnosis.answer)}**{f' {plain(proved)}' if proved else ''}"
    yield ""
    about = (plain(headline(record)), _ended(diagnosis, record), f"record {code(diagnosis.run)}")
    yield " · ".join(filter(None, about))
    baseline = baseline_of_run(record)
    if baseline is not None:
        yield ""
        yield f"Baseline: {plain(in_words(baseline))}"
    if diagnosis.trainings:
        yield ""
        yield from _trainings(diagnosis)
    if record.manifest.kind is RecordKind.DATA:
        yield ""
        yield from (f"- {view.split.name}: {plain(split_in_words(view, whole_path=True))}" for view in datasets(record))
        yield from (f"- {plain(note)}" for note in notes_on_reading(datasets(record)))
    for at, group in enumerate(groups(causes(diagnosis.findings)), 1):
        finding = group.finding
        yield ""
        yield from finding_lines(
            group.first, at, record, sources, training_of(finding, trained),
            helps(group.first.ranked, diagnosis, patches), among(finding, diagnosis),
        )  # fmt: skip
        if group.others:
            yield ""
            yield f"The same in {count(group.total - 1, 'more place')}:"
            yield ""
            yield from (consequence_line(other, sources) for other in group.findings[1:])
    for facts in facts_of(record):
        yield ""
        yield f"## {plain(facts.title)}"
        yield ""
        yield from table(facts.head, [[plain(cell) for cell in row] for row in facts.rows], numbers=len(facts.head) - 2)
        if facts.num_left_out:
            yield ""
            yield f"and {count(facts.num_left_out, f'more {facts.row_noun}')} in the record"
    if diagnosis.experiments is not None:
        yield ""
        yield from _experiments(diagnosis)
        if proof and proof not in patches.values():
            yield ""
            yield f"The proved changes as one diff ({code('patch -p0 < FILE')} in the folder of the run):"
            yield ""
            yield from block(proof, "diff")
    yield ""
    yield from _rules(diagnosis, can_be_tried=record.manifest.kind is RecordKind.RUN)


def _ended(diagnosis: Diagnosis, record: Record) -> str:
    """``ended: finished, exit code 0``; "" where no program ran."""
    manifest = record.manifest
    if manifest.kind is not RecordKind.RUN:
        return ""
    code = f", exit code {manifest.returncode}" if manifest.returncode is not None else ""
    signal = f", {manifest.signal}" if manifest.signal and not code else ""
    return f"ended: {diagnosis.ended}{code or signal}"


def _trainings(diagnosis: Diagnosis) -> Iterator[str]:
    head = ("training", "verdict", "baseline", "baseline loss", "steps", "first loss", "last loss", "best loss")
    shown = diagnosis.trainings[:MOST_TRAININGS]
    yield from table(head, [_training(at, summary) for at, summary in enumerate(shown, 1)], numbers=5)
    if len(shown) < len(diagnosis.trainings):
        yield ""
        yield f"and {len(diagnosis.trainings) - len(shown)} more trainings (all of them: `unstuck show --format json`)"


def _training(at: int, summary: TrainingSummary) -> tuple[str, ...]:
    return (
        str(at), str(summary.verdict), plain(summary.baseline_answer) or "none known",
        "" if summary.baseline_loss is None else exact(summary.baseline_loss), str(summary.steps),
        exact(summary.first_loss), exact(summary.last_loss), exact(summary.best_loss),
    )  # fmt: skip


def _experiments(diagnosis: Diagnosis) -> Iterator[str]:
    results = diagnosis.experiments
    assert results is not None
    order = by_importance(results)
    yield "## Experiments"
    yield ""
    said = conclusion(diagnosis)
    if said:
        yield f"{'Proved' if results.sufficient else 'Conclusion'}: {plain(said)}."
        yield ""
    yield f"The script was run again with {how(results)}, {length(results, diagnosis)}, beside a control without it."
    for warning in warnings(results):
        yield f"{plain(warning[0].upper() + warning[1:])}."
    if order:
        held = explained(reference(order[0], diagnosis), order)
        yield f"{plain(held[0].upper() + held[1:])}."
        yield ""
        head = ("change", "verdict", "learned without", "with", "gain [95 %]", "pairs")
        rows = []
        for one in order[:MOST_TRIALS]:
            assert one.shown is not None
            beside = f" beside {plain(' and '.join(one.on_top_of))}" if one.on_top_of else ""
            rows.append((
                f"{plain(one.title)}{beside}", verdict(one), percent(one.shown.control), percent(one.shown.treated),
                plain(gain_in_words(one.shown)), str(one.shown.pairs),
            ))  # fmt: skip
        yield from table(head, rows, numbers=4)
        if len(order) > MOST_TRIALS:
            yield ""
            yield f"and {len(order) - MOST_TRIALS} more"
    for why, titles in not_tested(results).items():
        yield ""
        yield f"Not tested ({plain(why)}): {plain(', '.join(titles))}."


def _rules(diagnosis: Diagnosis, *, can_be_tried: bool) -> Iterator[str]:
    """Which rules were checked, what recording took, and what to do next."""
    outcomes = Outcomes.of(diagnosis.outcomes)
    yield "## Rules"
    yield ""
    if outcomes.passed:
        yield f"- passed ({len(outcomes.passed)}): {', '.join(outcomes.passed)}"
    for skipped in outcomes.skipped:
        partly = f" in some trainings, passed in {skipped.passed}" if skipped.passed else ""
        yield f"- skipped: {skipped.code}{partly} (needs {plain(', '.join(skipped.missing))})"
    for broke in outcomes.broke:
        yield f"- failed with an error, which is a defect of unstuck: {broke.code}: {plain(broke.error)}"
    if outcomes.allowed:
        yield f"- allowed by comments: {', '.join(outcomes.allowed)}"
    configured = configuration_in_words(diagnosis.configuration)
    if configured:
        yield f"- {plain(configured)}"
    for sentence in diagnosis.not_seen:
        yield f"- not recorded: {plain(sentence)}"
    recording = cost(diagnosis.overhead)
    if recording:
        yield f"- recording took {plain(recording)}"
    if diagnosis.findings:
        prove = f"; to test the remedies by experiment: {code(f'unstuck verify {diagnosis.run}')}"
        more = prove if can_be_tried and not diagnosis.experiments else ""
        yield f"- a rule's page: {code('unstuck explain CODE')}{more}"
