"""The run halves of the rules on data: a script that trains on sick data, and its twin that trains on sound data.

Each ``rules/<CODE>/sick_run.py`` says in its text which rows or columns are at fault; what must be found stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from unstuck.core.finding import Finding, Severity
from unstuck.core.outcome import Broke
from unstuck.testing.warm import Warm

HERE = Path(__file__).parent
Expectation = Callable[[Finding], bool]


def rows(finding: Finding) -> Sequence[int]:
    assert finding.examples is not None
    return finding.examples.indices


def value(finding: Finding, key: str) -> float:
    found = finding.measured(key).value
    assert found is not None
    return found


def most_are_every_tenth(finding: Finding) -> bool:
    """60 of 600 labels are wrong: precision 0.85, recall 0.6, share within 30 %."""
    right = sum(row % 10 == 0 for row in rows(finding))
    return right >= 0.85 * len(rows(finding)) and right >= 0.6 * 60 and abs(value(finding, "noise_share") - 0.1) <= 0.03


EXPECTED: dict[str, tuple[str, Expectation]] = {
    "DAT103": ("training data", most_are_every_tenth),
    "DAT104": ("training data", lambda found: set(rows(found)) == {*range(10), *range(600, 610)}),
    "DAT107": ("training data", lambda found: found.place.column == "column 2" and len(rows(found)) == 30),
    "DAT115": ("training data", lambda found: "labels are 2 rows after" in found.message),
    "DAT118": ("training data", lambda found: found.place.column == "column 5"),
    "SCL104": ("X_test", lambda found: found.message.startswith("6 of 6 columns")),
    "SPL101": ("X_test", lambda found: set(rows(found)) == set(range(30))),
    "SPL102": ("X_test", lambda found: found.place.column == "column 2"),
    "SPL106": ("", lambda found: value(found, "rows") == 20),
    "SPL109": ("test", lambda found: found.examples is not None and found.examples.count > 100),
}
"""code → name of the split, and what its finding must say"""


def test_every_script_is_expected():
    """A twin for each, and no script that nothing is said of."""
    for name in ("sick", "healthy"):
        assert {path.parent.name for path in HERE.glob(f"*/{name}_run.py")} == set(EXPECTED)


@pytest.mark.parametrize("code", EXPECTED)
def test_sick_data_of_a_run_are_named_first(warm: Warm, tmp_path: Path, code: str):
    ran = warm.run(HERE / code / "sick_run.py", tmp_path / "record", examine=True)
    assert ran.returncode == 0, ran.stderr
    diagnosis = ran.diagnose()
    assert not [outcome for outcome in diagnosis.outcomes if isinstance(outcome, Broke)]
    first = diagnosis.findings[0].finding
    assert first.code == code, [one.finding.message for one in diagnosis.findings]
    split, expected = EXPECTED[code]
    assert not split or first.subject.name == split
    assert expected(first), (first.message, first.evidence, first.examples)


@pytest.mark.parametrize("code", EXPECTED)
def test_sound_data_of_a_run_raise_no_alarm(warm: Warm, tmp_path: Path, code: str):
    ran = warm.run(HERE / code / "healthy_run.py", tmp_path / "record", examine=True)
    assert ran.returncode == 0, ran.stderr
    diagnosis = ran.diagnose()
    assert not [outcome for outcome in diagnosis.outcomes if isinstance(outcome, Broke)]
    alarms = [one.finding for one in diagnosis.findings if one.finding.severity is not Severity.INFO]
    assert not alarms, [finding.message for finding in alarms]
    assert any(outcome.code == code for outcome in diagnosis.outcomes)
