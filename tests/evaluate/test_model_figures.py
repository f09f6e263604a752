"""Every rule on models has a figure that shows the number that it decided by; the page has it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from unstuck.analysis.model.view import ModelView, model_views
from unstuck.core.figure import Bars
from unstuck.figures.evidence.by_name import evidence_figure
from unstuck.report.page import page
from unstuck.rules.engine import diagnose
from unstuck.rules.registry import load

RULES = Path(__file__).parents[1] / "rules"
WITH_TORCH = ("GEN106", "GEN108")
ON_MODELS = [code for code, rule in load().items() if ModelView in rule.subjects]


def test_these_are_the_rules():
    known = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "11"]
    assert [code.removeprefix("GEN1") for code in ON_MODELS] == known


@pytest.mark.parametrize(
    "code",
    [pytest.param(code, marks=pytest.mark.programs) if code in WITH_TORCH else code for code in ON_MODELS],
)
def test_the_figure_shows_what_decided(code, tmp_path):
    record = runpy.run_path(str(RULES / code / "sick.py"))["record"](tmp_path)
    diagnosis = diagnose(record)
    (view,) = model_views(record)
    (finding,) = [one.finding for one in diagnosis.findings if one.finding.code == code]
    figure = evidence_figure(finding, view)
    assert figure is not None
    assert figure.sentence.endswith(".")
    for key, value in figure.decided:
        assert finding.measured(key).value == value
    if isinstance(figure.figure, Bars):
        drawn = [value for bar in figure.figure.bars for value in (bar.value, bar.beside)]
        values = [round(value, 9) for value in drawn if value is not None]
        decisive = {"GEN101": "simple", "GEN102": "pair_error", "GEN103": "slice_loss", "GEN104": "followed",
                    "GEN108": "stage_score", "GEN109": "constant", "GEN111": "output_difference"}[code]  # fmt: skip
        assert round(finding.number(decisive), 9) in values
    assert '<figure class="evidence">' in page(diagnosis, record)
