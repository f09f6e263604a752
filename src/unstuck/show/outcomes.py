"""The outcomes of the rules, counted and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.core.outcome import Allowed, Broke, Fired, Passed, Skipped
from unstuck.core.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The kinds apart, each in order of the codes."""

    fired: tuple[str, ...]
    passed: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    broke: tuple[Broke, ...]
    allowed: tuple[str, ...] = ()

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Outcomes:
        """Sort the outcomes of one diagnosis."""
        ordered = sorted(outcomes, key=lambda outcome: outcome.code)
        return cls(
            tuple(outcome.code for outcome in ordered if isinstance(outcome, Fired)),
            tuple(outcome.code for outcome in ordered if isinstance(outcome, Passed)),
            tuple(outcome for outcome in ordered if isinstance(outcome, Skipped)),
            tuple(outcome for outcome in ordered if isinstance(outcome, Broke)),
            tuple(outcome.code for outcome in ordered if isinstance(outcome, Allowed)),
        )

    def skipped_by_need(self) -> dict[str, list[Skipped]]:
        """What was missing → the rules that were skipped without it."""
        by_need: dict[str, list[Skipped]] = {}
        for skipped in self.skipped:
            by_need.setdefault(", ".join(skipped.missing) or "something that was not recorded", []).append(skipped)
        return by_need

    def sentence(self, most_needs: int | None = None, subjects: str = "trainings") -> str:
        """``33 rules: 3 fired, 27 passed, 3 skipped: needs …``; where all passed ``33 rules passed``.

        Args:
            most_needs: how many reasons are named; all by default.
            subjects: what the rules judged.
        """
        total = len(self.fired) + len(self.passed) + len(self.skipped) + len(self.broke) + len(self.allowed)
        if len(self.passed) == total:
            return f"{count(total, 'rule')} passed"
        kinds = (("fired", self.fired), ("passed", self.passed))
        counts = [f"{len(codes)} {kind}" for kind, codes in kinds if codes]
        if self.allowed:
            counts.append(f"{len(self.allowed)} allowed by comments ({', '.join(self.allowed)})")
        if self.broke:
            errors = ", ".join(f"{broke.code}: {broke.error}" for broke in self.broke)
            counts.append(f"{len(self.broke)} failed with an error, which is a defect of unstuck ({errors})")
        if self.skipped:
            partly = sum(skipped.passed > 0 for skipped in self.skipped)
            where = f" ({partly} of them in some {subjects} only)" if partly else ""
            missing = dict.fromkeys(name for skipped in self.skipped for name in skipped.missing)
            named = list(missing)[:most_needs]
            more = f" and {len(missing) - len(named)} more" if len(named) < len(missing) else ""
            separator = "; " if any("," in name for name in named) else ", "
            needs = f": needs {separator.join(named)}{more}" if missing else ""
            counts.append(f"{len(self.skipped)} skipped{where}{needs}")
        return f"{count(total, 'rule')}: {', '.join(counts)}"
