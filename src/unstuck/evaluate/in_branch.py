"""In a branch that runs a script again: what its network predicts without learning, then the evaluation of it.

A pass over held-out data is a stretch of calls of the network without a backward in between. Its labels are what
came with the inputs from a loader, what a loss of torch was given, or what the outputs were compared with. The largest
of the last passes over examples that were not trained on is evaluated, with the network as it is when the script ends.
"""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from unstuck.evaluate.branch_files import FAILURE, FOLDER, SETTINGS
from unstuck.record.writer import write_whole

MOST_NUMBERS = 200_000_000
"""of all inputs of a pass"""
LOSSES = (
    "cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "l1_loss",
    "smooth_l1_loss", "huber_loss", "multilabel_soft_margin_loss",
)  # fmt: skip
COMPARED = ("__eq__", "eq", "__ne__", "__sub__")
NOTHING = (
    "no held-out data was seen: the script never called its network without learning from it, on examples with labels "
    "that it had not trained on. Give model and data: `unstuck evaluate module:model --data …`"
)

Tensor = torch.Tensor
NO_LOADER = 0
MOST_ROWS = 2_000_000
"""examples whose hashes are kept"""


@dataclass(eq=False)
class Call:
    """One call of a network that nothing was learned from."""

    inputs: Any
    size: int
    label: Tensor | None = None


@dataclass(eq=False)
class Pass:
    """Calls of one network on one source of examples, without a backward in between."""

    network: torch.nn.Module
    source: int
    calls: list[Call] = field(default_factory=list)

    @property
    def labelled(self) -> list[Call]:
        """Those with a label for each example."""
        return [call for call in self.calls if call.label is not None]


