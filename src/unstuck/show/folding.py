"""The findings as a reader takes them in: each cause with its consequences folded under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.diagnosis import Ranked


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding that nothing else explains, and what it explains."""

    ranked: Ranked
    consequences: tuple[Ranked, ...]


def causes(findings: Sequence[Ranked]) -> tuple[Cause, ...]:
    """The causes in the order of their rank; a consequence without its cause stands for itself."""
    ordered = sorted(findings, key=lambda ranked: ranked.rank)
    roots: dict[int, Ranked] = {id(ranked): _root(ranked, ordered) for ranked in ordered}
    return tuple(
        Cause(
            ranked,
            tuple(other for other in ordered if roots[id(other)] is ranked and other is not ranked),
        )
        for ranked in ordered
        if roots[id(ranked)] is ranked
    )


def _root(ranked: Ranked, findings: Sequence[Ranked]) -> Ranked:
    """Follow the explanations to the one that has none; of a circle, the one that ranks first."""
    path = [ranked]
    while path[-1].explained_by is not None:
        cause = _explaining(path[-1], findings)
        if cause is None:
            break
        at = next((n for n, other in enumerate(path) if other is cause), None)
        if at is not None:
            return min(path[at:], key=lambda other: other.rank)
        path.append(cause)
    return path[-1]


def _explaining(ranked: Ranked, findings: Sequence[Ranked]) -> Ranked | None:
    """The finding with the explaining code, on the same subject where there is one."""
    named = [other for other in findings if other.finding.code == ranked.explained_by]
    same = [other for other in named if other.finding.subject == ranked.finding.subject]
    return next(iter(same or named), None)
