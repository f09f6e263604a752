"""The layers in the order of the network, and what to do with hundreds of them.  R = rows, S = steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.figures.by_layer import Values

Array = np.ndarray[Any, Any]
MOST_ROWS = 32
"""more layers than this are folded into blocks"""
FEWEST_ROWS = 8
"""fewer blocks than this would hide too much"""


def in_network_order(training: Training, names: Sequence[str]) -> list[str]:
    """As the model lists its modules; what is no module stands after the module that its name begins with."""
    position: dict[str, float] = {name: float(at) for at, name in enumerate(training.modules)}
    for at, name in enumerate(training.modules):  # what a module with parts gives comes after them
        for head in _heads(name):
            if head in position:
                position[head] = at + 0.25
    keys: dict[str, tuple[float, int]] = {}
    last = -1.0
    for seen, name in enumerate(names):
        known = position.get(name)
        if known is None:
            owner = next((head for head in _heads(name) if head in position), None)
            known = position[owner] + 0.5 if owner else last
        last = known
        keys[name] = (last, seen)
    return sorted(keys, key=lambda name: keys[name])


def _heads(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]


def folded(names: Sequence[str], most: int = MOST_ROWS) -> dict[str, list[str]]:
    """Row → its layers: each for itself where they are few, else the blocks of the longest common names that fit.

    Where there are too many blocks of one depth and too few of the next, neighbouring blocks share a row.
    """
    if len(names) <= most:
        return {name: [name] for name in names}
    finer = {name: [name] for name in names}
    for parts in range(max(name.count(".") for name in names), 0, -1):
        blocks = _by_head(names, parts)
        if FEWEST_ROWS <= len(blocks) <= most:
            return {_block(head, mine): mine for head, mine in blocks.items()}
        if len(blocks) < FEWEST_ROWS:
            break
        finer = blocks
    size = -(-len(finer) // most)
    heads = list(finer)
    runs = [heads[at : at + size] for at in range(0, len(heads), size)]
    return {
        run[0] if len(run) == 1 else f"{run[0]} … {run[-1]}": [name for head in run for name in finer[head]]
        for run in runs
    }


def _by_head(names: Sequence[str], parts: int) -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for name in names:
        blocks.setdefault(".".join(name.split(".")[:parts]), []).append(name)
    return blocks


def _block(head: str, layers: list[str]) -> str:
    return layers[0] if len(layers) == 1 else f"{head} ({len(layers)} layers)"


def medians(values: Values, layers: Sequence[str]) -> tuple[Array, Array]:
    """The median over the layers of one row at each step; what is not a number in one of them stays so."""
    mine = [values[layer] for layer in layers if layer in values]
    if len(mine) == 1:
        return mine[0]
    steps = np.unique(np.concatenate([at for at, _ in mine])) if mine else np.array([])
    table = np.full((len(mine), len(steps)), np.nan)  # (R, S)
    broken = np.zeros(len(steps), bool)
    for row, (at, y) in zip(table, mine, strict=True):
        where = np.searchsorted(steps, at)
        row[where] = y
        broken[where[~np.isfinite(y)]] = True
    if not len(steps):
        return steps, steps
    middle = np.nanmedian(np.where(broken, 0.0, table), axis=0)
    return steps, np.where(broken, np.nan, middle)


def folding_in_words(rows: Mapping[str, Sequence[str]]) -> str:
    """What a row stands for, where it is not one layer."""
    layers = sum(len(mine) for mine in rows.values())
    return f"{layers} layers are folded into {len(rows)} rows; a colour is the median of its row." if (
        layers > len(rows)
    ) else ""
