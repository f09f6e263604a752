"""The first line: why does it not learn, in one sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath

from unstuck.core.diagnosis import Ranked, TrainingSummary, Verdict
from unstuck.core.finding import Severity
from unstuck.record.reader import Record

_HOW = {
    Verdict.STUCK: "The network does not learn",
    Verdict.DIVERGED: "The training diverged",
    Verdict.LEARNING: "The network learns, and was still improving",
    Verdict.LEARNED: "The network learned",
    Verdict.TOO_SHORT: "The run was too short to be judged",
    Verdict.NO_TRAINING: "No training was seen: nothing called backward",
}


def answer(
    record: Record, verdict: Verdict, findings: Sequence[Ranked], summaries: Sequence[TrainingSummary]
) -> str:
    """One sentence: the standing, then the first cause with its place."""
    how = _HOW[verdict]
    alarms = [r for r in findings if r.finding.severity is not Severity.INFO and r.explained_by is None]
    if not alarms:
        return f"{how}{_numbers(summaries)}; no fault was found."
    first = alarms[0].finding
    where = ""
    if first.place.file is not None:
        where = f" ({PurePath(first.place.file).name}:{first.place.line})"
    more = f", and {len(alarms) - 1} more" if len(alarms) > 1 else ""
    joint = "because" if verdict in (Verdict.STUCK, Verdict.DIVERGED) else "but"
    return f"{how}, {joint} {first.message} [{first.code}]{where}{more}."


def _numbers(summaries: Sequence[TrainingSummary]) -> str:
    if len(summaries) != 1:
        return f" ({len(summaries)} trainings)" if summaries else ""
    one = summaries[0]
    if not math.isfinite(one.last_loss):
        return ""
    told = f": loss {one.first_loss:.4g} → {one.last_loss:.4g} in {one.steps} steps"
    return told + (f", {one.trivial_loss:.4g} for {one.trivial_answer}" if one.trivial_loss is not None else "")
