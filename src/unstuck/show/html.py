"""The report: one self-contained page, the answer first, its figures inside, no script and no network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from unstuck.record.training import trainings
from unstuck.show import svg, words
from unstuck.show.figure import Moment
from unstuck.show.figures.gradient_norm import gradient_norm
from unstuck.show.figures.layers import COLUMNS, layer_rows
from unstuck.show.figures.learning_curve import learning_curve, span
from unstuck.show.figures.learning_rate import learning_rate
from unstuck.show.folding import among, causes
from unstuck.show.html_evidence import evidence_for_page
from unstuck.show.html_experiments import experiments_for_page, helps_for_page
from unstuck.show.manifest import environment, headline
from unstuck.show.outcomes import Outcomes
from unstuck.show.overhead import cost
from unstuck.show.proofs import after_the_answer
from unstuck.show.source import Sources, names_called

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unstuck.core.diagnosis import Diagnosis, TrainingSummary
    from unstuck.core.finding import Finding, Place
    from unstuck.record.reader import Record
    from unstuck.record.training import Training
    from unstuck.show.figure import Figure
    from unstuck.show.figures.layers import LayerRow
    from unstuck.show.proofs import Patches
    from unstuck.show.svg import Size

MOST_TRAININGS = 6
OPEN_LAYERS = 16
"""more layers than this lie folded below the first of them"""
MOST_LAYERS = 200


def page(
    diagnosis: Diagnosis, record: Record, *, rules: Mapping[str, str] | None = None, patches: Patches | None = None
) -> str:
    """The whole page as HTML.

    Args:
        diagnosis: what is shown.
        record: of the run.
        rules: the names of the codes, where they are known.
        patches: the changes to the user's script that carry out remedies, where they are known.
    """
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
            _training(found[summary.training], summary, diagnosis) for summary in shown[:MOST_TRAININGS]
        ],
        summaries=diagnosis.trainings,
        proved=after_the_answer(diagnosis).replace(" × ", "\u00a0×\u00a0"),
        experiments=experiments_for_page(diagnosis),
        open_layers=OPEN_LAYERS,
        outcomes=Outcomes.of(diagnosis.outcomes),
        rules=rules or {},
        environment=environment(record),
        cost=cost(diagnosis.overhead),
        words=words,
    )


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


def _training(training: Training, summary: TrainingSummary, diagnosis: Diagnosis) -> dict[str, Any]:
    moments = _moments(training, diagnosis)
    linear, log = (
        learning_curve(training, summary, log=scale, moments=moments) for scale in (False, True)
    )
    low = (svg.WIDE_LOW, svg.NARROW_LOW)
    figures = [
        [_drawn(linear), _drawn(learning_rate(training), *low)],
        [_drawn(log), _drawn(gradient_norm(training), *low)],
    ]
    return {
        "summary": summary,
        "figures": figures,
        "legend": _legend(linear),
        **_layers(training),
    }


def _layers(training: Training) -> dict[str, Any]:
    """The rows, and only those columns in which some layer has a chart."""
    rows = layer_rows(training)[:MOST_LAYERS]
    shown = [at for at in range(len(COLUMNS)) if any(row.charts[at] for row in rows)]
    return {"columns": [COLUMNS[at] for at in shown], "layers": [_layer(row, shown) for row in rows]}


def _layer(row: LayerRow, shown: list[int]) -> dict[str, Any]:
    charts = [
        (Markup(svg.draw_small(chart.figure)), words.measure(chart.last, chart.figure.y.unit))  # noqa: S704
        if chart
        else None
        for chart in (row.charts[at] for at in shown)
    ]
    return {"row": row, "charts": charts}


def _moments(training: Training, diagnosis: Diagnosis) -> list[Moment]:
    """Where the causes begin, if that is not the beginning of the training."""
    low, high = span(training)
    begun: dict[int, list[str]] = {}
    for cause in causes(diagnosis.findings):
        finding = cause.ranked.finding
        step = finding.first_step or 0
        if finding.training == training.number and low < step < high:
            begun.setdefault(step, []).append(finding.code)
    return [Moment(x=step - low, label=", ".join(codes)) for step, codes in sorted(begun.items())]


def _drawn(figure: Figure | None, wide: Size = svg.WIDE, narrow: Size = svg.NARROW) -> dict[str, Any]:
    """For large screens and for small ones; the style sheet shows one of them."""
    if figure is None:
        return {}
    # `svg` escapes every text that it is given.
    return {
        "wide": Markup(svg.draw(figure, wide)),  # noqa: S704
        "narrow": Markup(svg.draw(figure, narrow)),  # noqa: S704
        "legend": _legend(figure),
    }


def _legend(figure: Figure) -> list[tuple[int, str]]:
    return [(curve.group, curve.name) for curve in figure.curves if not curve.faint]
