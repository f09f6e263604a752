"""Which training is it? Groups losses and optimisers by the parameters that they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from unstuck.record.events import GraphNode


@dataclass(slots=True)
class TrainingState:
    """One optimisation of one set of parameters, as far as it is known."""

    number: int
    parameters: set[int] = field(default_factory=set)
    optimizers: set[int] = field(default_factory=set)
    announced: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    """roots told in ``model`` events → what was told"""
    signatures: dict[int, tuple[GraphNode, ...]] = field(default_factory=dict)
    """structure of a graph → its nodes as told"""
    nonfinite_told: bool = False
    inputs_told: int = 0
    activity: dict[Any, Any] = field(default_factory=dict)
    """which units of each activation fired lately"""


@dataclass(slots=True)
class Trainings:
    """All trainings of this process, in order of their first backward."""

    states: list[TrainingState] = field(default_factory=list)

    def of_parameters(self, reached: set[int], optimizers: dict[int, set[int]]) -> TrainingState:
        """The training that owns any of the parameters, widened by what its optimisers hold; else a new one."""
        wide = set(reached)
        for held in optimizers.values():
            if held & reached:
                wide |= held
        for state in reversed(self.states):
            if state.parameters & wide:
                break
        else:
            state = TrainingState(len(self.states))
            self.states.append(state)
        state.parameters |= wide
        return state

    def of_optimizer(self, optimizer: int) -> TrainingState | None:
        """The training that an optimiser was found to serve."""
        for state in reversed(self.states):
            if optimizer in state.optimizers:
                return state
        return None
