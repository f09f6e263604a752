"""The panels of one training as values for the templates; a panel without data is None or empty."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from unstuck.core import words
from unstuck.core.figure import Moment
from unstuck.figures.batches import batches
from unstuck.figures.epoch_curves import epoch_changes, epoch_means, rises
from unstuck.figures.epochs import epochs_of
from unstuck.figures.example_losses import example_losses
from unstuck.figures.gradient_norm import gradient_norm
from unstuck.figures.heat_maps import heat_maps
from unstuck.figures.histograms import histograms
from unstuck.figures.hyper_parameters import hyper_parameters
from unstuck.figures.layers import COLUMNS, layer_rows
from unstuck.figures.learning_curve import best_held_out, learning_curve, span
from unstuck.figures.network import network
from unstuck.show import svg
from unstuck.show.folding import causes
from unstuck.show.html_figure import LOW, drawn, heat, legend, ridges

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis, TrainingSummary
    from unstuck.core.figure import Figure
    from unstuck.figures.epochs import Epochs
    from unstuck.figures.layers import LayerRow
    from unstuck.show.source import Sources

MOST_LAYERS = 120
LONGEST_PATH = 32
NEAR_THE_END = 0.1
"""share of the steps"""


def training_for_page(
    training: Training, summary: TrainingSummary, diagnosis: Diagnosis, sources: Sources
) -> dict[str, Any]:
    """All panels of one training."""
    return {
        "id": f"t{training.number}",
        "summary": summary,
        "curves": _curves(training, summary, diagnosis),
        "heats": [heat(heat_map) for heat_map in heat_maps(training)],
        "histograms": _histograms(training),
        "network": network_for_page(training, sources),
        "batches": _batches(training),
        "example_losses": _example_losses(training),
        **_layers(training),
    }


def _curves(training: Training, summary: TrainingSummary, diagnosis: Diagnosis) -> dict[str, Any]:
    """Two columns on one x axis: losses and hyper-parameters; the means of epochs, and their changes."""
    moments = _moments(training, diagnosis)
    linear, log = (learning_curve(training, summary, log=scale, moments=moments) for scale in (False, True))
    epochs = epochs_of(training)
    means, changes = (
        [draw(training, epochs, log=scale) if epochs else None for scale in (False, True)]
        for draw in (epoch_means, epoch_changes)
    )
    parameters = hyper_parameters(training)
    left = [_switched(linear, log)]
    right = [_switched(*means), _switched(*changes, low=True)]
    for figure in (*parameters.figures, gradient_norm(training)):
        if figure is not None:  # to the shorter column
            (left if len(left) < len(right) else right).append([("", drawn(figure, *LOW))])
    return {
        "legend": legend(linear),
        "columns": [[figures for figures in column if figures] for column in (left, right)],
        "constant": parameters.constant,
        **_sentences(training, epochs, parameters.remarks),
        "epochs": epochs,
    }


def _switched(linear: Figure | None, log: Figure | None, *, low: bool = False) -> list[tuple[str, dict[str, Any]]]:
    """Both scales of a figure with the class that shows one of them; one for both where there is no other."""
    sizes = LOW if low else (svg.WIDE, svg.NARROW)
    if linear is None or log is None or not log.curves:
        only = linear or log
        return [("", drawn(only, *sizes))] if only else []
    return [("on-linear", drawn(linear, *sizes)), ("on-log", drawn(log, *sizes))]


def _sentences(training: Training, epochs: Epochs | None, remarks: tuple[str, ...]) -> dict[str, list[str]]:
    """Notes on the held-out loss and on rising losses; ``remarks`` are those that are unusual."""
    notes, unusual = [], list(remarks)
    best = best_held_out(training)
    low, high = span(training)
    if best is not None:
        where = f"step {words.number(best[0] - low)}"
        if epochs is not None and epochs.per_part == 1:
            where += f", after epoch {max(1, int((epochs.edges[1:] <= best[0]).sum()))}"
        if best[0] >= high - (high - low) * NEAR_THE_END:
            notes.append(f"The held-out loss was lowest near the end ({where}).")
        else:
            unusual.append(f"The held-out loss was lowest at {where}, and not lower later.")
    rose = rises(training, epochs) if epochs is not None else ""
    if epochs is not None and rose:
        unusual.append(f"From one {epochs.name} to the next {rose}.")
    return {"notes": notes, "remarks": unusual}


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
                "layer": layer.layer, "parameter": layer.parameter,
                "drawings": [ridges(drawing) for drawing in layer.drawings],
                "remarks": [remark for drawing in layer.drawings for remark in drawing.remarks],
            }
            for layer in layers
        ],
        "more": more,
    }  # fmt: skip


def network_for_page(training: Training, sources: Sources) -> dict[str, Any] | None:
    """The table of the layers; None where no model was seen."""
    table = network(training)
    if table is None:
        return None
    return {
        "table": table,
        "rows": [(row, _where(sources, row.file, row.line)) for row in table.rows],
        "places": any(row.file for row in table.rows),
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
    panel = batches(training)
    if panel is None:
        return None
    return {
        "panel": panel, "mix": heat(panel.mix) if panel.mix else None,
        "inputs": [drawn(figure, *LOW) for figure in panel.inputs],
    }  # fmt: skip


def _example_losses(training: Training) -> dict[str, Any] | None:
    panel = example_losses(training)
    return {"panel": panel, "spread": drawn(panel.spread)} if panel else None


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
