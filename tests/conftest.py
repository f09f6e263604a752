"""What all tests share: one warm process that has imported torch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from unstuck.testing.warm import Warm


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Forks for each script; imports torch once for the whole session."""
    with Warm() as process:
        yield process