class Guest:
    """Sits in a branch: hears networks, losses, comparisons and loaders of the script."""

    def __init__(self, branch: Any) -> None:
        self.branch = branch
        self.depth = 0
        self.passes: list[Pass] = []
        self.trained: set[int] = set()
        """sources whose examples were learned from"""
        self.learning: int | None = None
        self.trained_rows: set[int] = set()
        """hashes of the examples that were learned from outside of loaders"""
        self.fresh = True
        """a backward came since the last call"""
        self.batch: tuple[int, Any] | None = None
        """id of the loader that gave the latest batch, and the batch"""
        self.loaders: dict[int, Any] = {}
        self.over = False

    def install(self) -> None:
        """Before the script starts."""
        from unstuck.experiment.interventions.building_blocks.backward_hook import BackwardHook

        hook = BackwardHook()
        hook.after.append(self._learned)
        register_module_forward_pre_hook(self._enter)
        register_module_forward_hook(self._leave, always_call=True)
        self._hear_loaders()
        for name in LOSSES:
            self._hear(functional, name)
        for name in COMPARED:
            self._hear(torch.Tensor, name)
        torch.compiler.set_stance("force_eager")

    def _hear(self, owner: Any, name: str) -> None:
        original, guest = getattr(owner, name), self

        def heard(one: Any, other: Any, *more: Any, **options: Any) -> Any:
            if isinstance(other, Tensor) and not (guest.over or guest.fresh or guest.depth):
                guest._label(one, other)
            return original(one, other, *more, **options)

        setattr(owner, name, heard)

    def _hear_loaders(self) -> None:
        original, guest = torch.utils.data.DataLoader.__iter__, self

        def __iter__(loader: Any) -> Any:  # noqa: N807
            guest.loaders[id(loader)] = loader
            for batch in original(loader):
                guest.batch = id(loader), batch
                yield batch
            guest.batch = None

        torch.utils.data.DataLoader.__iter__ = __iter__  # type: ignore[method-assign]

    # ---- what the script does ------------------------------------------------------------------------------

    def _enter(self, *_: Any) -> None:
        self.depth += 1

    def _leave(self, module: torch.nn.Module, inputs: Any, _: Any) -> None:
        self.depth -= 1
        if self.depth or self.over or not inputs or next(module.parameters(), None) is None:
            return
        first = next((one for one in inputs if isinstance(one, Tensor) and one.dim()), None)
        if first is None:
            return
        source = self._source()
        if torch.is_grad_enabled() and module.training:
            self.learning, self.fresh = source, True
            if source == NO_LOADER and len(self.trained_rows) < MOST_ROWS:
                self.trained_rows.update(_hashes(first))
            return
        if self.fresh or not self.passes or (self.passes[-1].source, self.passes[-1].network) != (source, module):
            self.passes = [*self.passes[-3:], Pass(module, source)]
            self.fresh = False
        mine = self.passes[-1]
        if sum(call.size for call in mine.calls) * max(1, first[0].numel()) > MOST_NUMBERS:
            return
        given = inputs[0] if len(inputs) == 1 else tuple(inputs)
        mine.calls.append(Call(given, len(first), self._of_batch(first)))

    def _source(self) -> int:
        """The loader that gave the examples."""
        if self.batch is not None:
            return self.batch[0]
        return NO_LOADER

    def _of_batch(self, first: Tensor) -> Tensor | None:
        given = self.batch[1] if self.batch is not None else None
        if not isinstance(given, (tuple, list)) or len(given) < 2:
            return None
        label = given[-1]
        return label if isinstance(label, Tensor) and label.dim() and len(label) == len(first) else None

    def _learned(self, _: Any) -> None:
        self.fresh = True
        if self.learning is not None:
            self.trained.add(self.learning)

    def _label(self, one: Any, other: Tensor) -> None:
        """What the outputs of the latest call are compared with."""
        calls = self.passes[-1].calls if self.passes else []
        if not calls or calls[-1].label is not None or not other.dim() or len(other) != calls[-1].size:
            return
        if isinstance(one, Tensor) and one.dim() and len(one) == len(other) and not other.is_complex():
            calls[-1].label = other

    # ---- the end -------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Evaluate, and leave the record in the branch's folder."""
        if self.over:
            return
        self.over = True
        with suppress(Exception):
            self.branch.session.close()
        directory = Path(self.branch.directory)
        try:
            self._evaluate(directory / FOLDER)
        except Exception as error:
            traceback.print_exc()
            write_whole(directory / FAILURE, f"{error}")

    def _learned_from(self, call: Call, source: int) -> bool:
        if source != NO_LOADER:
            return source in self.trained
        first = next(one for one in _flat(call.inputs) if one.dim())
        return sum(one in self.trained_rows for one in _hashes(first)) > call.size / 2

    def _evaluate(self, base: Path) -> None:
        from unstuck.core.errors import UsageError
        from unstuck.evaluate.call import evaluate

        for one in self.passes:
            one.calls = [call for call in one.calls if not self._learned_from(call, one.source)]
        found = [one for one in self.passes if one.labelled]
        if not found:
            raise UsageError(NOTHING)
        chosen = max(found, key=lambda one: (sum(call.size for call in one.labelled), found.index(one)))
        options = dict(self.branch.order[SETTINGS])
        data = [(call.inputs, call.label) for call in chosen.labelled]
        train = next((loader for key, loader in self.loaders.items() if key in self.trained), None)
        with torch.inference_mode(mode=False):
            evaluate(chosen.network, data, train=train, dir=base, **options)


def _flat(inputs: Any) -> list[Tensor]:
    return [one for one in (inputs if isinstance(inputs, tuple) else (inputs,)) if isinstance(one, Tensor)]


def _hashes(batch: Tensor) -> list[int]:
    rows = batch.detach().cpu().contiguous().reshape(len(batch), -1).numpy()
    return [hash(row.tobytes()) for row in rows]


def install(branch: Any) -> None:
    """In a branch of the server; the order holds the settings."""
    guest, process = Guest(branch), os.getpid()
    branch.before_finished = lambda: guest.finish() if os.getpid() == process else None
    guest.install()
