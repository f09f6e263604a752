"""What the probes measured, in a line for each question."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from unstuck.analysis.probe.view import ProbeView
from unstuck.core.words import count, duration, number, share
from unstuck.record.events.probe.base import NotProbed
from unstuck.record.events.probe.behaviour import BatchFacts, Modes, SavedAndLoaded
from unstuck.record.events.probe.loss import InitialLoss, Overfit, StandIns
from unstuck.record.events.probe.network import DepthCures, LayerShape, NetworkShape
from unstuck.record.events.probe.rates import BatchSizes, EpochCost, LearningRates
from unstuck.show.facts_table import FactsTable

if TYPE_CHECKING:
    from unstuck.record.events.probe.loss import Fit

FITTED = 0.95
UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
BYTES = ((1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))
MOST_ROWS = 400


def probe_lines(view: ProbeView) -> list[tuple[str, str]]:
    """(what, in words) of everything that was measured."""
    parts: tuple[tuple[str, Callable[[ProbeView], str]], ...] = (
        ("network", _network), ("memory", _memory), ("loss", _loss), ("one batch", _overfit), ("in its place",
        _stand_ins), ("learning rate", _rates), ("schedule", _schedule), ("batch size", _batch_size), ("batches",
        _batches), ("modes", _modes), ("checkpoint", _checkpoint), ("depth", _depth), ("time", _time),
    )  # fmt: skip
    return [(name, text) for name, of in parts if (text := of(view))]


def notes_of(view: ProbeView) -> Iterator[str]:
    """What is to be known of how it was probed, and what could not be measured for a reason of the script's."""
    if view.about is not None:
        yield from view.about.notes
    reasons: dict[str, None] = {}
    for event in view.of(NotProbed):
        if event.why.startswith("a step that can be made again") or event.why.startswith("a loss that comes"):
            reasons[event.why] = None
    for why in reasons:
        yield f"most probes need {why}"


def amount(value: float) -> str:
    """``1.2 M``."""
    for size, name in UNITS:
        if value >= size:
            return f"{number(value / size)} {name}"
    return number(value)


def size(value: float) -> str:
    """``3.4 MB``."""
    for least, name in BYTES:
        if value >= least:
            return f"{number(value / least)} {name}"
    return f"{number(value)} B"


def _network(view: ProbeView) -> str:
    event = view.one(NetworkShape)
    if event is None:
        return ""
    trainable = "" if event.trainable == event.parameters else f" ({amount(event.trainable)} trainable)"
    return (
        f"{count(len(event.layers), 'layer')}, {amount(event.parameters)} parameters{trainable}, "
        f"{amount(event.multiply_adds)} multiply-adds for {count(event.examples, 'example')}"
    )


def _memory(view: ProbeView) -> str:
    event = view.one(NetworkShape)
    if event is None:
        return ""
    return (
        f"weights {size(event.parameter_bytes + event.buffer_bytes)}, gradients {size(event.gradient_bytes)}, "
        "optimiser "
        f"{size(event.optimizer_bytes)}, kept for the backward {size(event.saved_bytes)}"
    )


def _loss(view: ProbeView) -> str:
    event = view.one(InitialLoss)
    if event is None:
        return ""
    known = [] if event.expected is None else [f"knowing nothing {number(event.expected)}"]
    known += [] if event.baseline is None else [f"constant baseline {number(event.baseline)}"]
    return f"{number(event.loss)} before training" + (f" ({', '.join(known)})" if known else "")


def _overfit(view: ProbeView) -> str:
    event = view.one(Overfit)
    if event is None or not event.fits:
        return ""
    best = event.fits[0]
    how = "the own optimiser" if best.name == "own" else f"{best.name} at {number(best.rate or math.nan)}"
    if (best.fell or 0.0) >= FITTED:
        return f"{count(event.examples, 'example')} fitted in {count(len(best.losses), 'step')} by {how}"
    return (
        f"{count(event.examples, 'example')}: {share(max(0.0, best.fell or 0.0))} of the baseline loss removed in "
        f"{count(len(best.losses), 'step')} by {how}"
    )


def _stand_ins(view: ProbeView) -> str:
    event = view.one(StandIns)
    if event is None:
        return ""

    def said(fit: Fit) -> str:
        return f"{fit.name} {share(max(0.0, fit.fell or 0.0))}"

    return f"of the baseline loss on {count(event.examples, 'example')} is removed: {', '.join(map(said, event.fits))}"


def _rates(view: ProbeView) -> str:
    event = view.one(LearningRates)
    if event is None:
        return ""
    parts = [f"own {number(event.own)}"]
    if event.suggestion is not None:
        parts.append(f"suggested {_rounded(event.suggestion)}")
    else:
        parts.append(f"none of {count(len(event.trials), 'short training')} lowered the loss")
    parts.append(f"largest that does not explode {_rounded(event.largest)}" if event.largest is not None else
                 f"none explodes up to {_rounded(event.rates[-1])}")  # fmt: skip
    if event.suggestion is not None and event.own_trial is not None and event.best_trial is not None:
        parts.append(f"loss of short trainings: own {number(event.own_trial)}, suggested {number(event.best_trial)}")
    return "; ".join(parts)


def _rounded(rate: float) -> str:
    return number(float(f"{rate:.2g}"))


