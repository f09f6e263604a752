"""``unstuck run``: the answer, its files, its exit codes, and one clear message for bad input."""

from __future__ import annotations

import json
import os
import resource
import stat
import sys

import pytest

SICK = """
    import torch
    from torch import nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs, labels = torch.randn(64, 4), torch.randint(0, 3, (64,))
    for step in range(300):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    print("done")
"""


def test_a_sick_script_is_diagnosed(shell):
    shell.environment.pop("PYTHONPATH")
    shell.write("train.py", SICK)
    told = shell("run", "--fail-on", "error", "--json", "answer.json", "--html", "report.html", "train.py")
    assert (told.code, told.out) == (3, "done\n")
    assert "error[LOS101]" in told.err
    assert " --> train.py:" in told.err
    assert "\x1b" not in told.err
    answer = json.loads((shell.folder / "answer.json").read_text())
    assert answer["findings"][0]["code"] == "LOS101"
    assert answer["ended"] == "finished"
    assert "LOS101" in (shell.folder / "report.html").read_text()
    assert (shell.runs[-1] / "derived" / "report.html").exists()
    assert sorted(path.name for path in shell.folder.iterdir()) == [
        ".unstuck", "answer.json", "report.html", "train.py",
    ]  # fmt: skip
    assert (shell.folder / ".unstuck" / ".gitignore").read_text() == "*\n"

    shown = shell("show")
    assert (shown.code, shown.out) == (0, told.err.removeprefix("\n"))
    listed = shell("list").out.split("\n")
    assert shell.runs[-1].name in listed[2]
    assert "LOS101" in listed[2]


def test_without_training_the_answer_says_so(shell):
    shell.write("train.py", "import torch; print('hello')")
    told = shell("run", "train.py")
    assert (told.code, told.out) == (0, "torch imported\nhello\n")
    assert told.err.lstrip().startswith("no-training")


def test_the_code_of_the_program_goes_before_ours(shell):
    shell.write("train.py", "import sys; sys.exit(5)")
    assert shell("run", "--fail-on", "warning", "train.py").code == 5


def test_quiet_prints_nothing_of_ours(shell):
    shell.write("train.py", "print('hello')")
    told = shell("run", "--quiet", "train.py")
    assert (told.code, told.out, told.err) == (0, "hello\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope.py"], "There is no script nope.py"),
        (["."], "is a directory without a __main__.py"),
        ([], "Name the program"),
        (["-m"], "-m is to be followed by a module's name"),
        (["--nope", "train.py"], "No such option: --nope"),
        (["--python", "nowhere/python", "train.py"], "There is no interpreter nowhere/python"),
        (["--python", "broken", "train.py"], "There is no interpreter broken"),
        (["--budget", "2", "train.py"], "--budget"),
        (["--dir", "train.py/records", "train.py"], "The run record cannot be made in train.py/records"),
    ],
)
def test_bad_input_is_one_message_and_code_2(shell, words, said):
    shell.write("train.py", "print('must not run')")
    shell.write("broken", "not an executable")
    told = shell("run", *words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert "Traceback" not in told.err
    assert not (shell.folder / ".unstuck").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to(shell):
    shell.write("train.py", "print('must not run')")
    shell.folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    told = shell("run", "train.py")
    shell.folder.chmod(stat.S_IRWXU)
    assert (told.code, told.out) == (2, "")
    assert "cannot be made" in told.err


def test_a_syntax_error_is_told_by_python_then_by_us(shell):
    shell.write("train.py", "def f(:\n")
    told = shell("run", "train.py")
    assert told.code == 1
    assert told.err.index("SyntaxError") < told.err.index("no-training")
    assert told.err.count("Traceback") == 0


def test_an_interpreter_without_torch_is_named(shell):
    shell.environment.pop("PYTHONPATH")
    shell.write("train.py", "import sys; sys.path.clear(); import torch")
    told = shell("run", "train.py")
    assert told.code == 1
    assert f"there is no torch in {sys.executable}" in told.err
    assert "--python" in told.err


def test_an_interpreter_that_reads_no_start_up_file_is_named(shell):
    wrapper = shell.write("isolated", f'#!/bin/sh\nexec "{sys.executable}" -I "$@"\n')
    wrapper.chmod(0o755)
    shell.write("train.py", "print('hello')")
    told = shell("run", "--python", "./isolated", "train.py")
    assert (told.code, told.out) == (0, "hello\n")
    assert "did not load the start-up file" in told.err


def test_a_full_disk_leaves_the_training_alone(shell):
    shell.environment.pop("PYTHONPATH")
    shell.write("train.py", SICK)
    small = 1 << 17

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (small, small))

    told = shell("run", "train.py", preexec_fn=limit)
    assert (told.code, told.out) == (0, "done\n")
    assert "the recorder failed (OSError" in told.err
    assert "Traceback" not in told.err


def test_every_word_after_the_program_is_the_program_s(shell):
    shell.write("train.py", "import sys; print(sys.argv)")
    told = shell("run", "-q", "--dir", "records", "train.py", "-q", "--dir", "x", "--", "-m", "--help")
    assert told.out == "['train.py', '-q', '--dir', 'x', '--', '-m', '--help']\n"
    told = shell("run", "--quiet", "-m", "train", "--quiet", "-c")
    assert told.out.endswith("train.py', '--quiet', '-c']\n")
    told = shell("run", "--quiet", "--", "train.py", "--", "x")
    assert told.out == "['train.py', '--', 'x']\n"


def test_a_recorder_that_fails_is_named_in_the_answer(shell):
    shell.write("train.py", "import torch; print('trained')")
    told = shell("run", "train.py", "break at open")
    assert (told.code, told.out) == (0, "torch imported\ntrained\n")
    assert "the recorder failed (ValueError: broken on purpose)" in told.err
