"""The figure that a rule names for its evidence."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from unstuck.core.subject import SubjectKind

OF_DATA = "data_"
"""how the names of files begin whose figures are of a data set"""

if TYPE_CHECKING:
    from collections.abc import Callable

    from unstuck.analysis.data.view import DatasetView
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.evidence_figure import EvidenceFigure

    Judged: TypeAlias = Training | DatasetView
    Maker = Callable[[Finding, Any], EvidenceFigure | None]


@cache
def maker(name: str) -> Maker:
    """The function ``file.function`` of this folder."""
    file, function = name.split(".")
    made: Maker = getattr(import_module(f"{__package__}.{file}"), function)
    return made


def evidence_figure(finding: Finding, subject: Judged) -> EvidenceFigure | None:
    """The figure of a finding on a training, or on a split of a data set.

    None where the record lacks what it needs, or shows another number than the finding.
    """
    for name in finding.figures:
        if name.startswith(OF_DATA) is not (finding.subject.kind is SubjectKind.DATASET):
            continue
        figure = maker(name)(finding, subject)
        if figure is not None and figure.agrees(finding):
            return figure
    return None
