"""Houses of many years: every column has several values."""

from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split
from unstuck.testing import synthetic


def record(path):
    return synthetic.data_record(
        path,
        [Split(id=0, name="train", source="train.csv", rows=1000, target="price")],
        [
            ColumnProfile(split=0, name="rooms", count=1000, distinct=8, mean=4.1, std=1.2, min=1.0, max=9.0),
            ColumnProfile(
                split=0, name="year", count=1000, distinct=60, mean=1994.0, std=18.0, min=1961.0, max=2024.0,
                most_common="2005", most_common_count=41,
            ),
            ColumnProfile(split=0, name="price", count=1000, distinct=713, mean=3e5, std=9e4, min=4e4, max=9e5),
        ],
    )
