"""What is known of the training at this moment: read at every step, by every part of the recorder.

`Recorder` writes the counters and series, `OptimizerBook` the optimisers, `Sampler` the sampled step; the hot path
(`step_hooks`) reads it all in one object.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from threading import Lock
from typing import Any

import torch

from unstuck.record import events
from unstuck.record.writer import PartWriter
from unstuck.watch.sampling_schedule import Schedule
from unstuck.watch.source import CallSites, Frames
from unstuck.watch.torch.names import Registry
from unstuck.watch.torch.sampled_step import SampledStep
from unstuck.watch.torch.tracked_objects import OptimizerEntry, PendingLoss, SeriesEntry
from unstuck.watch.torch.trainings import Trainings, TrainingState

Tensor = torch.Tensor
ALL_HEARD = 2000
"""backward calls before which every loss is heard"""
NEVER = 1 << 62
"""more backward calls than a program makes"""


class State:
    """The present of one process's trainings."""

    def __init__(
        self, part: PartWriter, *, budget: float, frames: Frames, registry: Registry, quiet: list[bool]
    ) -> None:
        self.part = part
        self.quiet = quiet
        self.evaluating = False
        self.graded_evaluations = False
        """losses that carry a gradient were computed and not trained on"""
        self.frames = frames
        self.registry = registry
        self.schedule = Schedule(budget)
        self.sites = CallSites()
        self.trainings = Trainings()
        self.index = 0
        self.depth = 0
        self.generation = 0
        self.last_resolved = 0
        self.nested = False
        """a backward was seen inside of another one"""
        self.in_step = 0
        self.closures = False
        """a backward was seen inside of a step"""
        self.hear_steps: Callable[[bool], object] = bool
        """switches whether the beginning of a step is heard, not only its end"""
        self.thread: int | None = None
        """the one whose training is recorded: that of the first backward"""
        self.claim = Lock()
        self.optimizers: dict[int, OptimizerEntry] = {}
        self.retired: list[OptimizerEntry] = []
        self.series: dict[Any, SeriesEntry] = {}
        self.by_leaf: dict[Any, SeriesEntry] = {}
        self.alive = 0
        self.several = 0
        """living optimisers beyond the first: while there are any, one line may train several networks"""
        self.other_threads = False
        """a training goes on in another thread than ours: what comes from there is not recorded"""
        self.series_count = 0
        self.walks = 0
        """graphs walked outside of sampled steps: to tell trainings apart"""
        self.eval_series: dict[Any, int] = {}
        self.train_sites: set[tuple[int, int]] = set()
        self.pending: list[PendingLoss] = []
        self.current: TrainingState | None = None
        self.backward_in_library = False
        """the present backward is called by a library, not by a line of the user's"""
        self.last_series: SeriesEntry | None = None
        self.scaled: tuple[weakref.ref[Tensor], Tensor] | None = None
        self.batch: tuple[int, list[int]] | None = None
        """loader and indices of the examples drawn last, as far as it is known now"""
        self.batch_stays = False
        """whether it is followed outside of sampled steps as well"""
        self.drawn: Callable[[], list[int] | None] = lambda: None
        self.deferred: list[tuple[int, Tensor]] = []
        self.deferred_at = 0.0
        self.finite = True
        self.sampled: SampledStep | None = None
        """the step that is being measured"""
        self.measuring = False
        """an operation of our own is going on"""
        self.ledger_at = NEVER
        """the backward call at which the ledger wants to be asked again; 0 while it looks at every batch"""
        self.evaluation_at = 0
        """the backward call from which on an evaluation is looked at"""
        self.saved_hooks = False
        """someone packs saved tensors (checkpointing): to read them would run the forward again"""

    def settle_down(self) -> None:
        """Hear only where there may be news.

        Of losses that carry a gradient early, in sampled steps and in evaluations; of the beginning of a step in
        sampled steps, and where a backward may lie inside of it.
        """
        self.quiet[0] = bool(
            self.index >= ALL_HEARD and self.sampled is None
            and not self.evaluating and not self.graded_evaluations
            and self.ledger_at
        )
        self.hear_steps(self.sampled is not None or self.closures)

    def mode_set(self, mode: bool) -> None:
        """A module was put into training or evaluation mode."""
        self.evaluating = not mode
        self.settle_down()

    def note(self, text: str, *, training: bool = False) -> None:
        """Something cannot be seen, perhaps a whole training, and the answer says so."""
        self.part.write(events.Note(step=self.index, text=text, training=training), essential=True)

    def bare(self) -> bool:
        """No optimiser steps: the user moves his tensors by hand."""
        return not self.in_step and not any(entry.steps for entry in self.optimizers.values())
