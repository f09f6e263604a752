from __future__ import annotations

from pathlib import Path

import pytest

from unstuck.core.finding import Confidence, Evidence, Finding, Severity
from unstuck.experiment.interventions.building_blocks.registry import load
from unstuck.experiment.interventions.zero_grad import ZeroGrad


def finding(*evidence):
    return Finding(code="OPT101", name="learning-rate-too-low", severity=Severity.WARNING,
                   confidence=Confidence.MEASURED, message="", evidence=evidence)  # fmt: skip


def titles(remedy, *evidence):
    return [one.title for kind in load().values() for one in kind.carrying_out(remedy, finding(*evidence))]


@pytest.mark.parametrize(
    ("remedy", "title"),
    [("call-step", "update-weights"), ("call-backward", "update-weights"), ("zero-grad-first", "update-weights"),
     ("update-in-place", "update-weights"), ("set-learning-rate", "set-learning-rate"), ("thaw", "thaw"),
     ("shuffle", "shuffle"), ("optimise-all-parameters", "optimise-all-parameters"),
     ("register-layers", "optimise-all-parameters"), ("optimise-the-network-in-use", "optimise-all-parameters")],
)  # fmt: skip
def test_remedies_are_carried_out(remedy, title):
    assert title in titles(remedy)
    rules = Path(__file__).parents[3] / "src" / "unstuck" / "rules"
    assert any(f'name="{remedy}"' in file.read_text(encoding="utf-8") for file in rules.rglob("*.py"))


@pytest.mark.parametrize(
    ("remedy", "factor", "wanted"),
    [("raise-learning-rate", 1000.0, (1000, 100)), ("raise-learning-rate", 10.0, (10, 100)),
     ("lower-learning-rate", 100.0, (0.01, 0.1)), ("lower-learning-rate", None, (0.01, 0.1)),
     ("raise-learning-rate", None, (100, 10))],
)  # fmt: skip
def test_the_factor_that_the_finding_names(remedy, factor, wanted):
    named = [Evidence(key="rate_factor", label="factor", value=factor)] if factor else []
    expected = [f"learning-rate × {one:g}" for one in wanted]
    assert titles(remedy, *named) == [*expected, "learning-rate-range"]


def test_the_panel_is_small():
    mine = ("optimiser", "clip-gradients", "no-clipping", "weight-decay", "schedule", "batch-size", "shuffle", "thaw",
            "full-precision", "update-weights", "optimise-all-parameters", "learning-rate-range",
            "set-learning-rate")  # fmt: skip
    proposed = [one for name in mine for one in load()[name].proposed()]
    assert len({one.title for one in proposed}) == len(proposed) <= 13
    assert sum(not one.prompt for one in proposed) <= 3


CLEARS = """
w = nn.Parameter(torch.ones(2))
o = torch.optim.SGD([w], lr=0.1)
for i in range(10):
    {before}
    for part in range({parts}):
        w.pow(2).sum().backward()
    o.step()
    {after}
print(w[0].item())
"""


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("parts", [1, 3])
def test_gradients_that_the_script_clears_itself_leave_nothing_to_clear(play, place, parts):
    clears = {"before": "", "after": "", place: "o.zero_grad()"}
    without, out = play(CLEARS.format(parts=parts, **clears)), play(CLEARS.format(parts=parts, **clears), ZeroGrad())
    assert out.applied == [{}]
    assert out.printed == without.printed


@pytest.mark.parametrize("parts", [1, 3])
def test_gradients_that_nobody_clears_are_cleared_as_the_script_should(play, parts):
    right = play(CLEARS.format(parts=parts, before="o.zero_grad()", after=""))
    out = play(CLEARS.format(parts=parts, before="", after=""), ZeroGrad())
    assert out.printed == right.printed
    assert out.applied[0]
