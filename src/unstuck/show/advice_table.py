"""The rules of thumb of an audit, each with where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.record.events.data.advice import Advice
from unstuck.show.facts_table import FactsTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.data.view import DatasetView


def advice_tables(view: DatasetView) -> Iterator[FactsTable]:
    """One table for a split that has advice."""
    rows = tuple(
        (event.topic, f"{event.text}. Rule of thumb: {event.basis} ({event.source})") for event in view.of(Advice)
    )
    if rows:
        yield FactsTable(title="For a first network: rules of thumb, not measured", head=("about", "advice"), rows=rows)
