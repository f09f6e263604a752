"""A remedy as a unified diff against the user's script; None where it cannot be written down surely.

The user's file is never touched: who wants the change applies the diff (`patch -p0 < FILE`).
"""

from __future__ import annotations

import ast
import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from unstuck.core.experiment import Trial
from unstuck.core.finding import Remedy
from unstuck.experiment import edits
from unstuck.experiment.edits.building_blocks.edit import Edit, Wanted
from unstuck.experiment.edits.building_blocks.script import Script
from unstuck.experiment.interventions.building_blocks import registry
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.experiment.edits.building_blocks.script import Replacement

CONTEXT = 3
Change = Trial | Intervention | Remedy


def patch_of(finding: Finding | None, change: Change, source: str, file: str = "train.py") -> str | None:
    """The unified diff that carries a change out.

    Args:
        finding: whose remedy it is, for its place; None for one of the panel.
        change: what was tried, or a remedy that was not.
        source: the script as it ran.
        file: its path, as it stands in the diff.
    """
    return patch_of_all([(finding, change)], source, file)


def patch_of_all(wanted: Sequence[tuple[Finding | None, Change]], source: str, file: str = "train.py") -> str | None:
    """One diff that carries several changes out; None where one of them cannot be."""
    after = patched(wanted, source)
    if after is None or after == source:
        return None
    lines = difflib.unified_diff(_lines(source), _lines(after), file, file, n=CONTEXT)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def patched(wanted: Sequence[tuple[Finding | None, Change]], source: str) -> str | None:
    """The script after the changes; it is made sure that it parses, and that the rest of it is the same."""
    try:
        script = Script(source)
        changes: list[Replacement] = []
        for finding, change in wanted:
            found = _changes(script, finding, change)
            if not found:
                return None
            changes += found
        after = script.with_changes(changes)
        if after is not None:
            ast.parse(after)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return after


def _changes(script: Script, finding: Finding | None, change: Change) -> Sequence[Replacement]:
    for request in _requests(finding, change):
        edit = load().get(request.remedy)
        found = edit.changes(script, request) if edit is not None else ()
        if found:
            return found
    return ()


def _requests(finding: Finding | None, change: Change) -> Iterator[Wanted]:
    """The change by each name under which an edit may know it."""
    places = (finding.place, finding.used_at) if finding is not None else ()
    lines = tuple(dict.fromkeys(place.line for place in places if place is not None and place.line))
    if isinstance(change, Remedy):
        yield Wanted(remedy=change.name, lines=lines, code=change.code)
        return
    intervention = change if isinstance(change, Intervention) else intervention_of(finding, change)
    names = (change.names[-1:] + change.remedies) if isinstance(change, Trial) else ()
    settings = asdict(intervention) if intervention is not None else {}
    if intervention is not None:
        names = (intervention.name, *names, *intervention.remedies)
    for name in dict.fromkeys(names):
        yield Wanted(remedy=name, lines=lines, settings=settings, setting_unknown=intervention is None)


def intervention_of(finding: Finding | None, trial: Trial) -> Intervention | None:
    """The intervention that a trial is about: of its name, with the settings that its title tells."""
    kind = registry.load().get(trial.names[-1]) if trial.names else None
    if kind is None:
        return None
    settings = [*kind.proposed()]
    if finding is not None:
        settings += [one for remedy in finding.remedies for one in kind.carrying_out(remedy.name, finding)]
    return next((one for one in settings if one.title == trial.title), None)


@cache
def load() -> Mapping[str, Edit]:
    """Every edit by each of its names."""
    found: dict[str, Edit] = {}
    for module in pkgutil.iter_modules(edits.__path__, edits.__name__ + "."):
        if module.ispkg:  # building blocks
            continue
        for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(thing, Edit) and thing.__module__ == module.name:
                found.update(dict.fromkeys(thing.names, thing()))
    return MappingProxyType(found)


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + ([last] if (last := text.split("\n")[-1]) else [])
