"""The report: one self-contained page, the answer first, its figures inside, no script and no network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from unstuck.analysis.run.training import trainings
from unstuck.core import words
from unstuck.figures.pace import pace
from unstuck.figures.samples import samples
from unstuck.show.folding import among, causes
from unstuck.show.html_evidence import evidence_for_page
from unstuck.show.html_experiments import experiments_for_page, helps_for_page
from unstuck.show.html_figure import LOW, drawn
from unstuck.show.html_rule import rule_for_page
from unstuck.show.html_training import network_for_page, training_for_page
from unstuck.show.manifest import environment, headline, seeds
from unstuck.show.outcomes import Outcomes
from unstuck.show.overhead import cost
from unstuck.show.proofs import after_the_answer
from unstuck.show.source import Sources, names_called

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Finding, Place
    from unstuck.core.page import RulePage
    from unstuck.record.reader import Record
    from unstuck.show.proofs import Patches

MOST_TRAININGS = 6
FOLDED = ("options.", "target.", "returncode", "process.pid", "process.threads", "process.python", "process.rank")
"""of what is known about the run, what few ask for"""
OPEN_LAYERS = 16
"""more layers than this lie folded below the first of them"""


def page(
    diagnosis: Diagnosis, record: Record, *, pages: Sequence[RulePage] = (), patches: Patches | None = None
) -> str:
    """The whole page as HTML.

    Args:
        diagnosis: what is shown.
        record: of the run.
        pages: of the rules that ran, where they are known.
        patches: the changes to the user's script that carry out remedies, where they are known.
    """
    rules = {one.code: one for one in pages}
    found = {training.number: training for training in trainings(record)}
    sources = Sources.of(record)
    shown = [summary for summary in diagnosis.trainings if summary.training in found]
    return _template().render(
        diagnosis=diagnosis,
        title=f"{diagnosis.verdict}: {diagnosis.run}",
        headline=headline(record),
        causes=[
            {
                **_finding(cause.ranked.finding, sources, found),
                "rule": rule_for_page(rules.get(cause.ranked.finding.code)),
                "among": among(cause.ranked.finding, diagnosis),
                "consequences": [
                    {"finding": other, "evidence": evidence_for_page(other, found.get(other.training))}
                    for other in (ranked.finding for ranked in cause.consequences)
                ],
                "helps": helps_for_page(cause.ranked, diagnosis, patches or {}),
            }
            for cause in causes(diagnosis.findings)
        ],
        trainings=[
            training_for_page(found[summary.training], summary, diagnosis, sources)
            for summary in shown[:MOST_TRAININGS]
        ],
        summaries=diagnosis.trainings,
        proved=after_the_answer(diagnosis).replace(" × ", "\u00a0×\u00a0"),
        experiments=experiments_for_page(diagnosis),
        open_layers=OPEN_LAYERS,
        outcomes=Outcomes.of(diagnosis.outcomes),
        rules={code: one.name for code, one in rules.items()},
        environment=environment(record),
        folded=[name for name, _ in environment(record) if name.startswith(FOLDED)],
        untrained=None if shown or not found else {"network": network_for_page(found[min(found)], sources)},
        cost=cost(diagnosis.overhead),
        **_of_the_process(record),
        words=words,
    )


def _of_the_process(record: Record) -> dict[str, Any]:
    """What belongs to no training: speed and memory, kept examples, seeds."""
    part = record.main
    ran = pace(part) if part else None
    return {
        "pace": ran,
        "pace_figures": [drawn(figure, *LOW) for figure in ran.figures] if ran else [],
        "samples": samples(part) if part else None,
        "seeds": seeds(record),
    }


@lru_cache(maxsize=1)
def _template() -> Template:
    templates = Environment(
        loader=PackageLoader("unstuck.show"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return templates.get_template("report.html")


def _finding(finding: Finding, sources: Sources, found: Mapping[int, Training]) -> dict[str, Any]:
    training = found.get(finding.training)
    return {
        "finding": finding,
        "places": list(_places(finding, sources, training)),
        "confidence": words.CONFIDENCE[finding.confidence],
        "evidence": evidence_for_page(finding, training),
        "held": any(item.threshold is not None for item in finding.evidence),
    }


@dataclass(frozen=True, slots=True)
class Quote:
    """A place with its source line, cut into what is before, what is meant, and what is after."""

    where: str
    about: str
    number: int
    before: str
    meant: str
    after: str


def _places(finding: Finding, sources: Sources, training: Training | None) -> Iterator[Quote]:
    yield from _quote(finding.place, "", sources, training)
    used = finding.used_at
    if used is not None and (used.file, used.line) != (finding.place.file, finding.place.line):
        yield from _quote(used, "used here", sources, training)


def _quote(place: Place, about: str, sources: Sources, training: Training | None) -> Iterator[Quote]:
    where = sources.where(place)
    layer = f"layer {place.layer}" if place.layer else ""
    about = ", ".join(filter(None, (about, layer)))
    line = sources.line(place, names_called(training, place))
    if line is not None:
        text, start, end = line.text, line.start, line.end
        yield Quote(where, about, line.number, text[:start].lstrip(), text[start:end], text[end:])
    elif where or about:
        yield Quote(where, about, 0, "", "", "")
