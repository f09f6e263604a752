"""Attention maps of any network: which position looks at which, head by head."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from unstuck.core.errors import UsageError
from unstuck.core.heat_map import HeatMap
from unstuck.evaluate.inside.attention_taps import Noted, Taps, slow_path
from unstuck.evaluate.inside.seen import Layers, called, looking
from unstuck.figures.model.grids import grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionMap:
    """The attention of one layer for one example; H heads, L queries, S keys."""

    layer: str
    """its name in the network; ``""`` where the network itself computes it"""
    kind: str
    """how it is computed"""
    weights: Array  # (H, L, S)
    queries: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def mean(self) -> Array:  # (L, S)
        """Over the heads."""
        return np.asarray(self.weights.mean(axis=0))

    def figure(self, head: int | None = None) -> HeatMap:
        """One head, or their mean: a row for each position that looks, a column for each that is looked at."""
        some = self.mean if head is None else self.weights[head]
        of = "" if len(self.weights) == 1 else ", mean of the heads" if head is None else f", head {head}"
        return grid(
            some, self.queries, self.keys, title=f"Attention of {self.layer or 'the network'}{of}", scale="weight",
            x="looked at", low=0.0, high=1.0,
        )  # fmt: skip

    def plot(self, head: int | None = None, ax: Axes | None = None) -> Axes:
        """The same with matplotlib."""
        from unstuck.show.matplotlib_grid import draw_grid

        return draw_grid(self.figure(head), ax)

    def as_image(self, query: int | None = None) -> Array | None:  # (H, side, side)
        """Where an image is looked at, if the keys are the patches of a square, with or without a class token.

        Args:
            query: position that looks; by default the class token, else the mean of all positions.
        """
        count = len(self.keys)
        side = int(np.sqrt(count))
        extra = 0 if side * side == count else 1
        side = int(np.sqrt(count - extra))
        if side < 2 or side * side + extra != count:
            return None
        if query is None:
            rows = self.weights[:, 0] if extra and self.weights.shape[1] == count else self.weights.mean(axis=1)
        else:
            rows = self.weights[:, query]
        return np.asarray(rows[:, extra:].reshape(len(rows), side, side))


def attention_maps(
    model: Any, inputs: Any, *, queries: Sequence[str] | None = None, keys: Sequence[str] | None = None,
    example: int = 0, call: Callable[[Any], object] | None = None,
) -> tuple[AttentionMap, ...]:  # fmt: skip
    """The attention of every layer for one example, in the order of computation.

    `nn.MultiheadAttention` (also where it returns no weights), `scaled_dot_product_attention`, models of transformers,
    and attention written by hand: a softmax whose result is multiplied with something. A layer that is called once for
    each position, as in a recurrent decoder, gives one map with a row for each call.

    Args:
        model: the network.
        inputs: a batch, as the network takes it.
        queries: words of the positions that look.
        keys: words of the positions that are looked at; by default those of ``queries`` where the lengths agree.
        example: its position in the batch.
        call: what to do with the network instead of ``model(inputs)``, such as ``lambda model: model.generate(x)``.

    Raises:
        UsageError: it has no attention, or is no torch module.
    """
    layers = Layers()
    with looking(model) as network, torch.no_grad(), slow_path(), layers.of(network), Taps(layers) as taps:
        if call is None:
            called(network, inputs)
        else:
            call(network)
    if not taps.noted:
        raise UsageError(
            "No attention was seen: no nn.MultiheadAttention, no scaled_dot_product_attention, and no softmax whose "
            "result is multiplied with something. Compiled and scripted networks show none: give the original one."
        )
    return tuple(_named(one, example, queries, keys) for one in _joined(taps.noted))


def _joined(noted: Sequence[Noted]) -> Iterator[Noted]:
    """Calls of one layer for one position each become one, in the place of the first."""
    done: set[tuple[str, str]] = set()
    for one in noted:
        known = (one.layer, one.kind)
        if one.weights.shape[2] > 1:
            yield one
        elif known not in done:
            done.add(known)
            calls = [two.weights for two in noted if (two.layer, two.kind) == known and two.weights.shape[2] == 1]
            calls = [call for call in calls if call.shape[:2] == one.weights.shape[:2]]
            most = max(call.shape[3] for call in calls)
            padded = [torch.nn.functional.pad(call, (0, most - call.shape[3])) for call in calls]
            yield Noted(one.layer, one.kind, torch.cat(padded, dim=2))


def _named(one: Noted, example: int, queries: Sequence[str] | None, keys: Sequence[str] | None) -> AttentionMap:
    weights = one.weights[example % len(one.weights)].numpy()
    rows, columns = weights.shape[1:]
    return AttentionMap(
        layer=one.layer, kind=one.kind, weights=weights, queries=_names(rows, queries, keys),
        keys=_names(columns, keys, queries),
    )  # fmt: skip


def _names(count: int, *known: Sequence[str] | None) -> tuple[str, ...]:
    """The first names of the right number; else positions."""
    found = next((names for names in known if names is not None and len(names) == count), None)
    return tuple(map(str, found if found is not None else range(count)))
