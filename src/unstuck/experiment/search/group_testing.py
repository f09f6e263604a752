"""Everything sane at once, then less: how two or three faults that no rule names are found in few branches.

Each of these changes does nothing where nothing is wrong, or puts in a usual choice. One branch with all of them tells
which have anything to act upon and whether the network learns at all; what is not needed is then taken out again. That
takes some ten branches where single changes on top of each other would take one for each pair.

The same thought as group testing (Dorfman 1943, "The detection of defective members of large populations") and delta
debugging (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from unstuck.experiment.search.candidates import SANE

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate

EXCLUSIVE = (
    ("learning-rate", "learning-rate-range", "set-learning-rate", "optimiser"), ("clip-gradients", "no-clipping"),
    ("remove-output-activation", "sigmoid-and-binary-loss", "cross-entropy-for-classes"),
)  # fmt: skip
"""kinds of which only one at a time makes sense"""
BOLDER = ("hidden-activation", "batch-norm")
"""changes to the network itself, tried on top one at a time"""
HABITUAL = (("standardise-input", "initialisation"), ("no-dropout", "shuffle", "training-mode", "schedule"))
"""two groups of them: what changes how fast a sound network begins, and how it is trained"""
Set = tuple["Intervention", ...]


def sane(base: Set, panel: Sequence[Candidate]) -> list[Set]:
    """What is chosen already, with everything sane of the panel on top: with the script's own optimiser, and another.

    Of the other, the first of the panel; a rate that was chosen goes with it.
    """
    rest = tuple(_first_of_each(one for one in _open(base, panel, SANE) if one.name != "optimiser"))
    other = tuple(_first_of_each(_open((), panel, ("optimiser",))))
    without = tuple(one for one in base if one.name not in EXCLUSIVE[0])
    return [(*base, *rest), (*without, *rest, *other)] if other else [(*base, *rest)]


def habitual(changes: Set) -> list[Set]:
    """Those that find something to act upon in most scripts, sick or not: the first to be taken out again."""
    return [tuple(one for one in changes if one.name in names) for names in HABITUAL]


def exclusive(one: Intervention) -> str:
    """Its kind; the same for those of which only one makes sense."""
    return next((kinds[0] for kinds in EXCLUSIVE if one.name in kinds), one.name)


def bolder(base: Set, panel: Sequence[Candidate]) -> list[Set]:
    """The same with one change to the network."""
    return [(*base, one) for one in _open(base, panel, BOLDER)]


def _open(base: Set, panel: Sequence[Candidate], names: Sequence[str]) -> Iterator[Intervention]:
    """Those of the panel that go with what is chosen, in the order of their names."""
    closed = {one.name for one in base}
    closed |= {name for kinds in EXCLUSIVE if closed & set(kinds) for name in kinds}
    for name in names:
        yield from (one.intervention for one in panel if one.intervention.name == name and name not in closed)


def _first_of_each(given: Iterable[Intervention]) -> Iterator[Intervention]:
    """The first setting of each kind."""
    seen: set[str] = set()
    for one in given:
        if one.name not in seen:
            seen.add(one.name)
            yield one
