"""What cannot be checked before training is refused in one line, and no record is left."""

from __future__ import annotations

import sys

import pytest

from unstuck.cli.before_run import checked
from unstuck.core.errors import LaunchError, UsageError
from unstuck.preflight.script import preflight_script
from unstuck.preflight.settings import PreflightSettings
from unstuck.watch.target import parse


@pytest.mark.slow
@pytest.mark.parametrize(("text", "said"), [
    ("import torch\nprint(torch.zeros(1))\n", "made no training step"),
    ("import torch\nraise ValueError('no data')\n", "ValueError: no data"),
    ("import torch\nfor x in range(3)\n    pass\n", "SyntaxError"),
], ids=["never trains", "raises", "is no Python"])  # fmt: skip
def test_is_refused_in_one_line(text, said, tmp_path):
    script, base = tmp_path / "train.py", tmp_path / "records"
    script.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said) as refused:
        preflight_script(parse([str(script)]), sys.executable, base, PreflightSettings(budget=2.0), lambda *_: None)
    assert "\n" not in str(refused.value)
    assert not base.exists() or not list(base.iterdir())


def test_an_interpreter_that_is_not_there_is_named(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("print(1)\n", encoding="utf-8")
    with pytest.raises(LaunchError, match="There is no interpreter /nowhere/python"):
        checked([str(script)], PreflightSettings(), "/nowhere/python", tmp_path, None)