def _schedule(view: ProbeView) -> str:
    event = view.one(LearningRates)
    return "" if event is None or not event.advice else f"{event.advice} (a rule of thumb)"


def _batch_size(view: ProbeView) -> str:
    event = view.one(BatchSizes)
    if event is None:
        return ""
    parts = [f"own {event.own}"]
    if event.smallest is not None:
        parts.append(f"from {event.smallest} on an epoch takes at most twice as long as at best")
    if event.noise_scale is not None:
        parts.append(f"gradient noise scale {number(float(f'{event.noise_scale:.2g}'))} before training")
    if event.largest is not None:
        parts.append(f"about {amount(float(f'{event.largest:.1g}'))} fit into memory")
    return "; ".join(parts)


def _batches(view: ProbeView) -> str:
    event = view.one(BatchFacts)
    if event is None:
        return ""
    parts = ["all the same" if event.identical else "differ"]
    if event.shuffles is not None:
        parts.append("shuffled" if event.shuffles else "in the order of the data")
    if event.classes:
        present = [sum(number > 0 for number in row) for row in event.classes]
        parts.append(f"{min(present)} to {max(present)} of {event.all_classes} classes each")
    return f"{count(event.batches, 'batch', 'batches')} of {event.examples}: {', '.join(parts)}"


def _modes(view: ProbeView) -> str:
    event = view.one(Modes)
    if event is None:
        return ""
    by = f" ({', '.join(event.explained[:3])}{', …' if len(event.explained) > 3 else ''})" if event.explained else ""
    between = f"outputs change by {share(event.change)} from training to evaluation mode{by}" if event.change else (
        "the same in training and evaluation mode"
    )
    alone = "" if event.single is None else (
        "; alone as in a batch" if event.single < 1e-4 else f"; alone they change by {share(event.single)}"
    )
    return f"{between}{alone}"


def _checkpoint(view: ProbeView) -> str:
    event = view.one(SavedAndLoaded)
    if event is None or event.error or event.lost or event.change > 1e-4:
        return ""
    return f"saved and loaded, the network answers the same, and {count(event.steps, 'step')} go on where it was"


def _depth(view: ProbeView) -> str:
    event = view.one(DepthCures)
    if event is None:
        return ""
    ranking = ", ".join(f"{trial.name} {number(trial.last_loss)}" for trial in event.trials)
    return f"loss after {count(event.steps, 'step')}: {ranking}"


def _time(view: ProbeView) -> str:
    event = view.one(EpochCost)
    if event is None:
        return ""
    parts = [f"{duration(float(f'{event.step_seconds:.2g}'))} for a step"]
    if event.epoch_seconds is not None and event.steps:
        parts.append(f"an epoch of {count(event.steps, 'step')} about {duration(float(f'{event.epoch_seconds:.2g}'))}")
    if event.run_seconds is not None and event.epochs:
        parts.append(f"{count(event.epochs, 'epoch')} about {duration(float(f'{event.run_seconds:.2g}'))}")
    if event.memory_bytes is not None:
        parts.append(f"memory {size(event.memory_bytes)}")
    return ", ".join(parts)


LAYER_HEAD = ("layer", "class", "input", "output", "parameters", "multiply-adds", "output memory")


def layer_table(view: ProbeView) -> FactsTable | None:
    """The layers in the order of their calls."""
    event = view.one(NetworkShape)
    if event is None or not event.layers:
        return None
    rows = tuple(_layer(layer) for layer in event.layers[:MOST_ROWS])
    total = (
        "all", "", "", "", amount(event.parameters), amount(event.multiply_adds), size(event.activation_bytes),
    )  # fmt: skip
    return FactsTable(
        title=f"Layers ({count(event.examples, 'example')})", head=LAYER_HEAD, rows=(*rows, total),
        num_left_out=max(0, len(event.layers) - MOST_ROWS), row_noun="layer",
    )


def _layer(layer: LayerShape) -> tuple[str, ...]:
    return (
        layer.name, layer.class_name, _shape(layer.input), _shape(layer.output),
        amount(layer.parameters) if layer.parameters else "",
        amount(layer.multiply_adds) if layer.multiply_adds else "", size(layer.output_bytes),
    )  # fmt: skip


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def signal_table(view: ProbeView) -> FactsTable | None:
    """Signal and gradient of each layer."""
    from unstuck.record.events.probe.network import Signals

    event = view.one(Signals)
    if event is None or not event.layers:
        return None

    def said(value: float | None) -> str:
        return "" if value is None else number(value)

    rows = tuple(
        (
            layer.name, layer.activation or ("output" if layer.last else ""), said(layer.input_scale),
            said(layer.output_spread), said(layer.example_spread), said(layer.weight_gradient),
            "" if layer.inactive is None else share(layer.inactive),
            "" if layer.fitting_spread is None or layer.weight_spread is None else
            f"{number(layer.weight_spread / layer.fitting_spread)} × {layer.fitting}",
        )
        for layer in event.layers[:MOST_ROWS]
    )  # fmt: skip
    head = ("layer", "activation", "input scale", "output spread", "between examples", "gradient norm",
            "inactive units", "weights")  # fmt: skip
    return FactsTable(title="Signals before training", head=head, rows=rows,
                      num_left_out=max(0, len(event.layers) - MOST_ROWS), row_noun="layer")  # fmt: skip
