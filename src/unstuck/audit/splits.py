"""The splits of a data set by their names, as commands and functions are given them."""

from __future__ import annotations


def splits_of(train: object, val: object, test: object) -> dict[str, object]:
    """Those that were given, in their order."""
    given = {"train": train, "val": val, "test": test}
    return {name: source for name, source in given.items() if source is not None}
