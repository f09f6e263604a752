"""``# unstuck: allow=LOS101`` at the end of a line of the user's source allows findings placed on that line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.rules.selection import codes
from unstuck.show.source import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.finding import Finding, Place
    from unstuck.record.reader import Record
    from unstuck.rules.selection import Kinds

COMMENT = re.compile(r"#\s*unstuck:\s*allow\s*=\s*([\w-]+(?:\s*,\s*[\w-]+)*)")


class AllowComments:
    """The comments of one run's source files, read where a finding stands."""

    def __init__(self, record: Record, known: Kinds) -> None:
        self.sources = Sources.of(record)
        self.known = known
        self.unknown: dict[str, None] = {}
        """one sentence for each comment that names no rule"""

    def place_allowing(self, finding: Finding) -> Place | None:
        """The place whose line allows a finding; None where none does."""
        for place in (finding.place, finding.used_at):
            if place is not None and finding.code in set(self._allowed(place)):
                return place
        return None

    def _allowed(self, place: Place) -> Iterator[str]:
        comment = COMMENT.search(self.sources.raw_line(place) or "")
        if comment is None:
            return
        for word in re.split(r"\s*,\s*", comment[1]):
            try:
                yield from codes([word], self.known, self.sources.where(place))
            except UsageError as error:
                self.unknown[str(error)] = None
