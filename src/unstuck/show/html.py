"""The report: one self-contained page, the answer first, its figures inside, no script and no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from unstuck.core import words
from unstuck.show.places import in_data, parts, row_name_of, title
from unstuck.show.source import names_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding, Place
    from unstuck.show.source import Sources


def render(template: str, values: Mapping[str, Any]) -> str:
    """A template of this package with its values; every text is escaped."""
    return _environment().get_template(template).render(words=words, **values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("unstuck.show"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["ticks"] = ticks
    return environment


def ticks(text: str) -> Markup:
    """The text, escaped, with what stands between backticks as code."""
    parts = str(text).split("`")
    whole = len(parts) % 2 == 1  # else one is open, and all stay as they are
    return Markup("".join(  # noqa: S704 - every part is escaped
        f"<code>{escape(part)}</code>" if at % 2 else str(escape(part)) for at, part in enumerate(parts)
    ) if whole else escape(text))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quote:
    """A place with its source line, cut into the text before, the marked part, and the text after."""

    where: str
    about: str
    number: int
    before: str
    marked: str
    after: str


def quotes(finding: Finding, sources: Sources, training: Training | None) -> Iterator[Quote]:
    """The places of a finding."""
    yield from _quote(finding.place, "", sources, training, row_name_of(finding))
    used = finding.used_at
    if used is not None and (used.file, used.line) != (finding.place.file, finding.place.line):
        yield from _quote(used, "used here", sources, training)


def _quote(
    place: Place, about: str, sources: Sources, training: Training | None, row_name: str = ""
) -> Iterator[Quote]:
    where = sources.where(place)
    if in_data(place):
        where = title(place, where, row_name)
    else:
        about = ", ".join(filter(None, (about, *(f"{kind} {name}" for kind, name in parts(place)))))
    line = sources.line(place, names_called(training, place))
    if line is not None:
        text, start, end = line.text, line.start, line.end
        yield Quote(where, about, line.number, text[:start].lstrip(), text[start:end], text[end:])
    elif where or about:
        yield Quote(where, about, 0, "", "", "")
