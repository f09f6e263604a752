from __future__ import annotations

import dataclasses
import math
import re
import time
from html.parser import HTMLParser

import numpy as np
import pytest
from show_runs import SOFTMAX, sick_diagnosis, sick_record

from unstuck.core.diagnosis import Ranked
from unstuck.core.finding import Place
from unstuck.record import schema
from unstuck.record.reader import Record
from unstuck.show.html import page
from unstuck.testing import synthetic

VOID = {"meta", "br", "hr", "link", "img", "input"}
FETCHING = {"script", "link", "img", "iframe", "object", "embed", "image", "use", "form", "audio", "video"}


class Checked(HTMLParser):
    """Every element is closed in its order; nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []
        self.text = []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        assert not {"src", "href", "srcset", "action"} & {name for name, _ in attributes}
        assert not any(name.startswith("on") for name, _ in attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def checked(html):
    parser = Checked()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert not FETCHING & set(parser.seen)
    assert not re.search(r"https?://|url\(|@import", html)
    return parser


def test_the_page_is_whole_and_fetches_nothing(sick):
    parser = checked(page(*sick))
    svgs = parser.seen.count("svg")
    assert svgs > 6
    # One in the head, one in each drawing.
    assert parser.seen.count("title") == svgs + 1
    assert parser.seen.count("desc") == svgs


def test_the_answer_comes_first_then_the_causes(sick):
    diagnosis, record = sick
    html = page(diagnosis, record)
    order = [
        diagnosis.answer, "softmax-before-cross-entropy", "nn.Softmax(dim=1)", "because of it",
        "wrong-labels", "Learning curves", "What was checked", "What ran, and where",
    ]  # fmt: skip
    found = [html.index(words) for words in order]
    assert found == sorted(found)
    assert "<mark>nn.Softmax(dim=1)</mark>" in html


def test_a_healthy_run_has_no_findings(healthy):
    html = page(*healthy)
    assert "<article" not in html
    checked(html)


def test_the_same_record_gives_the_same_bytes(sick):
    assert page(*sick) == page(*sick)


def test_names_of_rules_are_shown_where_they_are_known(sick):
    assert "learning-rate-too-high" in page(*sick, rules={"OPT101": "learning-rate-too-high"})


def test_what_the_program_wrote_is_escaped(sick):
    diagnosis, record = sick
    evil = "</style><script>alert(1)</script>"
    finding = dataclasses.replace(SOFTMAX, message=evil, place=Place(layer=evil, file=evil, line=1))
    html = page(
        dataclasses.replace(diagnosis, answer=evil, findings=(Ranked(rank=1, finding=finding),)), record
    )
    assert "<script" not in html
    checked(html)


def test_names_of_layers_are_escaped_in_the_drawings(tmp_path):
    record = sick_record(tmp_path, layers={"<b>.weight": {"gradient": {"norm": [1.0, 2.0]}}})
    html = page(sick_diagnosis(record), record)
    assert "<b>" not in html.replace("<b>2</b>", "").replace("<b>3</b>", "")
    checked(html)


def test_many_layers_and_trainings_stay_readable(tmp_path):
    layers = {f"{n}.weight": {"gradient": {"norm": [1.0, 2.0]}} for n in range(40)}
    record = synthetic.record(tmp_path, trainings=[{"loss": [1.0, 2.0], "layers": layers}] * 8)
    summary = sick_diagnosis(record).trainings[0]
    summaries = tuple(dataclasses.replace(summary, training=number) for number in range(8))
    html = page(sick_diagnosis(record, trainings=summaries, findings=()), record)
    checked(html)
    assert html.count("Learning curves: training") == 6
    assert "24 more layers" in html
    assert "All trainings" in html


@pytest.mark.parametrize("loss", [[], [math.nan] * 3, [1.0]], ids=["none", "all NaN", "one step"])
def test_odd_runs_have_a_page(tmp_path, loss):
    record = synthetic.record(tmp_path, loss=loss)
    checked(page(sick_diagnosis(record), record))


def test_a_million_steps_give_a_small_page_in_seconds(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0], evals=[1.0])
    rows = np.zeros(2 * 10**6, dtype=schema.TAPE_DTYPE)
    first, step, _ = record.main.tape
    rows[0::2], rows[1::2] = first, step
    rows["index"] = np.arange(len(rows)) // 2
    rows["value"][0::2] = np.exp(np.random.default_rng(0).normal(size=10**6) * 0.2)
    rows["value"][0::2000] = math.nan
    (record.main.path / schema.TAPE_FILE).write_bytes(rows.tobytes())
    record = Record(record.path)
    began = time.process_time()
    html = page(sick_diagnosis(record), record)
    assert time.process_time() - began < 5
    assert len(html) < 2_000_000
