"""How often each class occurs."""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import ClassBalance

MOST_CLASSES = 100


def class_balance(split: int, codes: Array, classes: tuple[str, ...]) -> ClassBalance:
    """The counts of the classes of one split.

    Args:
        split: its id.
        codes: (n,) classes, -1 where the label is missing.
        classes: names of the classes.

    Raises:
        TooLittle: no example has a label.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(classes))
    order = [int(code) for code in np.argsort(-counts, kind="stable") if counts[code]]
    if not order:
        raise TooLittle("examples with a label")
    shown = order[:MOST_CLASSES]
    return ClassBalance(
        split=split, classes=tuple(classes[code] for code in shown), counts=tuple(int(counts[code]) for code in shown),
        number=len(order), labelled=int(counts.sum()), rarest=classes[order[-1]], rarest_count=int(counts[order[-1]]),
    )  # fmt: skip
