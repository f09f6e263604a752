"""A run in a notebook: the answer, its causes and the learning curve, as HTML that changes nothing around it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from unstuck.figures.learning_curve import learning_curve
from unstuck.show import svg
from unstuck.show.folding import causes
from unstuck.show.html import render
from unstuck.show.manifest import headline
from unstuck.show.outcomes import Outcomes
from unstuck.show.places import in_data, title
from unstuck.show.proofs import after_the_answer
from unstuck.show.scoped_css import rules_of, scoped, variables
from unstuck.show.source import Sources
from unstuck.show.subjects import by_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.figure import Figure
    from unstuck.core.finding import Place
    from unstuck.record.reader import Record

SCOPE = ".unstuck-run"
LENT = ("svg", ".c0", ".c1", ".c2", ".c3", ".c4", ".c5", ".c6", ".c7", ".legend", ".verdict")
"""what of the page's style the snippet is drawn with"""
MOST_CAUSES = 5
MOST_TRAININGS = 3


def snippet(diagnosis: Diagnosis, record: Record) -> str:
    """One ``<div>`` with a style of its own; no script, nothing fetched."""
    sources = Sources.of(record)
    shown = causes(diagnosis.findings)
    light, dark, lent = _sheets()
    return render("notebook.html", {
        "scope": SCOPE,
        "diagnosis": diagnosis,
        "headline": headline(record) or diagnosis.run,
        "proved": after_the_answer(diagnosis),
        "causes": [
            {"finding": cause.ranked.finding, "where": _where(cause.ranked.finding.place, sources)}
            for cause in shown[:MOST_CAUSES]
        ],
        "more": len(shown) - MOST_CAUSES,
        "figures": list(_figures(diagnosis, record)),
        "checked": Outcomes.of(diagnosis.outcomes).sentence(),
        "light": light, "dark": dark, "lent": lent,
    })  # fmt: skip


def _where(place: Place, sources: Sources) -> str:
    where = sources.where(place)
    return title(place, where) if in_data(place) else where


@lru_cache(maxsize=1)
def _sheets() -> tuple[Markup, Markup, Markup]:
    """The page's variables for light and for dark, and its rules for drawings."""
    sheet = files("unstuck.show").joinpath("templates/report.css").read_text(encoding="utf-8")
    light, dark = variables(sheet)[:2]
    return Markup(light), Markup(dark), Markup(scoped(rules_of(sheet, LENT), SCOPE))  # noqa: S704


def _figures(diagnosis: Diagnosis, record: Record) -> Iterator[dict[str, Any]]:
    trained = by_number(record)
    shown = [summary for summary in diagnosis.trainings if summary.training in trained]
    for summary in shown[:MOST_TRAININGS]:
        figure = learning_curve(trained[summary.training], summary, log=False)
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
