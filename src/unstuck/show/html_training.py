"""The panels of one training, as values for the templates; a panel without data is None or empty."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from unstuck.core import words
from unstuck.core.figure import Moment
from unstuck.figures.batches import batches
from unstuck.figures.epoch_curves import epoch_changes, epoch_means, rises
from unstuck.figures.examples import examples
from unstuck.figures.gradient_norm import gradient_norm
from unstuck.figures.heat_maps import heat_maps
from unstuck.figures.histograms import histograms
from unstuck.figures.layers import COLUMNS, layer_rows
from unstuck.figures.learning_curve import best_held_out, learning_curve, span
from unstuck.figures.moving_parts import moving_parts
from unstuck.figures.network import network
from unstuck.figures.stretches import stretches
from unstuck.show import svg
from unstuck.show.folding import causes
from unstuck.show.html_figure import LOW, drawn, heat, legend, ridges

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis, TrainingSummary
    from unstuck.figures.layers import LayerRow
    from unstuck.show.source import Sources

MOST_LAYERS = 120
LONGEST_PATH = 32


def training_for_page(
    training: Training, summary: TrainingSummary, diagnosis: Diagnosis, sources: Sources
) -> dict[str, Any]:
    """All panels of one training."""
    return {
        "id": f"t{training.number}",
        "summary": summary,
        "curves": _curves(training, summary, diagnosis),
        "heats": [heat(one) for one in heat_maps(training)],
        "histograms": _histograms(training),
        "network": network_for_page(training, sources),
        "batches": _batches(training),
        "examples": _examples(training),
        **_layers(training),
    }


def _curves(training: Training, summary: TrainingSummary, diagnosis: Diagnosis) -> dict[str, Any]:
    """Two columns on one x axis: each value, and what moves with it; the means of epochs, and their change."""
    moments = _moments(training, diagnosis)
    linear, log = (learning_curve(training, summary, log=scale, moments=moments) for scale in (False, True))
    cut = stretches(training)
    means, changes = (
        [draw(training, cut, log=scale) if cut else None for scale in (False, True)]
        for draw in (epoch_means, epoch_changes)
    )
    moving = moving_parts(training)
    left = [_switched(linear, log)]
    right = [_switched(*means), _switched(*changes, low=True)]
    for figure in (*moving.figures, gradient_norm(training)):
        if figure is not None:  # to the shorter column
            (left if len(left) < len(right) else right).append([("", drawn(figure, *LOW))])
    return {
        "legend": legend(linear),
        "columns": [[figures for figures in column if figures] for column in (left, right)],
        "constant": moving.constant,
        **_said_of_curves(training, moving.unusual),
        "cut": cut,
    }


def _switched(linear: Any, log: Any, *, low: bool = False) -> list[tuple[str, dict[str, Any]]]:
    """Both scales of a figure with the class that shows one of them; one for both where there is no other."""
    sizes = LOW if low else (svg.WIDE, svg.NARROW)
    if linear is None or log is None or not log.curves:
        one = linear or log
        return [("", drawn(one, *sizes))] if one else []
    return [("on-linear", drawn(linear, *sizes)), ("on-log", drawn(log, *sizes))]


def _said_of_curves(training: Training, unusual: tuple[str, ...]) -> dict[str, list[str]]:
    said, odd = [], list(unusual)
    cut = stretches(training)
    best = best_held_out(training)
    low, high = span(training)
    if best is not None:
        where = f"step {words.number(best[0] - low)}"
        if cut is not None and cut.epochs == 1:
            where += f", after epoch {max(1, int((cut.edges[1:] <= best[0]).sum()))}"
        if best[0] >= high - (high - low) * 0.1:
            said.append(f"The held-out loss was best near the end ({where}).")
        else:
            odd.append(f"The held-out loss was best at {where}; what came later did not lower it.")
    rose = rises(training, cut) if cut is not None else ""
    if cut is not None and rose:
        odd.append(f"From one {cut.name} to the next {rose}.")
    return {"said": said, "unusual": odd}


def _moments(training: Training, diagnosis: Diagnosis) -> list[Moment]:
    """Where the causes begin, if that is not the beginning of the training."""
    low, high = span(training)
    begun: dict[int, list[str]] = {}
    for cause in causes(diagnosis.findings):
        finding = cause.ranked.finding
        step = finding.first_step or 0
        if finding.training == training.number and low < step < high:
            begun.setdefault(step, []).append(finding.code)
    return [Moment(x=step - low, label=", ".join(codes)) for step, codes in sorted(begun.items())]


def _histograms(training: Training) -> dict[str, Any] | None:
    layers, more = histograms(training)
    if not layers:
        return None
    return {
        "layers": [
            {
                "layer": one.layer, "parameter": one.parameter, "drawings": [ridges(each) for each in one.drawings],
                "unusual": [sentence for each in one.drawings for sentence in each.unusual],
            }
            for one in layers
        ],
        "more": more,
    }  # fmt: skip


def network_for_page(training: Training, sources: Sources) -> dict[str, Any] | None:
    """The table of the layers; None where no model was seen."""
    found = network(training)
    if found is None:
        return None
    return {
        "table": found,
        "rows": [(row, _where(sources, row.file, row.line)) for row in found.rows],
        "places": any(row.file for row in found.rows),
    }


def _where(sources: Sources, file: str, line: int) -> str:
    """``net.py:12``; of a long path the last two parts."""
    if not file:
        return ""
    shown = sources.shown(file)
    if len(shown) > LONGEST_PATH:
        shown = "…/" + "/".join(PurePath(shown).parts[-2:])
    return f"{shown}:{line}" if line else shown


def _batches(training: Training) -> dict[str, Any] | None:
    found = batches(training)
    if found is None:
        return None
    return {
        "panel": found, "mix": heat(found.mix) if found.mix else None,
        "inputs": [drawn(figure, *LOW) for figure in found.inputs],
    }  # fmt: skip


def _examples(training: Training) -> dict[str, Any] | None:
    found = examples(training)
    return {"panel": found, "spread": drawn(found.spread)} if found else None


def _layers(training: Training) -> dict[str, Any]:
    """The rows, and only those columns in which some layer has a chart."""
    rows = layer_rows(training)[:MOST_LAYERS]
    shown = [at for at in range(len(COLUMNS)) if any(row.charts[at] for row in rows)]
    return {"columns": [COLUMNS[at] for at in shown], "layers": [_layer(row, shown) for row in rows]}


def _layer(row: LayerRow, shown: list[int]) -> dict[str, Any]:
    charts = [
        (Markup(svg.draw_small(chart.figure)), words.measure(chart.last, chart.figure.y.unit))  # noqa: S704
        if chart
        else None
        for chart in (row.charts[at] for at in shown)
    ]
    return {"row": row, "charts": charts}
