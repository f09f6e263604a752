"""How many threads the linear algebra of an audit may use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from unstuck.audit.sources.loaded import Loaded

SMALL = 20_000
"""examples in all splits up to which one thread is faster: many small matrix products then spend their time waiting"""


@contextmanager
def suited_threads(loaded: Sequence[Loaded]) -> Iterator[None]:
    """One thread for small data; as many as the libraries choose for large data."""
    from threadpoolctl import threadpool_limits

    examples = sum(len(split.sample) for split in loaded)
    with threadpool_limits(limits=1 if examples <= SMALL else None):
        yield
