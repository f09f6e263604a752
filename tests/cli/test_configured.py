"""The configuration on the command line: ``--select``, ``--ignore``, ``[tool.unstuck]``, comments, ``--fail-on``."""

from __future__ import annotations

import json

import pytest

SICK = """
    import torch
    from torch import nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1)){comment}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs, labels = torch.randn(64, 4), torch.randint(0, 3, (64,))
    for step in range(100):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
"""


@pytest.fixture
def trained(shell):
    shell.environment.pop("PYTHONPATH")
    return shell


def test_options_and_file_choose_the_rules(trained):
    trained.write("train.py", SICK.format(comment=""))
    told = trained("run", "--ignore", "CRV,DAT", "--select", "LOS,CRV101", "--json", "a.json", "train.py")
    answer = json.loads((trained.folder / "a.json").read_text())
    assert "configuration: " in told.err
    judged = {code for kind in ("fired", "passed") for code in answer["rules"][kind]}
    judged |= {one["code"] for one in answer["rules"]["skipped"]}
    assert {code[:3] for code in judged} == {"LOS"}
    assert "CRV101" in answer["rules"]["left_out"]
    assert answer["configuration"]["select"] == ["LOS", "CRV101"]

    trained.write("pyproject.toml", '[tool.unstuck]\nignore = ["LOS"]\n[tool.unstuck.rules.OPT101]\nsteps = 150\n')
    shown = trained("show")
    assert "error[LOS101]" not in shown.out
    assert "configuration (pyproject.toml): " in shown.out
    assert "OPT101.steps = 150" in shown.out
    assert "error[LOS101]" in trained("show", "--ignore", "OPT101").out


def test_what_a_comment_allows_is_no_failure(trained):
    trained.write("train.py", SICK.format(comment="  # unstuck: allow=LOS101"))
    told = trained("run", "--fail-on", "error", "--select", "LOS", "train.py")
    assert told.code == 0
    assert "error[LOS101]" not in told.err
    assert "1 finding allowed by a comment (LOS101, train.py:5)" in " ".join(told.err.split())


@pytest.mark.parametrize("words", [("run", "train.py"), ("run", "--quiet", "train.py"), ("rules",)])
def test_a_wrong_file_is_refused_before_the_program_runs(shell, words):
    shell.write("train.py", "print('ran')")
    shell.write("unstuck.toml", 'plugins = ["no.such"]')
    told = shell(*words)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("unstuck: ")
    assert "unstuck.toml: plugins: expected a module" in told.err
    assert told.err.count("\n") == 1


def test_a_wrong_option_is_refused_before_the_program_runs(shell):
    shell.write("train.py", "print('ran')")
    told = shell("run", "--select", "LOS999", "train.py")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("unstuck: --select: expected the code or name of a rule or a family, got 'LOS999'.")
