"""What simple models reach on the data that a run's script names, where it was recorded beside the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.fact import fact
from unstuck.record.baselines import Baseline, baseline_for
from unstuck.record.manifest import RecordKind
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from unstuck.record.reader import Record


@fact
def baseline_of_run(record: Record) -> Baseline | None:
    """The newest baseline of data that the script or its arguments name; None for a record that is no run."""
    manifest, target = record.manifest, record.manifest.target
    if manifest.kind is not RecordKind.RUN or target is None:
        return None
    script = Sources.of(record).text(target.path) if target.path else target.what
    return baseline_for(record.path.parent, "\n".join([script or "", *manifest.argv]))


def in_words(baseline: Baseline) -> str:
    """One line for every form of the answer."""
    return f"{baseline.sentence} [{baseline.record}]"
