"""Whether the columns of a table are one series: neighbouring columns are alike, distant ones are not.

Shapes: *n* examples, *d* columns.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.sample import Sample

LEAST_COLUMNS = 100
"""of fewer numbers a dense network is the simplest"""
ALIKE = 0.3
"""mean correlation of neighbouring columns, at the least"""
TIMES = 3.0
"""that of columns that are far apart"""
MOST_ROWS = 2000


def is_series(sample: Sample) -> bool:
    """Of columns of numbers in the order of the source."""
    if len(sample.columns) < LEAST_COLUMNS:
        return False
    x = np.stack([column.values[:MOST_ROWS] for column in sample.columns], axis=1)
    x = np.where(np.isfinite(x), x, np.nanmean(np.where(np.isfinite(x), x, np.nan), axis=0))
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    if x.shape[1] < LEAST_COLUMNS:
        return False
    near = float(np.mean(x[:, 1:] * x[:, :-1]))
    half = x.shape[1] // 2
    far = abs(float(np.mean(x[:, half:] * x[:, : x.shape[1] - half])))
    return near >= ALIKE and near > TIMES * far
