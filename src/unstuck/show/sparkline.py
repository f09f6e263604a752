"""A curve in one line of text."""

from __future__ import annotations

from typing import Any

import numpy as np

_BARS = "▁▂▃▄▅▆▇█"
NOT_A_NUMBER = "×"

Array = np.ndarray[Any, Any]


def spark(values: Array, columns: int) -> str:
    """The means of ``columns`` equal stretches as bars; a stretch with a non-finite value is marked.

    The bars stand on zero unless there are negative values, so that a curve that hardly falls looks flat.
    """
    if not len(values):
        return ""
    edges = np.linspace(0, len(values), min(columns, len(values)) + 1).astype(int)[:-1]
    size = np.diff(np.append(edges, len(values)))
    with np.errstate(all="ignore"):
        means = np.add.reduceat(values, edges) / size
        whole = np.isfinite(means)
        if not whole.any():
            return NOT_A_NUMBER * len(edges)
        low, high = min(0.0, means[whole].min()), means[whole].max()
        height = (means - low) / (high - low) if high > low else np.full(len(means), 0.5)
    steps = (np.clip(np.nan_to_num(height), 0, 1) * (len(_BARS) - 1)).round().astype(int)
    return "".join(_BARS[step] if ok else NOT_A_NUMBER for step, ok in zip(steps, whole, strict=True))
