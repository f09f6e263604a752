"""Lists, tensors and sparse matrices as NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.core.errors import UsageError

MOST_DENSE = 1 << 28
"""cells of a sparse matrix that is made dense"""


def as_array(given: object, what: str) -> Array:
    """Anything array-like as an array of at least one dimension.

    Raises:
        UsageError: it is none.
    """
    if type(given).__module__.split(".")[0] == "scipy" and hasattr(given, "toarray"):
        shape = cast("Any", given).shape
        if int(np.prod(shape)) > MOST_DENSE:
            raise UsageError(
                f"{what} is a sparse matrix of {shape[0]} × {shape[1]}, too large to be made dense. Select columns, or "
                "reduce it, for example with sklearn.decomposition.TruncatedSVD."
            )
        return np.asarray(cast("Any", given).toarray())
    if hasattr(given, "detach") and hasattr(given, "cpu"):
        tensor = cast("Any", given).detach().cpu()
        given = (tensor.float() if str(tensor.dtype) in ("torch.bfloat16", "torch.float16") else tensor).numpy()
    if isinstance(given, np.matrix):
        given = np.asarray(given)
    if not isinstance(given, np.ndarray):
        given = _from_sequence(given, what)
    if given.ndim == 0:
        raise UsageError(
            f"{what} is a single value of type {type(given.item()).__name__}. Expected one row for each example: an "
            "array of shape (n, d) or (n, height, width[, channels])."
        )
    return given


def _from_sequence(given: object, what: str) -> Array:
    if isinstance(given, (str, bytes, dict, set, frozenset)) or not hasattr(given, "__len__"):
        raise UsageError(f"{what} of type {type(given).__name__} cannot be read as an array.")
    try:
        made = np.asarray(given)
    except Exception:  # ragged, or a class that refuses
        made = np.empty(len(given), dtype=object)
        made[:] = list(cast("Sequence[object]", given))
    if made.dtype.kind == "U" and any(not isinstance(value, str) for value in _flat(given)):
        made = np.asarray(given, dtype=object)
    return made


def _flat(given: object) -> Iterator[object]:
    for value in cast("Sequence[object]", given):
        if isinstance(value, (list, tuple)):
            yield from value
        else:
            yield value
