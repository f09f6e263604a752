"""The latent code of a variational autoencoder: where it is drawn, what it holds, and what the terms of the loss weigh.

The code is *mean + spread × noise* (Kingma and Welling 2014). The term KL(code ‖ standard normal) bounds what the code
says about its input, in nats.  S = sampled steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.head import learned_inputs
from unstuck.analysis.run.training import Track, Training
from unstuck.core.vocabulary import PARAMETRIC, PASS_THROUGH

Array = np.ndarray[Any, Any]

MEAN = 1.0
"""what ``reduction`` of a loss operation is, where it averages"""
RECONSTRUCTIONS = frozenset(
    {"binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "l1_loss", "smooth_l1_loss"}
)
LEAST_STEPS = 3
ELBO_WEIGHT = 0.5
"""weight of exp(log-variance) in the KL term of one example"""


@dataclass(frozen=True, slots=True)
class Terms:
    """The two terms of the loss, as the graph shows them."""

    weight: float | None = None
    """weight of the KL term / weight of the reconstruction error, 1 in the evidence lower bound; None where the graph
    does not show it"""
    values: int = 1
    """values of one example over which the reconstruction error is averaged; 1 where it is summed"""
    file: str | None = None
    line: int | None = None
    """where the reconstruction error is made"""


@dataclass(frozen=True, slots=True)
class LatentCode:
    """A code that is drawn at random around what an encoder gives."""

    mean_layer: str
    spread_layer: str
    units: int
    step: Array
    """(S,)"""
    nats: Array
    """(S,) KL term of an example: at least what the code says about the input"""
    file: str | None
    line: int | None
    """where it is drawn"""
    terms: Terms

    @property
    def late(self) -> Array:
        """The KL term in the last third of the run, at least in the last three sampled steps: these become rarer."""
        third = int((self.step >= self.step[0] + 2 / 3 * (self.step[-1] - self.step[0])).sum())
        late: Array = self.nats[-max(third, LEAST_STEPS) :]
        return late

    @property
    def at_end(self) -> float:
        """Its median there."""
        return float(np.median(self.late))


@fact
def latent_code_of(training: Training) -> LatentCode | None:
    """The code of the first graph that draws one from layers whose outputs were summarised."""
    tracks = {track.place.layer: track for track in training.tracked("output")}
    for graph in training.graphs:
        for drawn, mean, spread, halved in _draws(graph):
            at, scale = graph.nodes[mean].layer, graph.nodes[spread].layer
            if at is None or scale is None or at == scale or at not in tracks or scale not in tracks:
                continue
            shape = graph.nodes[mean].shape or ()
            if len(shape) < 2 or not _has_term(graph, mean, drawn):
                continue
            step, nats = _nats(tracks[at], tracks[scale], 1.0 if halved else 2.0)
            if not len(step):
                continue
            units = math.prod(shape[1:])
            node = graph.nodes[drawn]
            return LatentCode(at, scale, units, step, nats * units, node.file, node.line, _terms(graph, spread))
    return None


def _draws(graph: Graph) -> Iterator[tuple[int, int, int, bool]]:
    """Each sum ``mean + exp(spread) × noise``: its position, that of the mean, of the spread, and whether it is halved.

    A halved spread is a logarithm of the variance, another one of the standard deviation.
    """
    for position, node in enumerate(graph.nodes):
        inputs = learned_inputs(node)
        if node.op != "add" or len(inputs) != 2:
            continue
        for mean, noisy in (inputs, inputs[::-1]):
            product = graph.nodes[noisy]
            if product.op != "mul" or len(product.inputs) != 2 or product.inputs.count(None) != 1:
                continue
            below = learned_inputs(product)[0]
            if graph.nodes[below].op != "exp" or "factor" in product.settings:
                continue
            exponent = learned_inputs(graph.nodes[below])
            if not exponent:
                continue
            halved = _is_half(graph.nodes[exponent[0]])
            spread = learned_inputs(graph.nodes[exponent[0]])[0] if halved else exponent[0]
            if graph.nodes[mean].shape == graph.nodes[spread].shape == node.shape:
                yield position, mean, spread, halved


def _is_half(node: Node) -> bool:
    factor = node.settings.get("factor")
    return (node.op == "mul" and factor == 0.5) or (node.op == "div" and factor == 2.0)


def _has_term(graph: Graph, mean: int, drawn: int) -> bool:
    """Whether the mean is used otherwise than to draw the code: in a term that holds it near the standard normal."""
    return any(
        mean in learned_inputs(node) and node.op in ("pow", "mul", "square", "sub", "div")
        for position, node in enumerate(graph.nodes) if position != drawn
    )


def _nats(mean: Track, spread: Track, factor: float) -> tuple[Array, Array]:
    """(S,) steps and KL term of one unit, by the mean and standard deviation of what the two layers give.

    The logarithm of the variance is taken as normally distributed; of constant variances it is exact.
    """
    step, mine, its = np.intersect1d(mean.step, spread.step, return_indices=True)
    centre, around = mean["mean"][mine], mean["std"][mine]
    log, wide = factor * spread["mean"][its], factor * spread["std"][its]
    with np.errstate(over="ignore"):
        nats = 0.5 * (centre**2 + around**2 + np.exp(log + wide**2 / 2) - 1 - log)
    known = np.isfinite(nats)
    return step[known], nats[known]


def _terms(graph: Graph, spread: int) -> Terms:
    """Weight of the KL term for one of the reconstruction, and the values that the latter is averaged over."""
    term = reconstruction = None
    found = Terms()
    for position, weight in reached_with_weights(graph):
        node = graph.nodes[position]
        if _is_variance(graph, position, spread):
            term = abs(weight)
        output = next((graph.nodes[below] for below in learned_inputs(node)), None)
        reduction = node.settings.get("reduction")
        if node.op in RECONSTRUCTIONS and output is not None and output.shape and reduction is not None:
            examples, each = output.shape[0], math.prod(output.shape[1:])
            averaged = reduction == MEAN
            reconstruction = abs(weight) / (examples * each if averaged else 1.0)
            found = Terms(values=each if averaged else 1, file=node.file, line=node.line)
    if not term or not reconstruction:
        return found
    return replace(found, weight=term / ELBO_WEIGHT / reconstruction)


def _is_variance(graph: Graph, position: int, spread: int) -> bool:
    """Whether it is exp(log-variance), exp(2 × log of the standard deviation) or the square of exp(that)."""
    node, below = graph.nodes[position], learned_inputs(graph.nodes[position])
    if node.op in ("pow", "square") and len(below) == 1 and graph.nodes[below[0]].op == "exp":
        return learned_inputs(graph.nodes[below[0]]) == (spread,)
    if node.op != "exp" or len(below) != 1:
        return False
    inner = graph.nodes[below[0]]
    return below[0] == spread or (inner.op == "mul" and learned_inputs(inner) == (spread,))


def reached_with_weights(graph: Graph) -> Iterator[tuple[int, float]]:
    """Every operation that the loss is a weighted sum of, with the weight of each of its elements.

    The walk goes through sums, differences, means and products with constants, and ends at all other operations.
    """
    waiting, seen = [(0, 1.0)], set()
    while waiting:
        position, weight = waiting.pop()
        if position in seen:
            continue
        seen.add(position)
        node = graph.nodes[position]
        yield position, weight
        below = learned_inputs(node)
        factor = node.settings.get("factor")
        if node.op in ("add", "sub") and node.op not in PARAMETRIC:
            signs = [1.0, -1.0 if node.op == "sub" else 1.0]
            positions = list(node.inputs) + [None] * (2 - len(node.inputs))
            waiting += [(at, weight * sign) for at, sign in zip(positions, signs, strict=False) if at is not None]
        elif node.op in ("sum", "neg", *PASS_THROUGH) and len(below) == 1:
            waiting.append((below[0], -weight if node.op == "neg" else weight))
        elif node.op == "mean" and len(below) == 1:
            inside, outside = (math.prod(one.shape or ()) for one in (graph.nodes[below[0]], node))
            waiting.append((below[0], weight * outside / inside if inside else weight))
        elif node.op in ("mul", "div") and len(below) == 1 and factor:
            waiting.append((below[0], weight * factor if node.op == "mul" else weight / factor))
