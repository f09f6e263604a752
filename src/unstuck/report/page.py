"""The HTML report: its sections as values for the template, its figures drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unstuck.analysis.data.view import datasets
from unstuck.analysis.model.view import model_views
from unstuck.analysis.probe.view import probe_views
from unstuck.core.subject import SubjectKind
from unstuck.figures.kept_examples import kept_examples
from unstuck.figures.speed import speed
from unstuck.record.manifest import RecordKind
from unstuck.report.data_page import data_for_page
from unstuck.report.evidence import evidence_for_page
from unstuck.report.experiments import experiments_for_page, helps_for_page
from unstuck.report.model_page import model_for_page
from unstuck.report.probe_page import probes_for_page
from unstuck.report.study_page import study_for_page
from unstuck.report.training_panels import network_for_page, training_for_page
from unstuck.show.baseline_of_run import baseline_of_run, in_words
from unstuck.show.example_words import confidence_of, how_many, listed
from unstuck.show.facts import facts_of
from unstuck.show.folding import causes
from unstuck.show.grouping import groups
from unstuck.show.html import quotes, render
from unstuck.show.html_figure import LOW, drawn
from unstuck.show.html_rule import rule_for_page
from unstuck.show.manifest import environment, headline, seeds
from unstuck.show.outcomes import Outcomes
from unstuck.show.overhead import cost
from unstuck.show.proofs import after_the_answer
from unstuck.show.source import Sources
from unstuck.show.subjects import among, by_number, training_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unstuck.analysis.data.view import DatasetView
    from unstuck.analysis.model.view import ModelView
    from unstuck.analysis.probe.view import ProbeView
    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Finding
    from unstuck.core.page import RulePage
    from unstuck.figures.evidence.by_name import Judged
    from unstuck.record.reader import Record
    from unstuck.show.grouping import Group
    from unstuck.show.proofs import Patches

MOST_TRAININGS = 6
FOLDED = ("options.", "target.", "returncode", "process.pid", "process.threads", "process.python", "process.rank")
"""of what is known about the run, what few ask for"""
MOST_LISTED = 40
"""examples of a finding that are named"""
OPEN_LAYERS = 16
"""more layers than this lie folded below the first of them"""


def page(
    diagnosis: Diagnosis, record: Record, *, pages: Sequence[RulePage] = (), patches: Patches | None = None
) -> str:
    """The whole page as HTML.

    Args:
        diagnosis: what is shown.
        record: that it is about.
        pages: of the rules that ran, where they are known.
        patches: the changes to the user's script that carry out remedies, where they are known.
    """
    rules = {rule.code: rule for rule in pages}
    trained = by_number(record)
    splits = {view.split.id: view for view in datasets(record)}
    probed = next(iter(probe_views(record)), None) if record.manifest.kind is RecordKind.PROBE else None
    model = next(iter(model_views(record)), None)
    sources = Sources.of(record)
    shown = [summary for summary in diagnosis.trainings if summary.training in trained]
    facts = environment(record)
    together = groups(causes(diagnosis.findings))

    def shown_as(group: Group) -> dict[str, Any]:
        return _cause(group, diagnosis, sources, _Subjects(trained, splits, probed, model), rules, patches or {})

    return render("report.html", {
        "diagnosis": diagnosis,
        "title": f"{diagnosis.verdict}: {diagnosis.run}",
        "headline": headline(record),
        "causes": [shown_as(group) for group in together if not group.is_note],
        "notes": [shown_as(group) for group in together if group.is_note],
        "data": data_for_page(record),
        "study": study_for_page(record),
        "model": model_for_page(record),
        "probes": probes_for_page(record),
        "trainings": [
            training_for_page(trained[summary.training], summary, diagnosis, sources)
            for summary in shown[:MOST_TRAININGS]
        ],
        "facts": facts_of(record),
        "baseline": None if (baseline := baseline_of_run(record)) is None else in_words(baseline),
        "summaries": diagnosis.trainings,
        "proved": after_the_answer(diagnosis).replace(" × ", "\u00a0×\u00a0"),
        "experiments": experiments_for_page(diagnosis),
        "open_layers": OPEN_LAYERS,
        "outcomes": Outcomes.of(diagnosis.outcomes),
        "rules": {code: rule.name for code, rule in rules.items()},
        "environment": facts,
        "folded": [name for name, _ in facts if name.startswith(FOLDED)],
        "untrained": (
            None if shown or not trained or probed is not None
            else {"network": network_for_page(trained[min(trained)], sources)}
        ),
        "cost": cost(diagnosis.overhead),
        **_process(record),
    })  # fmt: skip


def _process(record: Record) -> dict[str, Any]:
    """What belongs to no training: speed and memory, kept examples, seeds."""
    part = record.main
    found = speed(part) if part else None
    return {
        "speed": found,
        "speed_figures": [drawn(figure, *LOW) for figure in found.figures] if found else [],
        "kept_examples": kept_examples(part) if part else None,
        "seeds": seeds(record),
    }


@dataclass(frozen=True, slots=True)
class _Subjects:
    """What findings can be about, by number."""

    trainings: Mapping[int, Training]
    splits: Mapping[int, DatasetView]
    probed: ProbeView | None = None
    model: ModelView | None = None

    def of(self, finding: Finding) -> Judged | None:
        """The training, the split, the probes or the model that a finding is about."""
        if finding.subject.kind is SubjectKind.PROBE:
            return self.probed
        if finding.subject.kind is SubjectKind.MODEL:
            return self.model
        if finding.subject.kind is SubjectKind.DATASET:
            return self.splits.get(finding.subject.number)
        return training_of(finding, self.trainings)


def _cause(
    group: Group, diagnosis: Diagnosis, sources: Sources, subjects: _Subjects,
    rules: Mapping[str, RulePage], patches: Patches,
) -> dict[str, Any]:  # fmt: skip
    cause, finding = group.first, group.finding
    consequences = [ranked.finding for ranked in cause.consequences]
    examples = finding.examples
    return {
        "finding": finding,
        "places": list(quotes(finding, sources, training_of(finding, subjects.trainings))),
        "confidence": confidence_of(finding),
        "evidence": evidence_for_page(finding, subjects.of(finding)),
        "thresholds": any(item.threshold is not None for item in finding.evidence),
        "examples": "" if examples is None else how_many(finding, examples),
        "listed": [] if examples is None else listed(examples, MOST_LISTED),
        "rule": rule_for_page(rules.get(finding.code)),
        "among": among(finding, diagnosis),
        "consequences": [
            {"finding": other, "evidence": evidence_for_page(other, subjects.of(other))} for other in consequences
        ],
        "others": [
            {"finding": other, "evidence": evidence_for_page(other, subjects.of(other))} for other in group.findings[1:]
        ],
        "more": group.total - len(group.findings),
        "helps": helps_for_page(cause.ranked, diagnosis, patches),
    }
