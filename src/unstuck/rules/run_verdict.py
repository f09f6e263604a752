"""The verdict on a run, and what belongs to no single rule: how it ended, what was not seen, what watching cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from unstuck.analysis.run.status import TrainingStatus
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import GOOD, Ended, Verdict
from unstuck.core.finding import Finding
from unstuck.record import events
from unstuck.record.damage import damage
from unstuck.record.reader import Record
from unstuck.rules.searches import backward_line

_GRAVITY = (Verdict.DIVERGED, Verdict.STUCK, Verdict.LEARNING, Verdict.LEARNED, Verdict.TOO_SHORT)


def final_status(view: TrainingView, findings: Sequence[Finding], proving: Collection[str]) -> TrainingStatus:
    """The training status; *stuck* where a rule proved that nothing is learned, however few the steps."""
    proved = any(finding.subject == view.subject and finding.code in proving for finding in findings)
    if proved and view.status.verdict is Verdict.TOO_SHORT:
        return replace(view.status, verdict=Verdict.STUCK)
    return view.status


def overall(statuses: Mapping[TrainingView, TrainingStatus]) -> Verdict:
    """The gravest verdict among trainings; of a search that of its good tries; too short where there is no other."""
    groups: dict[object, list[Verdict]] = {}
    for number, (view, status) in enumerate(statuses.items()):
        groups.setdefault(backward_line(view) or number, []).append(status.verdict)
    counted = []
    for verdicts in groups.values():
        counted += [verdict for verdict in verdicts if verdict in GOOD] or verdicts
    return next((grave for grave in _GRAVITY if grave in counted), Verdict.NO_TRAINING)


def ended(record: Record) -> Ended:
    """How the program ended, by the manifest; killed where nobody could say and it is gone."""
    if record.running:
        return Ended.RUNNING
    try:
        return Ended(record.manifest.ended or Ended.KILLED)
    except ValueError:
        return Ended.KILLED


def not_seen(record: Record) -> tuple[str, ...]:
    """What the recorder says that it could not see."""
    notes = [f"the record is damaged: {sentence}" for sentence in damage(record)]
    notes += [note.text for part in record.parts for note in part.of(events.Note)]
    notes += [f"recording stopped: {failure.error}" for part in record.parts for failure in part.of(events.Failure)]
    for failure in record.manifest.failures:
        notes.append(f"the recorder failed ({failure.error}); the program continued without being recorded")
    return tuple(dict.fromkeys(notes))


def overhead(record: Record) -> dict[str, float]:
    """What watching cost, as measured while watching. Seconds of CPU time."""
    part = record.main
    if part is None or not part.of(events.SampledStep):
        return {}
    spent = [step.cost for step in part.of(events.SampledStep)]
    seconds = float(part.timeline["time"][-1]) if len(part.timeline) else 0.0
    cost = {"windows": float(len(spent)), "windows_seconds": sum(spent), "seconds": seconds}
    if seconds > 0:
        cost["share"] = sum(spent) / seconds
    return cost
