"""Markdown: complete, and what is written is what a renderer shows."""

from __future__ import annotations

import dataclasses
import html
import re

import pytest
from experiment_runs import tried
from markdown_it import MarkdownIt
from show_runs import FLAT, LABELS, SOFTMAX, sick_diagnosis, sick_record

from unstuck.core.diagnosis import Ranked
from unstuck.core.finding import Place
from unstuck.core.markdown import table
from unstuck.show.markdown import to_markdown
from unstuck.show.markdown_escape import block, code, exact, plain

RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def seen(markdown):
    """The text that a reader sees."""
    return html.unescape(re.sub(r"<[^>]+>", "", RENDERER.render(markdown))).strip()


HOSTILE = [
    "cross_entropy of __init__ and _x_", "a * b * c **d**", "<script>alert(1)</script> & &amp; &lt;", "a | b || c",
    "`x` and ``y``", "[a](http://b) ![c](d) [e][f] [g]: h", "# no heading", "- no item", "+ none", "1. no item",
    "~~gone~~ ~~~", "back\\slash \\* \\n", "$x$ and $$y$$", "---", "===", "> no quote", "C:\\new_*", "1.8 % of it",
    "2) no", "+96 %", "    no code", "ünïcode → ✓", "* x", "trailing \\",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_running_text_stays_what_it_is(text):
    rendered = RENDERER.render(plain(text))
    assert seen(plain(text)) == " ".join(text.split())
    assert re.findall(r"<(\w+)", rendered) == ["p"]


@pytest.mark.parametrize("text", [*HOSTILE, "`", "``` `` `", " a ", "x\ny"])
def test_code_stays_what_it_is(text):
    assert seen(code(text)).strip() == " ".join(text.split("\n")).strip()
    assert "".join(re.findall(r"<(\w+)", RENDERER.render(code(text)))) == "pcode"


@pytest.mark.parametrize("text", HOSTILE)
def test_cells_stay_what_they_are(text):
    rows = [[plain(text), code(text), "1"]]
    rendered = RENDERER.render("\n".join(table(["a", "b", "c"], rows, numbers=1)))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", rendered)
    assert len(cells) == 3
    told = [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells]
    assert [one.strip() for one in told] == [" ".join(text.split()), text.strip(), "1"]


def test_a_block_with_a_fence_in_it_ends_where_it_ends():
    assert "after" in RENDERER.render("\n".join([*block("a\n```\n````\nb", "python"), "", "after"])).split("</code>")[1]


def test_few_signs_are_escaped():
    assert plain("lr=0.1 makes cross_entropy 1.8 % lower: see train.py:3 (a, b) [LOS101]!") == (
        "lr=0.1 makes cross_entropy 1.8 % lower: see train.py:3 (a, b) [LOS101]!"
    )


def test_numbers_are_those_of_a_program():
    assert [exact(v) for v in (1.0, 2.79042e-06, -0.5, float("inf"), float("-inf"), float("nan"), 1797)] == [
        "1", "2.79042e-06", "-0.5", "Infinity", "-Infinity", "NaN", "1797",
    ]  # fmt: skip


def test_the_sick_run_is_the_golden_file(tmp_path, golden):
    record = sick_record(tmp_path)
    text = to_markdown(tried(record), record)
    golden("experiments.md", re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d", "1 January 2026, 00:00", text))


def test_everything_that_a_finding_has_is_told(sick):
    text = to_markdown(*sick)
    for said in (
        "error LOS101 softmax-before-cross-entropy", "`train.py:2`, layer `1`", "`train.py:3`", "first seen: step 0",
        "| rows that sum to 1 | fraction | 1 | 0.99 |", "| largest input |  | Infinity |  |", "`raw-scores` (safe)",
        "head = nn.Linear(64, 10)", "not tested: no experiment was run", "warning CRV101 flat-training-loss (measured)",
        "112 examples of train (8 %); the worst 50 of them: 3, 13,", "always predicting the class frequencies | 2.3026",
        "passed (2): ARC101, OPT101", "skipped: SPL103 (needs a held-out loss)", "NUM101: ZeroDivisionError",
        "not recorded: layers inside torch.compile", "recording took 1.8 %", "unstuck verify",
    ):  # fmt: skip
        assert said in text
    assert text.count("\n") < 90
    assert "  ```" not in text


def test_a_consequence_is_told_whole(tmp_path):
    record = sick_record(tmp_path)
    flat = dataclasses.replace(
        FLAT, place=Place(layer="2", file="train.py", line=3), first_step=9, examples=LABELS.examples,
        evidence=SOFTMAX.evidence,
    )  # fmt: skip
    findings = (Ranked(rank=1, finding=SOFTMAX), Ranked(rank=2, finding=flat, explained_by="LOS101"))
    text = to_markdown(sick_diagnosis(record, findings=findings), record)
    (line,) = [line for line in text.splitlines() if "CRV101" in line and line.startswith("- ")]
    for said in ("`train.py:3`, layer `2`", "step 9", "112 examples", "rows that sum to 1 1 fraction (threshold 0.99)"):
        assert said in line


def test_what_was_proved_is_there_as_a_diff_once(tmp_path):
    record = sick_record(tmp_path)
    diff = "--- train.py\n+++ train.py\n@@ -1 +1 @@\n-a\n+b\n"
    assert to_markdown(tried(record), record, proof=diff).count("+++ train.py") == 1
    assert to_markdown(tried(record), record, proof=diff, patches={(1, "raw-scores"): diff}).count("+++ train.py") == 1


def test_several_trainings_are_told_apart(tmp_path):
    record = sick_record(tmp_path)
    first = sick_diagnosis(record).trainings[0]
    many = tuple(dataclasses.replace(first, training=n) for n in range(25))
    text = to_markdown(sick_diagnosis(record, trainings=many), record)
    assert "- in: training 1 of 25" in text
    assert "and 5 more trainings" in text


def test_a_healthy_run_is_short(healthy):
    text = to_markdown(*healthy)
    assert "## 1." not in text
    assert "nothing stands in the way" in text
    assert text.count("\n") < 20
