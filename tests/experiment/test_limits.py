"""A branch ends at its last step, to the step: control and treatment are compared over as much training."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from unstuck.analysis.run.training import trainings
from unstuck.experiment import interventions
from unstuck.experiment.branch.branches import Branches, Limits
from unstuck.experiment.branch.origin import Origin
from unstuck.experiment.branch.server import IN_BRANCHES
from unstuck.experiment.interventions.building_blocks.registry import named
from unstuck.experiment.search.repeatability import first_difference
from unstuck.experiment.search.settings import LOW_RISK

SCRIPT = """
import torch
torch.manual_seed(0)
model, x = torch.nn.Linear(4, 1), torch.randn(32, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(100_000):
    optimizer.zero_grad()
    loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
    loss.backward()
    optimizer.step()
"""


OTHERS = ("cross-entropy-for-classes", "register-layers", "scale-targets", "learning-rate-range", "same-shape")
linux = pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="branches need Linux namespaces")


@linux
def test_branches_end_at_their_last_step(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    origin = Origin("script", str(script), (), str(tmp_path), sys.executable, {})
    (tmp_path / "branches").mkdir()
    with Branches(origin, tmp_path / "branches", 1) as branches:
        branches.ready()
        first, second = (branches.run((), 0, Limits(steps=337, seconds=60)) for _ in range(2))
        changed = branches.run((named("learning-rate=3"),), 0, Limits(steps=337, seconds=60))
    for branch in (first, second, changed):
        assert branch.ended == "steps", branch
        (training,) = trainings(branch.record)
        assert training.loss is not None
        assert len(training.loss.value) == 337
    assert first_difference(first, second) is None
    assert first_difference(first, changed) == 1


@linux
def test_as_many_changes_at_once_as_a_search_may_make_fit_into_a_name(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    origin = Origin("script", str(script), (), str(tmp_path), sys.executable, {})
    changes = [*map(named, LOW_RISK), *map(named, OTHERS)]
    assert len("+".join(one.name for one in changes)) > 255
    with Branches(origin, tmp_path, 1) as branches:
        branches.ready()
        assert branches.run(tuple(changes), 0, Limits(steps=5, seconds=60)).ended == "steps"


def test_the_warm_process_loads_nothing_of_the_judging_side():
    code = (
        "import sys; from unstuck.experiment.branch.server import _prepare; _prepare(); "
        "print([m for m in sys.modules if m.split('.')[0] in ('rich', 'jinja2', 'typer') "
        "or m.startswith(('unstuck.show', 'unstuck.rules', 'unstuck.experiment.search'))])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_what_interventions_import_as_they_are_installed_is_loaded_before():
    imported = {
        node.module.removeprefix("unstuck.experiment.")
        for path in Path(interventions.__path__[0]).glob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unstuck.experiment.")
    }  # fmt: skip
    assert imported <= {*IN_BRANCHES, "interventions.building_blocks.intervention"}
