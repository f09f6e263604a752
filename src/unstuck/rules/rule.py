"""What a rule is: a frozen dataclass in its own file; its fields are its thresholds, its docstring is its page."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Generic, TypeVar

from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.finding import Confidence, Evidence, Examples, Finding, Place, Remedy, Severity
from unstuck.core.markdown import table
from unstuck.core.outcome import TooLittle as TooLittle

ANY_CAUSE = "any cause"
"""in ``explained_by``: every fired error or warning that is not itself marked so"""

Judged = TypeVar("Judged", bound=View)


def threshold(default: float, *, unit: str, source: str) -> Any:
    """A threshold of a rule: declared once, with its unit and where its value comes from."""
    return field(default=default, metadata={"unit": unit, "source": source})


@dataclass(frozen=True)
class Rule(Generic[Judged]):
    """One fault. Subclasses set the class variables, declare thresholds as fields, and yield findings.

    Everything that the engine must know about a rule stands here: there is no list of rules anywhere else.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    """the most that it may say"""
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView,)
    """what it can judge; ``check`` gets a view of each one that the record holds"""
    explained_by: ClassVar[tuple[str, ...]] = ()
    """codes of the causes under which its findings are folded"""
    needs: ClassVar[tuple[str, ...]] = ()
    """what must be in the record for it to look; names of the view's ``quantities``"""
    figures: ClassVar[tuple[str, ...]] = ()
    """names of the figures that show its evidence (``file.function`` in `unstuck.figures.evidence`), the best first"""
    of_runs: ClassVar[bool] = False
    """a rule on data sets judges data that passed through a training as well"""
    common_in_searches: ClassVar[bool] = False
    """among several trainings of which others learned, its findings are notes: a failed try is no fault"""
    of_first_steps: ClassVar[bool] = False
    """also judges the first steps alone, as `unstuck preflight` makes them: it needs no course of a loss"""
    proves_stuck: ClassVar[bool] = False
    """a finding proves that nothing is learned, however few the steps"""

    def check(self, view: Judged) -> Iterator[Finding]:
        """The findings on one subject: pure, no clock, no file, no random number.

        Raises:
            TooLittle: the record holds too little to judge by.
        """
        raise NotImplementedError

    def finding(
        self,
        message: str,
        *,
        view: View,
        place: Place | None = None,
        used_at: Place | None = None,
        severity: Severity | None = None,
        confidence: Confidence = Confidence.MEASURED,
        first_step: int | None = None,
        evidence: tuple[Evidence, ...] = (),
        examples: Examples | None = None,
        remedies: tuple[Remedy, ...] = (),
    ) -> Finding:
        """A finding of this rule; its severity is the rule's own unless the evidence is weaker."""
        return Finding(
            code=self.code, name=self.name, severity=severity or self.severity, confidence=confidence,
            message=message, place=place or Place(), used_at=used_at, first_step=first_step,
            subject=view.subject, evidence=evidence, examples=examples, remedies=remedies, figures=self.figures,
        )

    @classmethod
    def page(cls, names: Mapping[str, str] | None = None) -> str:
        """The rule's page as Markdown: title, docstring, thresholds.

        Args:
            names: of the rules that there are, by code. Causes that are not among them are rules to come, and left out.
        """
        text = inspect.cleandoc(cls.__doc__ or "")
        rows = [
            (f"`{one.name}`", repr(one.default), one.metadata["unit"], one.metadata["source"]) for one in fields(cls)
        ]
        thresholds = "\n".join(table(("threshold", "default", "unit", "source"), rows)) if rows else ""
        names = {} if names is None else names
        causes = [f"{code} {names[code]}" if code in names else code for code in cls.explained_by]
        causes = [cause for code, cause in zip(cls.explained_by, causes, strict=True) if code in {*names, ANY_CAUSE}]
        explained = f"Explained by: {', '.join(causes)}" if causes else ""
        head = f"# {cls.code} {cls.name}\n\nHighest severity: {cls.severity}"
        return "\n\n".join(part for part in (head, explained, text, thresholds) if part) + "\n"


Rules = Mapping[str, Rule[View] | type[Rule[View]]]
"""rules by their codes; what stands on a rule is asked of the class or of an instance"""
