"""Make every probe, each on the state that it found. One that fails is reported, and the others go on."""

from __future__ import annotations

import pkgutil
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from unstuck.core.outcome import TooLittle
from unstuck.preflight import probes
from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context
from unstuck.preflight.digest import digests
from unstuck.preflight.settings import PreflightSettings
from unstuck.record.events.probe.base import NotProbed, ProbeEvent, ProbeRun

LEAST = 0.5
"""of its share of the budget, that a probe gets whatever those before it took"""
STATE = "state"
"""what is not as it was before a probe"""
Progress = Callable[[str, float], object]
"""called with what is being done, and the share that is done"""


class Probe(Protocol):
    """A module of `unstuck.preflight.probes`."""

    TITLE: str
    MEASURES: tuple[type[ProbeEvent], ...]
    SHARE: float
    """of the budget, that it may take; 0 where it does not train"""

    def probe(self, context: Context) -> Iterator[ProbeEvent]:
        """The events that it measures; what it changes is put back afterwards."""


def name_of(probe: Probe) -> str:
    """``overfit``: the name of its file."""
    return probe.__name__.rsplit(".", 1)[-1]  # type: ignore[attr-defined,no-any-return]


@cache
def all_probes() -> tuple[Probe, ...]:
    """Every probe: those that only measure first, then in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(probes.__path__))
    found = [cast("Probe", import_module(f"{probes.__name__}.{name}")) for name in names]
    return tuple(sorted(found, key=lambda probe: probe.SHARE > 0))


def chosen(settings: PreflightSettings) -> tuple[Probe, ...]:
    """Those that are asked for."""
    return tuple(
        probe for probe in all_probes()
        if (not settings.only or name_of(probe) in settings.only) and name_of(probe) not in settings.skip
    )  # fmt: skip


def probe_all(
    context: Context, settings: PreflightSettings, progress: Progress = lambda *_: None
) -> Iterator[ProbeEvent]:
    """What all probes yield; for what could not be measured, why."""
    todo = chosen(settings)
    left = settings.budget
    for at, probe in enumerate(todo):
        progress(probe.TITLE, at / len(todo))
        share = left * probe.SHARE / (sum(one.SHARE for one in todo[at:]) or 1.0)
        most = probe.SHARE * settings.budget
        context.seconds = share if settings.only else min(max(share, LEAST * most), most)
        before = digests(context) if settings.check_state else {}
        began, allowed = time.perf_counter(), Allowance(context.seconds)
        yield from _probed(probe, context)
        if probe.SHARE:  # what one does not need is for those after it
            left = max(0.0, left - allowed.spent)
        seconds = round(time.perf_counter() - began, 3)
        yield ProbeRun(name=name_of(probe), title=probe.TITLE, seconds=seconds)
        after = digests(context) if before else {}
        if changed := [name for name in before if after[name] != before[name]]:
            yield NotProbed(what=STATE, why=f"{name_of(probe)} changed {', '.join(changed)}", broke=True)
    progress("", 1.0)


def _probed(probe: Probe, context: Context) -> Iterator[ProbeEvent]:
    events: list[ProbeEvent] = []
    why, broke = "", False
    with context.kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for event in probe.probe(context):
                events.append(event)  # noqa: PERF402 - what came before an error is kept
        except TooLittle as reason:
            why = str(reason)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            why, broke = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})", True
    yield from events
    if why:
        seen = {event.what if isinstance(event, NotProbed) else event.kind for event in events}
        for kind in probe.MEASURES:
            if kind.kind not in seen:
                yield NotProbed(what=kind.kind, why=why, broke=broke)
