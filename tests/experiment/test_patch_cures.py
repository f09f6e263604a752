"""The patch of a sick script, applied: the rule that asked for it no longer fires."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from unstuck.experiment.answer_patches import patches

RULES = Path(__file__).parent.parent / "rules"


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs the program `patch`")
@pytest.mark.parametrize(
    "program",
    [
        "LOP101/sick", "LOS101/sick",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("OPT105/sick", "LOP101/sick_once_an_epoch", "LOS101/sick_method", "LOS102/sick")
        ),
    ],
)  # fmt: skip
def test_the_patched_script_is_cured(warm, tmp_path, program):
    code = program.split("/")[0]
    script = tmp_path / "train.py"
    shutil.copy(RULES / f"{program}.py", script)
    ran = warm.run(script, tmp_path / "sick")
    before = ran.diagnose()
    found = patches(before, ran.record)
    ranks = [ranked.rank for ranked in before.findings if ranked.finding.code == code]
    patch = next(patch for (rank, _), patch in found.items() if rank in ranks)
    subprocess.run(["patch", str(script)], input=patch, text=True, check=True, capture_output=True)
    after = warm.run(script, tmp_path / "cured")
    assert after.returncode == 0
    assert code not in [ranked.finding.code for ranked in after.diagnose().findings]
