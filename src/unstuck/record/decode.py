"""From JSON values to the typed events: upgraded first, then converted by their type hints."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import msgspec

from unstuck.record import schema, upgrade
from unstuck.record.events import Event
from unstuck.record.events.kinds import kinds
from unstuck.record.manifest import Manifest

NONFINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

MANIFEST_FIELDS = frozenset(field.name for field in fields(Manifest))
QUOTED = (b'"NaN"', b'Infinity"')
"""in lines without these there is nothing to revive"""


@cache
def names_of(kind: type[Event]) -> frozenset[str]:
    """The names of its fields."""
    return frozenset(field.name for field in fields(kind))


def revive(value: object) -> Any:
    """Undo `writer.finite_json`: the three words for non-finite numbers become floats again."""
    if isinstance(value, str):
        return NONFINITE.get(value, value)
    if isinstance(value, dict):
        return {key: revive(item) for key, item in value.items()}
    if isinstance(value, list):
        return [revive(item) for item in value]
    return value


def line(text: bytes, version: int) -> Event | None:
    """The event of one line; None where it is torn, or of a kind that this version does not know."""
    try:
        plain = json.loads(text)
    except ValueError:
        return None  # torn by a kill, or the empty rest after the last newline
    if not isinstance(plain, dict):
        return None
    if any(word in text for word in QUOTED):
        found = event(revive(plain), version)
        if found is not None:
            return found  # else the words are texts, such as the name of a category
    return event(plain, version)


def event(plain: dict[str, Any], version: int) -> Event | None:
    """The event that a line holds; None where this version knows no such kind, or cannot read it."""
    if not isinstance(plain.get("kind"), str):
        return None
    plain = upgrade.event(plain, version, schema.SCHEMA_VERSION)
    kind = kinds().get(plain["kind"])
    if kind is None:
        return None
    try:
        return msgspec.convert(without_null(plain, names_of(kind)), kind, strict=False)  # type: ignore[arg-type]
    except msgspec.ValidationError:
        return None


def manifest(plain: dict[str, Any]) -> Manifest:
    """The manifest; what this version does not know is kept in ``others``."""
    plain = upgrade.manifest(plain, schema.SCHEMA_VERSION)
    names = MANIFEST_FIELDS
    others = {key: value for key, value in plain.items() if key not in names}
    return msgspec.convert(
        {**without_null(plain, names), "others": others}, Manifest, strict=False
    )


def without_null(plain: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Without what says nothing: a null is the default of its field."""
    return {key: value for key, value in plain.items() if value is not None and key in names}


def lines(texts: Iterable[bytes], version: int) -> Iterator[Event]:
    """The events of some lines; those that this version does not know are left out."""
    for text in texts:
        found = line(text, version)
        if found is not None:
            yield found
