"""From a run to the selection of rules that judges it: file, command line, plug-ins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.config import file
from unstuck.config.plugins import known_rules
from unstuck.rules.selection import Selection, codes, selected

if TYPE_CHECKING:
    from unstuck.record.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """``--select`` and ``--ignore``, which replace those of the file; None where they were not given."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None

    @classmethod
    def of(cls, select: Sequence[str] | None, ignore: Sequence[str] | None) -> Overrides:
        """From options that may be given several times, each a list with commas."""
        return cls(select=_split(select), ignore=_split(ignore))


def _split(lists: Sequence[str] | None) -> tuple[str, ...] | None:
    words = tuple(word.strip() for text in lists or () for word in text.split(",") if word.strip())
    return words or None


NO_OVERRIDES = Overrides()


def selection_from(folders: Iterable[Path], overrides: Overrides = NO_OVERRIDES) -> Selection:
    """The rules that judge a program in the first of these folders that has a configuration.

    Raises:
        UsageError: the configuration or an option is wrong; the message says where.
    """
    configuration = file.nearest(folders)
    known = known_rules(configuration)
    for option, words in (("--select", overrides.select), ("--ignore", overrides.ignore)):
        codes(words or (), known, option)
    select = configuration.select if overrides.select is None else overrides.select
    ignore = configuration.ignore if overrides.ignore is None else overrides.ignore
    return selected(replace(configuration, select=select, ignore=ignore), known)


def folders_of(manifest: Manifest) -> tuple[Path, ...]:
    """Where the configuration of a run is looked for: from the script's folder upwards, then from its directory."""
    target = manifest.target
    script = [Path(target.path).parent] if target is not None and target.path else []
    return tuple(folder for folder in (*script, Path(manifest.cwd or Path.cwd())) if folder.is_absolute())
