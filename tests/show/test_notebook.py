"""What a notebook shows of a run, and the style that it borrows from the page."""

from __future__ import annotations

import dataclasses
import json
import os
import re

import pytest
from experiment_runs import tried
from show_runs import SOFTMAX, sick_diagnosis, sick_record
from test_html import checked

import unstuck
from unstuck.core.diagnosis import Ended, Ranked
from unstuck.record import schema
from unstuck.record.reader import Record
from unstuck.report.notebook import LENT, SCOPE, snippet
from unstuck.rules.engine import diagnose
from unstuck.show.scoped_css import rules_of, scoped, variables
from unstuck.testing import synthetic

SHEET = """
:root { --a: 1; } /* a { b } */
@media (prefers-color-scheme: dark) { :root { --a: 2; } svg { fill: red } }
svg text, svg .x { fill: var(--a); }
svg line, b { color: red; }
.c0 { x: 1; } .c0 { y: 2; }
@media print { :root { --a: 3; } svg { d: 1 } }
"""


def test_rules_are_chosen_by_their_beginning_and_scoped():
    rules = rules_of(SHEET, ("svg", ".c0"))
    assert rules == [("svg text, svg .x", "fill: var(--a);"), (".c0", "x: 1;"), (".c0", "y: 2;")]
    assert scoped(rules, ".me").split("\n")[0] == ".me svg text, .me svg .x {fill: var(--a);}"


def test_variables_are_told_light_dark_paper():
    assert variables(SHEET) == ["--a: 1;", "--a: 2;", "--a: 3;"]


def test_every_selector_of_the_snippet_is_within_its_own_element(sick):
    html = snippet(*sick)
    style = re.search(r"<style>(.*?)</style>", html, re.S)[1]
    selectors = [found.strip() for found in re.findall(r"([^{}]+)\{[^{}@]*\}", style)]
    assert len(selectors) > len(LENT)
    for selector in selectors:
        inner = selector.split("{")[-1]
        assert all(SCOPE in part for part in re.split(r",(?![^(]*\))", inner)), selector
    assert html.lstrip().startswith('<div class="unstuck-run">')


def test_it_is_whole_small_and_says_the_answer_the_causes_and_the_remedy(sick):
    diagnosis, _ = sick
    html = snippet(*sick)
    parser = checked(html)
    text = " ".join(" ".join(parser.text).split())
    assert len(html) < 60_000
    for said in (diagnosis.answer, "error LOS101", "train.py:2", "Fix: take the softmax out", "training loss"):
        assert said.replace(": ", ":") in text.replace(" : ", ":").replace(": ", ":")
    assert parser.seen.count("svg") == 1


def test_many_causes_and_trainings_are_counted(sick):
    diagnosis, record = sick
    many = tuple(Ranked(rank=n, finding=dataclasses.replace(SOFTMAX, code=f"LOS{n}")) for n in range(100, 107))
    trainings = diagnosis.trainings * 5
    html = snippet(dataclasses.replace(diagnosis, findings=many, trainings=trainings), record)
    assert "And 2 more findings" in html
    assert "And 2 more trainings" in html
    checked(html)


def test_what_was_proved_is_told(tmp_path):
    record = sick_record(tmp_path)
    assert "Proved: remove-output-activation makes it learn" in snippet(tried(record), record)


def test_what_the_program_wrote_is_escaped(sick):
    diagnosis, record = sick
    evil = "</style><script>alert(1)</script>"
    html = snippet(dataclasses.replace(diagnosis, answer=evil, run=evil), record)
    assert "<script" not in html
    checked(html)


def test_a_record_that_is_gone_is_told_and_not_raised(tmp_path):
    run = unstuck.Run(tmp_path / "<gone>")
    assert "No run record at" in run._repr_html_()
    assert "<gone>" not in run._repr_html_()
    assert repr(run) == f"Run({str(tmp_path / '<gone>')!r})"


@pytest.fixture
def running(tmp_path):
    """A record of this very process, that nobody has ended: it would be told that it stopped too early."""
    loss = [2.0 * 0.99**n for n in range(200)]
    record = synthetic.record(tmp_path, loss=loss, part={"pid": os.getpid()})
    manifest = json.loads((record.path / schema.MANIFEST).read_text())
    del manifest["ended"]
    (record.path / schema.MANIFEST).write_text(json.dumps(manifest))
    return Record(record.path)


def test_a_run_that_goes_on_says_so_and_is_not_told_to_go_on(running, tmp_path):
    diagnosis = diagnose(running)
    assert diagnosis.ended is Ended.RUNNING
    assert diagnosis.answer.startswith("Still running after 200 steps; ")
    assert "LOP111" not in [ranked.finding.code for ranked in diagnosis.findings]
    same = synthetic.record(tmp_path, loss=[2.0 * 0.99**n for n in range(200)])
    assert "LOP111" in [ranked.finding.code for ranked in diagnose(same).findings]
    assert "Still running" in snippet(diagnosis, running)


def test_a_process_that_is_gone_or_unknown_does_not_run(running):
    about = running.path / schema.PARTS / "1-0" / schema.PART
    told = json.loads(about.read_text())
    for pid, still in ((os.getpid(), True), (2**22 + 1, False), (0, False), (None, False), (1, True)):
        about.write_text(json.dumps({**told, "pid": pid}))
        assert Record(running.path).running is still
    assert diagnose(sick_record(running.path.parent)).ended is Ended.FINISHED
    assert sick_diagnosis(running).ended is Ended.FINISHED


def test_a_run_that_goes_on_without_training_says_so(tmp_path):
    record = synthetic.record(tmp_path, part={"pid": os.getpid()})
    record.manifest = dataclasses.replace(record.manifest, ended=None)
    assert diagnose(record).answer.startswith("Still running, no training was recorded yet")
