"""The figure that a rule names for its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from unstuck.core.subject import SubjectKind

OF_DATA = "data_"
"""how the names of files begin whose figures are of a data set"""
OF_PROBES = "probe_"
"""the same of probes"""
OF_MODELS = "model_"
"""the same of trained models"""
BEGINS: Mapping[SubjectKind, str] = MappingProxyType({
    SubjectKind.DATASET: OF_DATA, SubjectKind.PROBE: OF_PROBES, SubjectKind.MODEL: OF_MODELS,
})  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from unstuck.analysis.data.view import DatasetView
    from unstuck.analysis.model.view import ModelView
    from unstuck.analysis.probe.view import ProbeView
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.evidence_figure import EvidenceFigure

    Judged: TypeAlias = Training | DatasetView | ProbeView | ModelView
    Maker = Callable[[Finding, Any], EvidenceFigure | None]


@cache
def maker(name: str) -> Maker:
    """The function ``file.function`` of this folder."""
    file, function = name.split(".")
    made: Maker = getattr(import_module(f"{__package__}.{file}"), function)
    return made


def evidence_figure(finding: Finding, subject: Judged) -> EvidenceFigure | None:
    """The figure of a finding on a training, on a split of a data set, on what probes measured, or on a model.

    None where the record lacks what it needs, or shows another number than the finding.
    """
    for name in finding.figures:
        if _begin(name) != BEGINS.get(finding.subject.kind, ""):
            continue
        figure = maker(name)(finding, subject)
        if figure is not None and figure.agrees(finding):
            return figure
    return None


def _begin(name: str) -> str:
    return next((begin for begin in BEGINS.values() if name.startswith(begin)), "")
