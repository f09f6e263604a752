"""Losses that measure no progress are known by their graph; losses that do are not taken for them."""

from __future__ import annotations

import pytest

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.surrogate import is_policy


def graph(*nodes: Node) -> Graph:
    return Graph(step=0, series=0, training=0, truncated=False, nodes=nodes)


def node(op: str, *inputs: int | None, shape: tuple[int, ...] = (64,), **settings: float) -> Node:
    return Node(op=op, inputs=inputs, shape=shape, settings=settings)


def moves(*factors: float) -> Graph:
    """The sum over the moves of an episode of -log p times a number."""
    n = len(factors)
    return graph(
        node("sum", 1, shape=()), node("stack", *range(2, 2 + n), shape=(n,)),
        *(node("mul", 2 + n, None, shape=(), factor=factor) for factor in factors),
        node("neg", 3 + n, shape=()), node("squeeze", 4 + n, shape=()), node("gather", 5 + n, shape=(1,)),
        node("log_softmax", None, shape=(2,)),
    )  # fmt: skip


RATIO = graph(
    node("mean", 1, shape=()), node("mul", None, 2), node("clamp", 3), node("exp", 4), node("sub", 5, None),
    node("squeeze", 6), node("gather", 7), node("log_softmax", None, shape=(64, 2)),
)  # fmt: skip
SQUARES = graph(node("mean", 1, shape=()), node("pow", 2, exponent=2.0), node("sub", 3, None), node("addmm", None))
SOFTMAX_BY_HAND = graph(
    node("mean", 1, shape=()), node("neg", 2), node("log", 3), node("div", 4, 5), node("exp", 6), node("sum", 4),
    node("sub", 7, None), node("addmm", None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "policy"),
    [
        (moves(1.5, 0.3, -0.4), True),
        (moves(1.0, 1.0, 1.0), False),
        (RATIO, True),
        (SQUARES, False),
        (SOFTMAX_BY_HAND, False),
    ],
    ids=["advantages of either sign", "weights of one sign", "ratio of probabilities", "squares", "softmax by hand"],
)
def test_a_surrogate_is_known_by_its_graph(loss, policy):
    assert is_policy(loss) is policy
