"""The answer in Markdown, whole and short: for a pull request, or an AI agent that is to mend the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.run.training import trainings
from unstuck.core.markdown import table
from unstuck.core.verdict import by_importance
from unstuck.core.words import number
from unstuck.show.configuration import configuration_in_words
from unstuck.show.folding import causes
from unstuck.show.manifest import headline
from unstuck.show.markdown_finding import finding_lines
from unstuck.show.markdown_words import block, code, exact, plain
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
from unstuck.show.text_experiments import explained, how, length, not_tested, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.diagnosis import Diagnosis, TrainingSummary
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

MOST_TRAININGS = 20
MOST_TRIALS = 20


def to_markdown(
    diagnosis: Diagnosis, record: Record, *, patches: Patches | None = None, proof: str | None = None
) -> str:
    """The whole answer; GitHub's dialect (tables, fenced code).

    Args:
        diagnosis: what is told.
        record: where it comes from.
        patches: the changes to the user's script that carry out remedies, where they are known.
        proof: one diff of the changes that were proved together, where it is known.
    """
    return "\n".join(_lines(diagnosis, record, patches or {}, proof)) + "\n"


def _lines(diagnosis: Diagnosis, record: Record, patches: Patches, proof: str | None) -> Iterator[str]:
    sources, found = Sources.of(record), {training.number: training for training in trainings(record)}
    proved = after_the_answer(diagnosis)
    yield f"# unstuck: {diagnosis.verdict}"
    yield ""
    yield f"**{plain(diagnosis.answer)}**{f' {plain(proved)}' if proved else ''}"
    yield ""
    yield f"{plain(headline(record))} · ended: {_ended(diagnosis, record)} · record {code(diagnosis.run)}"
    if diagnosis.trainings:
        yield ""
        yield from _trainings(diagnosis)
    for at, cause in enumerate(causes(diagnosis.findings), 1):
        finding = cause.ranked.finding
        told = helps(cause.ranked, diagnosis, patches)
        among = among_trainings(finding, diagnosis)
        yield ""
        yield from finding_lines(cause, at, record, sources, found.get(finding.training), told, among)
    if diagnosis.experiments is not None:
        yield ""
        yield from _experiments(diagnosis)
        if proof and proof not in patches.values():
            yield ""
            yield f"What was proved, as one diff ({code('patch -p0 < FILE')} in the folder of the run):"
            yield ""
            yield from block(proof, "diff")
    yield ""
    yield from _looked(diagnosis)


def _ended(diagnosis: Diagnosis, record: Record) -> str:
    returned, signal = record.manifest.get("returncode"), record.manifest.get("signal")
    how = f", exit code {returned}" if isinstance(returned, int) else f", {signal}" if signal else ""
    return f"{diagnosis.ended}{how}"


def among_trainings(finding: Finding, diagnosis: Diagnosis) -> str:
    """``training 2 of 3``; nothing where there is one."""
    numbers = [summary.training for summary in diagnosis.trainings]
    if len(numbers) < 2 or finding.training not in numbers:
        return ""
    return f"training {numbers.index(finding.training) + 1} of {len(numbers)}"


def _trainings(diagnosis: Diagnosis) -> Iterator[str]:
    head = ("training", "verdict", "trivial answer", "its loss", "steps", "first loss", "last loss", "best loss")
    shown = diagnosis.trainings[:MOST_TRAININGS]
    yield from table(head, [_training(at, one) for at, one in enumerate(shown, 1)], numbers=5)
    if len(shown) < len(diagnosis.trainings):
        yield ""
        yield f"and {len(diagnosis.trainings) - len(shown)} more trainings (all of them: `unstuck show --format json`)"


def _training(at: int, one: TrainingSummary) -> tuple[str, ...]:
    return (
        str(at), str(one.verdict), plain(one.baseline_answer) or "none known",
        "" if one.baseline_loss is None else exact(one.baseline_loss), str(one.steps), exact(one.first_loss),
        exact(one.last_loss), exact(one.best_loss),
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


def _looked(diagnosis: Diagnosis) -> Iterator[str]:
    """What was and was not looked at, what it cost, and what to do next."""
    outcomes = Outcomes.of(diagnosis.outcomes)
    yield "## What was looked at"
    yield ""
    if outcomes.passed:
        yield f"- passed ({number(len(outcomes.passed))}): {', '.join(outcomes.passed)}"
    for skipped in outcomes.skipped:
        partly = f" in some trainings; nothing found in {skipped.passed}" if skipped.passed else ""
        yield f"- could not look: {skipped.code}{partly} (needs {plain(', '.join(skipped.missing))})"
    for broke in outcomes.broke:
        yield f"- broke, a defect of unstuck: {broke.code}: {plain(broke.error)}"
    if outcomes.allowed:
        yield f"- allowed by comments: {', '.join(outcomes.allowed)}"
    configured = configuration_in_words(diagnosis.configuration)
    if configured:
        yield f"- {plain(configured)}"
    for sentence in diagnosis.not_seen:
        yield f"- not seen: {plain(sentence)}"
    watching = cost(diagnosis.overhead)
    if watching:
        yield f"- watching cost {plain(watching)}"
    if diagnosis.findings:
        prove = f"; to prove the remedies by experiment: {code(f'unstuck verify {diagnosis.run}')}"
        yield f"- a rule's page: {code('unstuck explain CODE')}{'' if diagnosis.experiments else prove}"
