"""Group testing: all low-risk changes are applied together, so that faults which hide each other show in few branches.

Each of these changes does nothing where nothing is wrong, or is a usual choice. One branch with all of them shows
which have anything to act on, and whether the network learns at all; what is not needed is then taken out again. That
takes some ten branches, where single changes on top of each other would take one for each pair.

Source: Dorfman 1943, "The detection of defective members of large populations".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from unstuck.experiment.search.settings import ACT_ON_MOST_SCRIPTS, EXCLUSIVE, LOW_RISK, NETWORK_CHANGES

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.history import Changes


def low_risk(base: Changes, panel: Sequence[Candidate]) -> list[Changes]:
    """A set with all low-risk changes of the panel on top: with the script's own optimiser, and with another.

    The other is the first of the panel; a learning rate that was chosen is dropped with the script's own optimiser.
    """
    rest = tuple(_first_of_each(one for one in _open(base, panel, LOW_RISK) if one.name != "optimiser"))
    optimiser = tuple(_first_of_each(_open((), panel, ("optimiser",))))
    kept = tuple(one for one in base if one.name not in EXCLUSIVE[0])
    return [(*base, *rest), (*kept, *rest, *optimiser)] if optimiser else [(*base, *rest)]


def act_on_most_scripts(changes: Changes) -> list[Changes]:
    """The changes that find something to act on in most scripts, in two groups: the first to be taken out again."""
    return [tuple(one for one in changes if one.name in names) for names in ACT_ON_MOST_SCRIPTS]


def group_of(one: Intervention) -> str:
    """The same for interventions of which only one at a time makes sense."""
    return next((names[0] for names in EXCLUSIVE if one.name in names), one.name)


def with_network_change(base: Changes, panel: Sequence[Candidate]) -> list[Changes]:
    """A set with one change to the network on top."""
    return [(*base, one) for one in _open(base, panel, NETWORK_CHANGES)]


def _open(base: Changes, panel: Sequence[Candidate], names: Sequence[str]) -> Iterator[Intervention]:
    """Those of the panel that go with what is chosen, in the order of their names."""
    closed = {one.name for one in base}
    closed |= {name for group in EXCLUSIVE if closed & set(group) for name in group}
    for name in names:
        yield from (one.intervention for one in panel if one.intervention.name == name and name not in closed)


def _first_of_each(given: Iterable[Intervention]) -> Iterator[Intervention]:
    """The first setting of each kind."""
    seen: set[str] = set()
    for one in given:
        if one.name not in seen:
            seen.add(one.name)
            yield one
