from __future__ import annotations

import dataclasses
import itertools
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
from unstuck.report.page import page
from unstuck.rules.pages import pages
from unstuck.show.folding import causes
from unstuck.testing import synthetic

VOID = {"meta", "br", "hr", "link", "img", "input"}
FETCHING = {"script", "link", "iframe", "object", "embed", "image", "use", "form", "audio", "video"}


class Checked(HTMLParser):
    """Every element is closed in its order; nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []
        self.text = []
        self.ids = set()

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        assert not {"href", "srcset", "action"} & {name for name, _ in attributes}
        told = dict(attributes)
        assert told.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
        if tag == "img":
            assert told["alt"]
        if "id" in told:
            assert told["id"] not in self.ids
            self.ids.add(told["id"])
        if "for" in told:
            assert told["for"] in self.ids
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
        diagnosis.answer, "softmax-before-cross-entropy", "nn.Softmax(dim=1)", "consequence: ",
        "wrong-labels", "Learning curves", "Rules", "Environment",
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
    assert "learning-rate-too-low" in page(*sick, pages=pages())


def test_the_page_of_a_findings_rule_stands_in_the_report(sick):
    html = page(*sick, pages=pages())
    checked(html)
    assert html.count('<details class="rule">') == len(causes(sick[0].findings))
    assert "About LOS101" in html
    for section in ("What it measures", "How it decides", "Known limits"):
        assert f"<h3>{section}</h3>" in html
    assert "<td><code>row_sum</code></td>" in html  # its thresholds


def test_a_page_brings_no_markup_and_no_link_of_its_own(sick):
    evil = "# LOS101 x\n\n## Why\n\n<script>alert(1)</script> [a](https://x.example) ![b](c.png) <https://y.example>\n"
    (own,) = [one for one in pages() if one.code == "LOS101"]
    html = page(*sick, pages=[dataclasses.replace(own, markdown=evil)])
    assert "<script" not in html
    assert not re.search(r"<(a|img)\b", html)
    assert "&lt;script&gt;" in html


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
    rows = np.zeros(2 * 10**6, dtype=schema.TIMELINE_DTYPE)
    first, step, _ = record.main.timeline
    rows[0::2], rows[1::2] = first, step
    rows["index"] = np.arange(len(rows)) // 2
    rows["value"][0::2] = np.exp(np.random.default_rng(0).normal(size=10**6) * 0.2)
    rows["value"][0::2000] = math.nan
    (record.main.path / schema.TIMELINE_FILE).write_bytes(rows.tobytes())
    record = Record(record.path)
    began = time.process_time()
    html = page(sick_diagnosis(record), record)
    assert time.process_time() - began < 5
    assert len(html) < 2_000_000


RICH = {
    "loss": [2.0, 1.0] * 40, "epochs": 4, "evals": [1.5, 1.2, 1.3, 1.1],
    "loss_call": [
        {"step": at, "labels": {"0": 5, "1": 3}, "target": {"shape": [8]}, "example_losses": [1.0, 2.0, 0.5, 3.0]}
        for at in range(0, 80, 10)
    ],
    "input": {"layer": "0", "mean": 0.0, "std": 1.0, "min": -2.0, "max": 2.0, "shape": [8, 4]},
    "window": [{"step": at, "memory": 10**8} for at in (0, 40)],
    "layers": {"0.weight": {"gradient": {"norm": [1.0, 0.1]}, "weight": {"norm": [1.0, 1.0]}}},
    "model": {
        "modules": [{"name": "0", "class": "Linear", "file": "train.py", "line": 2, "leaf": True}],
        "parameters": [{"id": 1, "name": "0.weight", "layer": "0", "shape": [4, 4], "requires_grad": True}],
    },
}  # fmt: skip
PANELS = (
    "Learning curves", "Layers over time", "The network", "Batches", "Kept examples",
    "Losses of single examples", "Time and memory", "Rules", "Environment",
)  # fmt: skip


def test_every_panel_that_has_data_is_there_and_in_order(tmp_path):
    record = synthetic.record(tmp_path, **RICH)
    np.savez(record.main.path / "samples-0-1.npz", input=np.zeros((2, 3, 4, 4)) + np.arange(4))
    html = page(sick_diagnosis(record), record)
    checked(html)
    found = [html.index(f">{name}</h") for name in PANELS]
    assert found == sorted(found)
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_panel_without_data_is_left_out(tmp_path):
    record = synthetic.record(tmp_path, loss=[1.0, 0.5])
    html = page(sick_diagnosis(record), record)
    assert [name for name in PANELS if f">{name}</h" in html] == ["Learning curves", "Rules", *PANELS[8:]]


def test_tables_have_captions_and_scopes(tmp_path):
    record = synthetic.record(tmp_path, **RICH)
    html = page(sick_diagnosis(record, findings=()), record)
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert "<caption>" in table or 'class="layers"' in table
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", table))


def test_a_run_that_fails_before_its_first_backward_shows_its_network(tmp_path):
    crash = {"events": [("detached", 0, {"function": "mse_loss"})]}
    record = synthetic.record(tmp_path, loss=[1.0], model=RICH["model"], **crash)
    html = page(sick_diagnosis(record, findings=(), trainings=()), record)
    checked(html)
    assert "<h2>The network</h2>" in html
    assert "Learning curves" not in html


def test_hundreds_of_layers_give_a_page_of_moderate_size(tmp_path):
    quantities = {"gradient": {"norm": np.geomspace(1, 1e-3, 60).tolist()}, "weight": {"norm": [1.0, 2.0] * 30}}
    layers = {f"block.{n // 6}.part{n % 6}.weight": quantities for n in range(300)}
    record = synthetic.record(tmp_path, loss=[1.0] * 600, layers=layers)
    html = page(sick_diagnosis(record), record)
    checked(html)
    assert len(html) < 1_500_000
