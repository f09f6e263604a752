"""The figures of evidence: what they draw is what the rule decided on."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import numpy as np
import pytest

from unstuck.analysis.run.training import trainings
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.diagnosis import Diagnosis, Ranked
from unstuck.core.figure import Axis, Band, Bar, Bars, Column, Curve, Figure, Level, Point, Range, Stretch
from unstuck.core.finding import Evidence, Finding, Place
from unstuck.figures.evidence.by_name import OF_DATA, OF_MODELS, OF_PROBES, evidence_figure
from unstuck.figures.evidence.layers import fold
from unstuck.report.evidence import evidence_for_page
from unstuck.report.page import page
from unstuck.rules.engine import diagnose
from unstuck.rules.registry import load
from unstuck.show import svg
from unstuck.show.svg_bars import draw_bars
from unstuck.show.svg_labels import Box, Labels, Spot
from unstuck.show.ticks import ticks
from unstuck.testing import synthetic

RULES = Path(__file__).parent.parent / "rules"
LEVELS = {"CRV101": ("loss_at_start", "loss_at_end"), "CRV107": ("loss_at_start",),
          "CRV110": ("loss_at_end", "baseline_loss")}  # fmt: skip
"""numbers that are drawn as levels beside the recorded curve, because only the rule computes these means"""
QUICK = ("DAT102", "DAT114", "LOP102")
FIGURES = {
    code: figures for code, rule in load().items()
    if (figures := tuple(name for name in rule.figures if not name.startswith((OF_DATA, OF_MODELS, OF_PROBES))))
}  # fmt: skip
"""code of a rule → the names of its figures"""


def numbers_of(figure):
    """Every number that a figure draws or writes."""
    if isinstance(figure, Bars):
        return [v for bar in figure.bars for v in (bar.value, bar.beside) if v is not None] + [
            level.y for level in figure.levels
        ]
    found = [value for curve in figure.curves for value in curve.y]
    found += [level.y for level in figure.levels] + [column.y for column in figure.columns]
    found += [point.y for point in figure.points] + [moment.x for moment in figure.moments]
    found += [value for one in (*figure.ranges, *figure.bands) for value in (one.low, one.high)]
    return found


def told_of(code, ran):
    diagnosis, found = ran.diagnose(), {training.number: training for training in trainings(ran.record)}
    findings = [ranked.finding for ranked in diagnosis.findings if ranked.finding.code == code]
    return diagnosis, [(finding, found[finding.training]) for finding in findings]


def check(code, warm, folder):
    script = RULES / code / "sick.py"
    examine = "# needs: examination" in script.read_text("utf-8")
    ran = warm.run(script, folder, budget=1e6, examine=examine)
    diagnosis, told = told_of(code, ran)
    assert told
    for finding, training in told:
        shown = evidence_figure(finding, training)
        assert shown is not None, finding.message
        assert shown.sentence.endswith((".", ".)"))
        drawn = numbers_of(shown.figure)
        assert all(not math.isnan(value) for value in drawn)
        for quantity, value in shown.decided:
            said = words.number(value) in shown.sentence or words.share(value) in shown.sentence
            assert said or any(math.isclose(value, one, rel_tol=1e-3, abs_tol=1e-9) for one in drawn), quantity
        for key in LEVELS.get(code, ()):
            assert finding.measured(key).value in drawn
        assert shown.decided or code in LEVELS
        assert not shown.figure.title.endswith(".")
    html = page(diagnosis, ran.record)
    assert html.count('<figure class="evidence">') >= len(told)
    return told


@pytest.mark.parametrize("code", QUICK)
def test_a_sick_program_has_its_figure(code, warm, tmp_path):
    check(code, warm, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(set(FIGURES) - set(QUICK) - {"OPT109", "OPT110"}))
def test_every_sick_program_has_its_figure(code, warm, tmp_path):
    check(code, warm, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("program", sorted(RULES.glob("*/sick_*.py")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_no_figure_breaks_on_the_other_sick_programs(program, warm, tmp_path):
    ran = warm.run(program, tmp_path, budget=1e6)
    for finding, training in told_of(program.parent.name, ran)[1]:
        shown = evidence_figure(finding, training)
        assert shown is None or shown.agrees(finding)
        evidence_for_page(finding, training)


def test_every_rule_on_trainings_has_a_figure():
    """SYS102 compares two runs bit for bit: the difference is no number."""
    on_trainings = {code for code, rule in load().items() if TrainingView in rule.subjects}
    assert set(FIGURES) == on_trainings - {"SYS102"}


def test_what_an_experiment_decided_is_drawn_as_two_bars(tmp_path):
    training = trainings(synthetic.record(tmp_path, loss=[1.0] * 40))[0]
    evidence = (
        Evidence(key="share_learned_control", label="without the change", value=0.02, threshold=0.3, unit="share"),
        Evidence(key="share_learned_treated", label="with the change", value=0.95, threshold=0.8, unit="share"),
        Evidence(key="num_pairs", label="pairs", value=3.0),
    )  # fmt: skip
    for code in ("OPT101", "OPT102", "OPT109", "OPT110"):
        finding = Finding(
            code=code, name="x", severity="warning", confidence="verified", message="x", evidence=evidence,
            figures=FIGURES[code],
        )
        figure = evidence_figure(finding, training).figure
        bars = [(bar.name, bar.value) for bar in figure.bars]
        assert bars == [("without the change", 0.02), ("with the change", 0.95)]
        assert [level.y for level in figure.levels] == [0.3, 0.8]


def test_a_figure_with_another_number_than_the_finding_is_not_shown(tmp_path):
    record = synthetic.record(tmp_path, loss=[2.0] * 30 + [math.nan] * 10)
    training = trainings(record)[0]
    finding = next(r.finding for r in diagnose(record).findings if r.finding.code == "NUM101")
    shown = evidence_figure(finding, training)
    assert shown is not None
    assert ("last_finite_loss", 2.0) in shown.decided
    assert [moment.x for moment in shown.figure.moments] == [30.0]
    other = tuple(
        dataclasses.replace(item, value=7.0) if item.key == "last_finite_loss" else item
        for item in finding.evidence
    )
    assert evidence_figure(dataclasses.replace(finding, evidence=other), training) is None


def test_what_the_record_lacks_has_no_figure(tmp_path):
    training = trainings(synthetic.record(tmp_path, loss=[1.0] * 40))[0]
    base = Finding(
        code="ARC101", name="x", severity="error", confidence="measured", message="x", place=Place(layer="gone"),
        evidence=(Evidence(key="dead_share", label="dead units", value=1.0, threshold=0.6),),
    )  # fmt: skip
    for figures in (*FIGURES.values(), ()):
        assert evidence_figure(dataclasses.replace(base, figures=figures), training) is None
    assert evidence_for_page(base, None) == {}


def test_the_divergence_is_marked(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0] * 20 + np.geomspace(1, 1e6, 60).tolist())
    finding = next(r.finding for r in diagnose(record).findings if r.finding.code == "CRV107")
    figure = evidence_figure(finding, trainings(record)[0]).figure
    assert [level.y for level in figure.levels] == [finding.evidence[1].value, finding.evidence[0].threshold]
    assert figure.points[0].y == finding.evidence[0].value
    assert figure.y.log


def test_marks_lie_where_the_values_are():
    figure = Figure(
        title="t", description="d", x=Axis(label="x", low=0, high=10), y=Axis(label="y", low=0, high=10), curves=(),
        bands=(Band(low=-math.inf, high=5, label="low & bad", bad=True),), columns=(Column(x=5, y=5, marked=True),),
        ranges=(Range(x=2, low=0, high=10, marked=True),), points=(Point(x=10, y=10, label="here"),),
        stretches=(Stretch(low=0, high=5, label="half"),), levels=(Level(y=5, label="five"),),
    )  # fmt: skip
    size = svg.Size(120, 110, 10, 10, 5, 5)
    drawn = svg.draw(figure, size)
    assert '<rect class="band bad" x="10" y="55" width="100" height="50"/>' in drawn
    assert '<rect class="band" x="10" y="5" width="50" height="100"/>' in drawn
    assert '<rect class="column marked" x="56.5" y="55" width="7" height="50"/>' in drawn
    assert '<circle class="meant" cx="110" cy="5" r="5"/>' in drawn
    assert "low &amp; bad" in drawn
    assert 'class="range marked"' in drawn


def test_bars_are_as_long_as_their_values_and_names_are_shortened_in_the_middle():
    bars = Bars(
        title="t", description="d", x=Axis(label="norm", low=0, high=4),
        bars=(Bar(name="encoder.layers.11.attention.output.dense.weight", value=4.0), Bar(name="b<", value=1.0),
              Bar(name="none", value=0.0, marked=True, note="never")),
        levels=(Level(y=2.0, label="half"),),
    )  # fmt: skip
    drawn = draw_bars(bars, 350)
    long, short, none = (float(width) for width in re.findall(r'<rect class="bar[^>]* width="([\d.]+)"', drawn))
    assert long == pytest.approx(4 * short, abs=0.5)
    assert none == 0
    assert "…" in drawn
    assert ".weight</text>" in drawn
    assert "b&lt;" in drawn
    assert "never" in drawn


def test_words_keep_out_of_each_others_way():
    labels = Labels(Box(0, 0, 200, 100), [(20, 50)])
    first = labels.place("a word", "level", [Spot(10, 52), Spot(10, 90)])
    second = labels.place("a word", "level", [Spot(10, 90), Spot(100, 90)])
    outside = labels.place("a word", "level", [Spot(190, 20), Spot(190, 20, "end")])
    assert 'y="90"' in first
    assert 'x="100"' in second
    assert 'text-anchor="end"' in outside


def test_many_layers_are_folded_and_those_that_are_meant_stay():
    bars = [Bar(name=str(n), value=1.0, marked=n == 77) for n in range(100)]
    kept = fold(bars)
    assert len(kept) == 25
    assert [bar.name for bar in kept if bar.marked] == ["77"]
    assert kept[-1].name == "and 76 more layers"
    assert fold(bars[:5]) == bars[:5]


def test_whole_numbers_have_whole_ticks():
    assert [tick.value for tick in ticks(Axis(label="label", low=-2, high=2, whole=True), 8)] == [-2, -1, 0, 1, 2]


def test_a_legend_names_every_colour(tmp_path):
    curves = (
        Curve(name="faint", group=3, x=(0, 1), y=(0, 1), faint=True),
        Curve(name="meant", group=0, x=(0, 1), y=(0, 1), marked=True),
        Curve(name="ahead", group=4, x=(0, 1), y=(0, 1), dashed=True),
    )
    from unstuck.show.html_evidence import _entries

    figure = Figure(
        title="t", description="d", x=Axis(label="x", low=0, high=1), y=Axis(label="y", low=0, high=1), curves=curves,
        names=((-1, "targets"), (0, "answers")),
    )  # fmt: skip
    assert list(_entries(figure)) == [
        ("meant", "meant"), ("c4 dashed", "ahead"), ("c3", "faint"), ("meant", "targets"), ("c0", "answers"),
    ]  # fmt: skip


def test_the_page_shows_the_figure_and_folds_those_of_consequences(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0] * 20 + np.geomspace(1, 1e6, 60).tolist() + [math.nan] * 5)
    diagnosis = diagnose(record)
    one = {ranked.finding.code: ranked.finding for ranked in diagnosis.findings}
    ranked = (Ranked(finding=one["NUM101"], rank=0), Ranked(finding=one["CRV107"], rank=1, explained_by="NUM101"))
    html = page(dataclasses.replace(diagnosis, findings=ranked), record)
    assert html.count('<figure class="evidence">') == 2
    assert "<details><summary>The loss rises</summary>" in html
    assert "<figcaption>The loss is first NaN or infinite at step" in html


def test_a_page_of_several_trainings_says_which_one_a_finding_is_of(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0] * 20 + np.geomspace(1, 1e6, 60).tolist())
    diagnosis: Diagnosis = diagnose(record)
    assert "in training" not in page(diagnosis, record)
    summary = diagnosis.trainings[0]
    several = dataclasses.replace(diagnosis, trainings=(summary, dataclasses.replace(summary, training=7)))
    assert "in training 1 of 2" in page(several, record)
