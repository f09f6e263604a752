"""What the page shows of a preflight: a line for each question, and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.probe.view import probe_views
from unstuck.figures.evidence import probe_layers, probe_loss
from unstuck.record.manifest import RecordKind
from unstuck.show.html_evidence import drawn_evidence
from unstuck.show.probe_words import notes_of, probe_lines

if TYPE_CHECKING:
    from unstuck.analysis.probe.view import ProbeView
    from unstuck.record.reader import Record

MAKERS = (
    probe_loss.initial, probe_layers.activations, probe_layers.gradients, probe_layers.initialisation, probe_loss.fits,
    probe_loss.stand_ins, probe_loss.rates, probe_loss.batch_sizes, probe_layers.cures,
)  # fmt: skip


def probes_for_page(record: Record) -> dict[str, Any] | None:
    """The values of ``panels/probes.html``; None for a record of something else."""
    if record.manifest.kind is not RecordKind.PROBE:
        return None
    (view,) = probe_views(record)
    return {"lines": probe_lines(view), "notes": list(notes_of(view)), "figures": list(_figures(view))}


def _figures(view: ProbeView) -> list[dict[str, Any]]:
    found = [figure for maker in MAKERS if (figure := maker(None, view)) is not None]
    drawn = [drawn_evidence(one.figure, one.sentence) for one in found]
    return drawn + [drawn_evidence(figure, figure.description) for figure in probe_layers.cure_figures(view)]
