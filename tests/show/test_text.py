from __future__ import annotations

import dataclasses
import re

import pytest
from show_runs import SOFTMAX, sick_diagnosis, sick_record

from unstuck.core.diagnosis import Verdict
from unstuck.core.outcome import Passed
from unstuck.core.subject import Subject
from unstuck.show.terminal import render
from unstuck.testing import synthetic


def scrubbed(text, record):
    return text.replace(str(record.path.parent), "…")


@pytest.mark.parametrize("width", [60, 100])
def test_the_sick_run_reads_as_in_the_golden_file(sick, width, golden):
    diagnosis, record = sick
    golden(f"sick-{width}.txt", scrubbed(render(diagnosis, record, width=width, colour=False), record))


def test_a_healthy_run_gets_a_short_answer(healthy, golden):
    diagnosis, record = healthy
    golden("healthy.txt", scrubbed(render(diagnosis, record, width=100, colour=False), record))


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 140])
def test_no_line_is_wider_than_asked(sick, width):
    diagnosis, record = sick
    lines = render(diagnosis, record, width=width, colour=False).splitlines()
    assert max(len(line) for line in lines if not line.startswith(("record:", "report:"))) <= width


def test_colour_changes_nothing_but_the_colour(sick):
    diagnosis, record = sick
    coloured = render(diagnosis, record, width=80, colour=True)
    assert "\x1b[1;31m" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == render(
        diagnosis, record, width=80, colour=False
    ).splitlines()


def test_text_of_a_program_cannot_steer_the_terminal(sick):
    diagnosis, record = sick
    evil = dataclasses.replace(diagnosis, answer="a\x1b]0;title\x07b")
    assert "\x1b]" not in render(evil, record, width=80, colour=True)


def test_several_trainings_have_a_curve_each(tmp_path):
    record = synthetic.record(tmp_path, trainings=[{"loss": [2.0, 1.0]}] * 8)
    summary = sick_diagnosis(record).trainings[0]
    summaries = tuple(dataclasses.replace(summary, training=number) for number in range(8))
    text = render(sick_diagnosis(record, trainings=summaries, findings=()), record, width=80, colour=False)
    assert "training 6 loss" in text
    assert "and 2 more trainings" in text


def test_a_run_without_training_has_no_curve(tmp_path):
    record = synthetic.record(tmp_path)
    diagnosis = sick_diagnosis(
        record, verdict=Verdict.NO_TRAINING, answer="no backward was seen.", trainings=(), findings=(),
        outcomes=(Passed("ARC101"),), not_seen=(), overhead={},
    )  # fmt: skip
    text = render(diagnosis, record, width=80, colour=False)
    assert text.startswith("no-training: no backward was seen.\n\n1 rule passed\nrecord: ")


def test_a_finding_without_place_evidence_or_remedy_is_still_whole(tmp_path):
    record = sick_record(tmp_path)
    bare = dataclasses.replace(
        SOFTMAX, place=type(SOFTMAX.place)(), used_at=None, evidence=(), remedies=(), examples=None
    )
    first = dataclasses.replace(sick_diagnosis(record).findings[0], finding=bare)
    text = render(sick_diagnosis(record, findings=(first,)), record, width=80, colour=False)
    assert "error[LOS101] softmax-before-cross-entropy" in text
    assert "-->" not in text
    assert "unstuck explain LOS101" in text


def test_a_finding_says_which_of_several_trainings_it_is_about(tmp_path):
    record = synthetic.record(tmp_path, trainings=[{"loss": [2.0, 1.0]}] * 3)
    diagnosis = sick_diagnosis(record)
    about = dataclasses.replace(diagnosis.findings[0].finding, subject=Subject(number=1))
    first = dataclasses.replace(diagnosis.findings[0], finding=about)
    summaries = tuple(dataclasses.replace(diagnosis.trainings[0], training=number) for number in range(3))
    several = dataclasses.replace(diagnosis, findings=(first,), trainings=summaries)
    assert "= in: training 2 of 3" in render(several, record, width=100, colour=False)
    assert "= in:" not in render(diagnosis, record, width=100, colour=False)
