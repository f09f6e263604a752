"""A run in a notebook: the answer, its causes and the learning curve, as HTML that changes nothing around it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from unstuck.analysis.run.training import trainings
from unstuck.core import words
from unstuck.figures.learning_curve import learning_curve
from unstuck.show import svg
from unstuck.show.folding import causes
from unstuck.show.manifest import headline
from unstuck.show.outcomes import Outcomes
from unstuck.show.proofs import after_the_answer
from unstuck.show.scoped import rules_of, scoped, variables
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.figure import Figure
    from unstuck.record.reader import Record

SCOPE = ".unstuck-run"
LENT = ("svg", ".c0", ".c1", ".c2", ".c3", ".c4", ".c5", ".c6", ".c7", ".legend", ".verdict")
"""what of the page's style the snippet is drawn with"""
MOST_CAUSES = 5
MOST_TRAININGS = 3


def snippet(diagnosis: Diagnosis, record: Record) -> str:
    """One ``<div>`` with a style of its own; no script, nothing fetched."""
    sources = Sources.of(record)
    found = causes(diagnosis.findings)
    return _environment().get_template("notebook.html").render(
        scope=SCOPE,
        diagnosis=diagnosis,
        headline=headline(record) or diagnosis.run,
        proved=after_the_answer(diagnosis),
        causes=[
            {"finding": cause.ranked.finding, "where": sources.where(cause.ranked.finding.place)}
            for cause in found[:MOST_CAUSES]
        ],
        more=len(found) - MOST_CAUSES,
        figures=list(_figures(diagnosis, record)),
        checked=Outcomes.of(diagnosis.outcomes).sentence(),
        light=_sheets()[0], dark=_sheets()[1], lent=_sheets()[2],
        words=words,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("unstuck.show"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _sheets() -> tuple[Markup, Markup, Markup]:
    """The page's variables for light and for dark, and its rules for drawings."""
    sheet = files("unstuck.show").joinpath("templates/report.css").read_text(encoding="utf-8")
    light, dark = variables(sheet)[:2]
    return Markup(light), Markup(dark), Markup(scoped(rules_of(sheet, LENT), SCOPE))  # noqa: S704


def _figures(diagnosis: Diagnosis, record: Record) -> Iterator[dict[str, Any]]:
    found = {training.number: training for training in trainings(record)}
    shown = [one for one in diagnosis.trainings if one.training in found]
    for summary in shown[:MOST_TRAININGS]:
        figure = learning_curve(found[summary.training], summary, log=False)
        several = len(diagnosis.trainings) > 1
        yield {
            "name": f"training {summary.training + 1}" if several else "",
            # `svg` escapes every text that it is given.
            "drawing": Markup(svg.draw(figure, svg.WIDE)),  # noqa: S704
            "legend": _legend(figure),
            "summary": summary,
        }


def _legend(figure: Figure) -> list[tuple[int, str]]:
    return [(curve.group, curve.name) for curve in figure.curves if not curve.faint]
