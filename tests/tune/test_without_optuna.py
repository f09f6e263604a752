"""Without its extra, `unstuck tune` says in one line what to install."""

from __future__ import annotations

import sys

import pytest

import unstuck
from unstuck.cli.main import main

HINT = "Install them: pip install 'unstuck[tune]'."


@pytest.fixture(autouse=True)
def without_optuna(monkeypatch):
    """As in a fresh process: nothing that imports Optuna is there yet."""
    for name in list(sys.modules):
        if name == "optuna" or name.startswith(("optuna.", "unstuck.tune.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "optuna", None)


def test_the_command(tmp_path, monkeypatch, capsys):
    script = tmp_path / "train.py"
    script.write_text("")
    monkeypatch.setattr(sys, "argv", ["unstuck", "tune", str(script), "--set", "lr=1e-3..1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.rstrip().endswith(HINT)
    assert len(said.splitlines()) == 1


def test_the_function():
    with pytest.raises(unstuck.UnstuckError, match="needs Optuna and SciPy"):
        unstuck.tune(lambda hp: 0.0)
