"""Surrogate losses of policy gradients, by their graph: their sign and size mean nothing, their gradient does."""

from __future__ import annotations

import math

from unstuck.analysis.run.graph import Graph, Node

MOVES = frozenset({"neg", "squeeze", "view", "unsqueeze", "stack", "cat", "select", "sum", "reshape", "expand"})
CHOOSING = frozenset({"gather", "index", "stack", "cat", "squeeze"})
LOGARITHMS = frozenset({"log_softmax", "log", "logsumexp"})
DEPTH = 6
"""operations between the choice and its logarithm, at most"""


def is_policy(graph: Graph) -> bool:
    """The logarithm of what was chosen times a constant, or the ratio of two probabilities times a constant."""
    if any(_weighs_choice(graph, node) or _weighs_ratio(graph, node) for node in graph.nodes):
        return True
    return _has_signed_choices(graph)


def _weighs_choice(graph: Graph, node: Node) -> bool:
    """A vector of log-probabilities times a constant vector: the advantages."""
    if node.op != "mul" or None not in node.inputs or not node.shape or math.prod(node.shape) < 2:
        return False
    return _is_chosen_logarithm(graph, node)


def _is_chosen_logarithm(graph: Graph, node: Node) -> bool:
    at = _data(node)
    for _ in range(4):
        if at is None:
            return False
        below = graph.nodes[at]
        if below.op in CHOOSING - {"squeeze"} and _takes_logarithm(graph, at):
            return True
        if below.op not in MOVES:
            return False
        at = _data(below)
    return False


def _has_signed_choices(graph: Graph) -> bool:
    """Single log-probabilities, each times a number of its own, of either sign: one for each move of an episode."""
    factors = {
        node.settings["factor"] for node in graph.nodes
        if node.op == "mul" and None in node.inputs and "factor" in (node.settings or {})
        and _is_chosen_logarithm(graph, node)
    }  # fmt: skip
    return len(factors) > 2 and min(factors) < 0 < max(factors)


def _weighs_ratio(graph: Graph, node: Node) -> bool:
    """exp(log-probability - what it was) times a constant vector."""
    if node.op != "mul" or None not in node.inputs or not node.shape or math.prod(node.shape) < 2:
        return False
    at = _data(node)
    while at is not None and graph.nodes[at].op in MOVES | {"clamp"}:
        at = _data(graph.nodes[at])
    if at is None or graph.nodes[at].op != "exp":
        return False
    below = _data(graph.nodes[at])
    while below is not None and graph.nodes[below].op in MOVES | {"clamp"}:
        below = _data(graph.nodes[below])
    return below is not None and graph.nodes[below].op == "sub" and None in graph.nodes[below].inputs


def _data(node: Node) -> int | None:
    return next((one for one in node.inputs if one is not None), None)


def _takes_logarithm(graph: Graph, at: int) -> bool:
    seen = [at]
    for _ in range(DEPTH):
        seen = [one for before in seen for one in graph.nodes[before].inputs if one is not None]
        if any(graph.nodes[one].op in LOGARITHMS for one in seen):
            return True
    return False
