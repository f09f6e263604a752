"""Rules that judge before the first step: each fires on its sick program in a preflight, and not on the healthy one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import unstuck
from unstuck.analysis.probe.view import ProbeView
from unstuck.core.outcome import Broke
from unstuck.preflight.settings import BUDGET, PreflightSettings
from unstuck.rules.registry import load
from unstuck.testing.warm_preflight import WarmPreflight

HERE = Path(__file__).parent
RULES = HERE.parent / "rules"
SCRIPTS = (
    "ARC103", "ARC107", "ARC113", "LOS101", "LOS102", "LOS103", "LOS104", "LOS105", "LOS106", "LOS107", "LOS108",
    "OPT101", "OPT102", "OPT110", "SYS102",
)  # fmt: skip
"""their programs train, so a preflight of the script must find it"""
BUILT = (
    "ARC106", "ARC108", "ARC110", "ARC115", "DAT117", "INI101", "INI102", "INI103", "INI104", "INI105", "INI106",
    "LOP113", "LOS111", "NUM104",
)  # fmt: skip
"""their programs call `unstuck.preflight`; ``tests/rules/test_catalogue.py`` builds and judges them"""
HERE_BELOW = ("DAT118",)
"""its programs are of data that is audited; the missing causal mask is tried here"""
NOT_BEFORE = ("ARC114", "DAT119", "OPT109")
"""marked as judged by a preflight in the plan of rules, and not so; ``docs/preflight.md`` says why"""
SAMPLE = ("OPT102",)
"""what the default tests run"""


@pytest.fixture(scope="module")
def process():
    with WarmPreflight() as started:
        yield started


def fired_by(process: WarmPreflight, program: Path, folder: Path, budget: float = 6.0) -> set[str]:
    """The codes of a preflight of a script; no rule breaks."""
    diagnosis = process.run(program, folder, PreflightSettings(budget=budget)).answer().diagnosis
    assert not [one for one in diagnosis.outcomes if isinstance(one, Broke)]
    return {ranked.finding.code for ranked in diagnosis.findings}


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=[] if code in SAMPLE else [pytest.mark.slow]) for code in SCRIPTS]
)
def test_fires_on_the_sick_script_alone(code, process, tmp_path):
    budget = 6.0 if code in SAMPLE else BUDGET
    assert code in fired_by(process, RULES / code / "sick.py", tmp_path / "sick", budget)
    assert code not in fired_by(process, RULES / code / "healthy.py", tmp_path / "healthy", budget)


@pytest.mark.slow
def test_two_units_before_ten_classes_say_nothing_yet(process, tmp_path):
    assert "ARC107" not in fired_by(process, RULES / "ARC107" / "healthy_two_units.py", tmp_path)


class Reader(nn.Module):
    """Predicts the next token, and sees it where no mask hides it."""

    def __init__(self, masked: bool) -> None:
        super().__init__()
        self.embed, self.head, self.masked = nn.Embedding(20, 16), nn.Linear(16, 20), masked
        self.body = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1]) if self.masked else None
        return self.head(self.body(self.embed(x), src_mask=mask)).transpose(1, 2)


@pytest.mark.parametrize("masked", [False, True])
def test_a_missing_causal_mask_is_named(masked, tmp_path):
    torch.manual_seed(0)
    network, text = Reader(masked), torch.randint(0, 20, (16, 9))
    run = unstuck.preflight(
        network, nn.CrossEntropyLoss(), torch.optim.Adam(network.parameters()), [(text[:, :-1], text[:, 1:])],
        only=["dependence"], dir=tmp_path,
    )  # fmt: skip
    codes = [ranked.finding.code for ranked in run.answer().diagnosis.findings]
    assert codes == ([] if masked else ["DAT118"])


def test_every_rule_on_probes_stands_in_the_table():
    judging = {code for code, rule in load().items() if ProbeView in rule.subjects}
    assert judging <= {*SCRIPTS, *BUILT, *HERE_BELOW}


def test_why_a_rule_does_not_judge_before_training_is_told():
    text = (HERE.parents[1] / "docs" / "preflight.md").read_text(encoding="utf-8")
    assert [code for code in NOT_BEFORE if code not in text] == []
