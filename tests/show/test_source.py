from __future__ import annotations

import os
import time

import pytest

from unstuck.core.finding import Place
from unstuck.show.source import SourceLine, Sources, names_called, window
from unstuck.testing import synthetic


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "pkg" / "train.py"
    path.parent.mkdir()
    net = "net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))  # three"
    path.write_text(f"{net}\n\n    x = f('#')\n")
    return path


def test_the_only_call_of_a_named_thing_is_marked(tmp_path, script):
    line = Sources(tmp_path, None).line(Place(file="pkg/train.py", line=1), ["ReLU"])
    assert line.text[line.start : line.end] == "nn.ReLU()"


@pytest.mark.parametrize("words", [["Linear"], ["Dropout"], []], ids=["two of them", "none", "no word"])
def test_else_the_whole_statement_without_its_comment_is_marked(tmp_path, script, words):
    line = Sources(tmp_path, None).line(Place(file=str(script), line=1), words)
    assert line.text[line.start : line.end].endswith("nn.Linear(3, 1))")
    assert line.start == 0


def test_a_hash_inside_a_string_is_not_a_comment(tmp_path, script):
    line = Sources(tmp_path, None).line(Place(file=str(script), line=3))
    assert line.text[line.start : line.end] == "x = f('#')"


@pytest.mark.parametrize(
    "place",
    [Place(file="gone.py", line=1), Place(file="pkg/train.py", line=2), Place(file="pkg/train.py", line=99),
     Place(layer="0"), Place(file="pkg/train.py")],
    ids=["missing", "empty line", "beyond the end", "no file", "no line"],
)  # fmt: skip
def test_what_cannot_be_read_is_silently_absent(tmp_path, script, place):
    assert Sources(tmp_path, None).line(place) is None


def test_a_file_that_changed_since_the_run_is_not_quoted(tmp_path, script):
    began = time.time()
    os.utime(script, (began + 5, began + 5))
    assert Sources(tmp_path, began).line(Place(file=str(script), line=1)) is None


def test_paths_are_relative_where_they_lie_under_the_run(tmp_path, script):
    sources = Sources(tmp_path, None)
    assert sources.where(Place(file=str(script), line=7)) == "pkg/train.py:7"
    assert sources.where(Place(file="/elsewhere/a.py")) == "/elsewhere/a.py"
    assert sources.where(Place(layer="0")) == ""


def test_a_long_line_is_cut_around_what_is_meant():
    text = " " * 20 + "a = " + "b" * 100 + " + nn.Softmax(dim=1) + tail"
    start = text.index("nn.Softmax")
    cut = window(SourceLine(1, text, start, start + 17), 40)
    assert len(cut.text) <= 40
    assert cut.text[cut.start : cut.end] == "nn.Softmax(dim=1)"


def test_names_are_those_of_the_layer_the_loss_and_the_optimiser(tmp_path):
    training = synthetic.training(
        tmp_path, loss=[1.0], model={"modules": [{"name": "0", "class": "ReLU"}]}, optimizer={"class": "Adam"}
    )
    assert names_called(training, Place(layer="0"))[:3] == ("ReLU", "cross_entropy", "Adam")
    assert names_called(None, Place(layer="0")) == ()
