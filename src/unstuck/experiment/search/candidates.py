"""What to try on a run: the remedies of its findings, and where it is stuck and no rule is sure, the standard panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.core.finding import Severity
from unstuck.core.subject import SubjectKind
from unstuck.experiment.interventions.building_blocks.registry import all_named, load
from unstuck.experiment.search.settings import HARDLY_LEARNED, LIKELIEST, LOW_RISK, NOT_LEARNED

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention

DOUBTED = ("DAT103", "DAT104", "DAT106", "SPL101")
"""findings that list examples by which nothing should be judged: wrong labels, broken, leaked"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One change to try, and the findings whose remedy it is."""

    intervention: Intervention
    codes: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Of its intervention."""
        return self.intervention.title


def candidates(diagnosis: Diagnosis, learned: float | None = None) -> tuple[Candidate, ...]:
    """The remedies of the findings in their order; behind them the panel, where the run has not learned.

    Args:
        diagnosis: of the run.
        learned: the share of the baseline loss that the run took away, where it is known; beside an alarm a small one
            is as good as none, whatever the shape of the curve.
    """
    found: dict[Intervention, Candidate] = {}
    for candidate in of_findings(diagnosis):
        known = found.get(candidate.intervention)
        found[candidate.intervention] = candidate if known is None else merged(known, candidate)
    alarmed = any(one.lengthens == 1 for one in found)  # of a run that was too short there is no other fault to find
    if diagnosis.verdict in NOT_LEARNED or (alarmed and learned is not None and learned < HARDLY_LEARNED):
        for one in panel():
            found.setdefault(one, Candidate(intervention=one))
    return tuple(found.values())


def of_findings(diagnosis: Diagnosis) -> Iterator[Candidate]:
    """For each remedy of each alarm, the interventions that carry it out."""
    for ranked in diagnosis.findings:
        finding = ranked.finding
        if finding.severity is Severity.INFO:
            continue
        for remedy in finding.remedies:
            for kind in load().values():
                for one in kind.carrying_out(remedy.name, finding):
                    yield Candidate(intervention=one, codes=(finding.code,), remedies=(remedy.name,))


def left_out(diagnosis: Diagnosis) -> dict[str, frozenset[int]]:
    """Held-out rows whose labels or inputs findings doubt, by the name of the data: nobody is judged by them."""
    found: dict[str, frozenset[int]] = {}
    for ranked in diagnosis.findings:
        finding = ranked.finding
        held_out = finding.subject.kind is SubjectKind.DATASET and finding.subject.number > 0
        if held_out and finding.code in DOUBTED and finding.examples and finding.place.split:
            rows = frozenset(finding.examples.indices)
            found[finding.place.split] = found.get(finding.place.split, frozenset()) | rows
    return found


def panel() -> Iterator[Intervention]:
    """The standard panel: every intervention in the settings that it proposes, the likeliest cures first.

    Where the budget is small, those at its end are not tried.
    """
    kinds = load()
    assert {*LIKELIEST, *LOW_RISK} <= set(kinds)
    for name in (*LIKELIEST, *(name for name in kinds if name not in LIKELIEST)):
        yield from kinds[name].proposed()


def merged(one: Candidate, other: Candidate) -> Candidate:
    """One candidate for the same change asked for twice."""
    return replace(
        one, codes=tuple(dict.fromkeys(one.codes + other.codes)),
        remedies=tuple(dict.fromkeys(one.remedies + other.remedies)),
    )  # fmt: skip


def chosen(remedies: Sequence[str | Candidate]) -> tuple[Candidate, ...]:
    """The candidates of ``NAME`` or ``NAME=VALUE``, each once.

    Raises:
        UsageError: there is no such remedy, or it cannot be set so.
    """
    if isinstance(remedies, str):
        raise UsageError(f"remedies must be a list of names. Got the text {remedies!r}.")
    found: list[Candidate] = []
    for one in remedies:
        found += [Candidate(intervention=kind) for kind in all_named(one)] if isinstance(one, str) else [one]
    return tuple(dict.fromkeys(found))
