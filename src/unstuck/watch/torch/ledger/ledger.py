"""The example ledger: which examples went through the network, with their labels and what it answered.

A batch is put together from what is seen of it one after the other: a loader hands it out, a network is called with
it, a loss is computed of it, a backward is called or not. Only then is it known what it was, and it is written down.
Nothing is read from the user's data sets themselves: their code runs as often as without us.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from mmap import mmap
from types import FrameType
from typing import Any, Concatenate, ParamSpec

import torch

from unstuck.record.events import SamplingFailure
from unstuck.record.ledger import Batch, LedgerWriter, Phase
from unstuck.watch.source import Location
from unstuck.watch.torch.ledger.coverage import BURST, FOR_NEW_PLACE, Coverage, clock_of
from unstuck.watch.torch.ledger.forward import Forward, answers_directly, beside, is_part, names_classes
from unstuck.watch.torch.ledger.kept_inputs import KeptInputs
from unstuck.watch.torch.ledger.keys import Keys
from unstuck.watch.torch.ledger.rounds import Rounds
from unstuck.watch.torch.ledger.sources import Drawn, Origin, Sources
from unstuck.watch.torch.ledger.tensors import KEPT, TensorWriter
from unstuck.watch.torch.ledger.user_arrays import labels_among, same_place, user_arrays
from unstuck.watch.torch.quiet import Quiet, busy, first_tensor
from unstuck.watch.torch.state import NEVER, State
from unstuck.watch.torch.summary import has_values

P = ParamSpec("P")
Tensor = torch.Tensor
WHOLE = 2
"""times the largest batch of a training: a longer one, evaluated, is no batch but a whole set"""
MOST_PATIENCE = 256
"""backward calls after which a program that switches gradients off for no evaluation is heard again"""
MOST_PLACES = 256
"""where gradients are switched off"""
KEYED_ROUNDS = 2
"""epochs of a loader whose examples get a key: in the second it shows whether they come back the same"""


def survives(
    method: Callable[Concatenate[ExampleLedger, P], None],
) -> Callable[Concatenate[ExampleLedger, P], None]:
    """A failure here ends the ledger, not the recording."""

    @wraps(method)
    def guarded(self: ExampleLedger, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            self.broke(error)

    return guarded


class ExampleLedger:
    """Writes down the batches of one process, as many as its share of the time allows."""

    def __init__(self, state: State, memory: mmap, listen: Callable[[bool], object]) -> None:
        self.state = state
        self.listen = listen
        self.writer = TensorWriter(LedgerWriter(memory))
        self.keys = Keys()
        self.sources = Sources(self.writer, self.keys, state.frames)
        self.coverage = Coverage()
        self.armed = False
        self.over = False
        self.forward: Forward | None = None
        self.drawn: Drawn | None = None
        self.networks: set[int] = set()
        """modules that took in the data of a training"""
        self.directly: dict[int, bool] = {}
        """module → whether losses are given what it answers"""
        self.called_at: dict[int, Location | None] = {}
        """module → where it was first called with data of a training"""
        self.passed_of: dict[int, int] = {}
        """source → examples of it that were seen in training"""
        self.kept = KeptInputs()
        self.passes = Rounds()
        self.largest = 0
        """examples in the largest batch that was trained on"""
        self.rounds = 0
        self.evaluations = 0
        self.first_round: dict[tuple[int, int, Phase], int] = {}
        """training, source, phase → the first round that was seen of it"""
        self.evaluating = False
        self.evaluations_before = 0
        """when gradients were last switched off"""
        self.places: set[object] = set()
        """where gradients were switched off"""
        self.in_reserve = False
        """looks now at an evaluation of a new place, beyond its share"""
        self.patience = 1
        """backward calls from one such moment to the next that counts"""

    # ---- when to look --------------------------------------------------------------------------------

    @survives
    def arm(self, on: bool) -> None:
        """Look at every batch from now on, or at none."""
        if on == self.armed or (on and self.over):
            return
        self.armed = on
        self.state.ledger_at = 0 if on else NEVER
        if not on:
            self.forward = self.drawn = None
        self.passes.after_pause()
        self.state.settle_down()
        self.listen(on)

    def _next_look(self) -> None:
        """Is the next batch to be looked at?"""
        state, elapsed = self.state, self.state.part.seconds()
        if self.over:
            state.ledger_at = state.evaluation_at = NEVER
            return
        index = state.index + 1
        if not self.armed:
            self.arm(self.coverage.begins(elapsed))
        wait = self.coverage.pause(index, elapsed, self.rounds, evaluated=self.evaluations > 0)
        if wait:
            self.arm(False)
            state.ledger_at = index + wait

    def is_new_place(self, frame: FrameType) -> bool:
        """Whether gradients were never switched off here before, nor in a function called from here."""
        caller = frame.f_back
        place = id(frame.f_code), frame.f_lasti, id(caller and caller.f_code), caller and caller.f_lasti
        if place in self.places or len(self.places) >= MOST_PLACES:
            return False
        self.places.add(place)
        return True

    @survives
    def evaluation_begins(self, *, new: bool = False) -> None:
        """Gradients were switched off by the user: perhaps an evaluation. Where it is none, it is asked more rarely."""
        state = self.state
        if state.index >= state.evaluation_at:
            state.evaluation_at = state.index + self.patience
            if self.evaluations == self.evaluations_before:
                self.patience = min(2 * self.patience, MOST_PATIENCE)
            else:
                self.patience = 1
            self.evaluations_before = self.evaluations
        if self.armed:
            return
        elapsed = state.part.seconds()
        within = self.coverage.begins(elapsed)
        self.in_reserve = new and not within
        if within or (new and self.coverage.affords(elapsed, BURST, kept=-FOR_NEW_PLACE)):
            self.arm(True)

    # ---- what is seen of a batch ---------------------------------------------------------------------

    @survives
    def batch_drawn(self, drawn: Drawn) -> None:
        """A loader has handed out a batch."""
        self.settle(Phase.EVALUATION)
        self.drawn = drawn
        self.rounds = max(self.rounds, drawn.round)

    @survives
    def called(
        self, module: torch.nn.Module, result: Any, given: Sequence[Any], named: Mapping[str, Any] | None, frame: Any
    ) -> None:
        """A module has returned: is it the network, called with data?"""
        self.coverage.calls += 1
        inputs = given[0] if given and type(given[0]) is Tensor else first_tensor(given or named)
        if inputs is None or inputs.grad_fn is not None or inputs.requires_grad or not inputs.dim():
            return
        graded = torch.is_grad_enabled()
        output = first_tensor(result)
        if graded:
            if output is None or output.grad_fn is None:
                return
        elif id(module) not in self.networks:
            return
        forward = self.forward
        if forward is not None and forward.inputs is inputs and is_part(forward.module, module):
            forward.module, forward.outputs = id(module), None if output is None else output.detach()
            forward.beside = tuple(beside(inputs, given, named or {}))
            if graded and id(module) not in self.called_at:
                self._called_from(module, frame())
            return
        if busy() or not has_values(inputs) or inputs.dtype not in KEPT:
            return
        self.settle(Phase.EVALUATION)
        del forward  # and with it the batch before, which may be gone: see `LoopVariables`
        drawn = self.drawn if self.drawn is not None and self.drawn.belongs(inputs) else None
        self.forward = Forward(
            id(module), inputs, None if output is None else output.detach(), graded, module.training, drawn,
            beside=tuple(beside(inputs, given, named or {})),
        )  # fmt: skip
        if graded and id(module) not in self.called_at:
            self._called_from(module, frame())
        if not graded and drawn is None:
            self._of_variables(self.forward, self.state.frames.user_frame(frame()))

    def _called_from(self, module: torch.nn.Module, frame: FrameType) -> None:
        frames = self.state.frames
        self.called_at[id(module)] = frames.location(frames.user_frame(frame))

    @survives
    def lost(self, function: str, result: Tensor, arguments: Sequence[Any], frame: FrameType) -> None:
        """A loss function has returned."""
        forward = self.forward
        if len(arguments) < 2 or not isinstance(arguments[1], Tensor) or not isinstance(arguments[0], Tensor):
            return
        scores, labels = arguments[0].detach(), arguments[1].detach()
        if forward is None:
            forward = self.forward = self._without_network(scores, labels, frame)
        if forward is None or (forward.loss is not None and not names_classes(labels, forward.labels)):
            return
        forward.function, forward.loss = function, result.detach()
        forward.labels, forward.scores = labels, scores
        if forward.origin is None and forward.drawn is None:
            self._of_variables(forward, frame)

    def _without_network(self, scores: Tensor, labels: Tensor, frame: FrameType) -> Forward | None:
        """A network without modules: its inputs stand in the variables, in the rows that the labels are of."""
        self.sources.entered_at = self.state.frames.location(frame)
        origin = self.sources.of_view(labels, frame)
        if origin is None or origin.rows is None:
            return None
        found = [
            named for named in user_arrays(frame, self.state.frames)
            if named.values.dim() > 1 and len(named.values) == origin.size
        ]  # fmt: skip
        if not found or not all(same_place(named.values, found[0].values) for named in found):
            return None
        first = int(origin.rows[0])
        inputs = found[0].values[first : first + len(labels)]
        graded = scores.requires_grad or torch.is_grad_enabled()
        return Forward(0, inputs, None, graded, graded, None, origin=self.sources.of_rows(found[0], origin.rows))

    @survives
    def trained(self, frame: FrameType | None) -> None:
        """A backward begins: the batch was one to train on."""
        if self.forward is not None and not self.forward.graded:
            self.settle(Phase.EVALUATION)
        self.evaluating = False
        forward = self.forward
        if forward is not None:
            if forward.origin is None and forward.drawn is None:
                self._of_variables(forward, frame)
            self.networks.add(forward.module)
            self.largest = max(self.largest, len(forward.inputs))
            self.settle(Phase.TRAINING)
        self._next_look()

    def settle(self, phase: Phase) -> None:
        """It is known what the batch was: write it down."""
        forward, self.forward = self.forward, None
        if forward is None:
            return
        if not forward.counts_examples():
            return
        if phase is Phase.EVALUATION and forward.graded and (forward.training_mode or not self.networks):
            return  # a network of several parts, or trained by hand: nothing is known of it
        if phase is Phase.EVALUATION and not self.evaluating:
            self.evaluating = True
            self.evaluations += 1
        clock = clock_of(on_cpu=forward.inputs.is_cpu)
        started = clock()
        with Quiet(self.state):
            self._write(forward, phase)
        self.coverage.paid(clock() - started)
        if self.in_reserve and not self.coverage.affords(self.state.part.seconds(), kept=-FOR_NEW_PLACE):
            self.arm(False)

    @survives
    def finish(self) -> None:
        """The program ends."""
        self.settle(Phase.EVALUATION)
        self.over = True
        self.arm(False)

    def broke(self, error: Exception) -> None:
        """Nothing more is looked at; what is written stays."""
        self.over, self.armed, self.forward, self.drawn = True, False, None, None
        self.state.ledger_at = NEVER
        self.listen(False)
        trace = "".join(traceback.format_exception(error))[-3000:]
        self.state.part.write(
            SamplingFailure(step=self.state.index, error=repr(error), trace=trace), essential=True
        )
        self.state.note(f"examples are not followed from step {self.state.index} on: {error!r}")

    # ---- what is written -----------------------------------------------------------------------------

    def _of_variables(self, forward: Forward, frame: FrameType | None) -> None:
        """Where a batch comes from that no loader has handed out, and its labels where no loss is given them."""
        clock = clock_of(on_cpu=forward.inputs.is_cpu)
        started = clock()
        with Quiet(self.state):
            inputs, sources = forward.inputs, self.sources
            sources.entered_at = self._entered_at(forward, frame)
            whole = inputs.is_cpu and not forward.graded and len(inputs) > WHOLE * self.largest
            keys_of = cache(lambda: self.keys.of(forward.together()))
            origin = sources.of_view(inputs, frame, whole=keys_of if whole else None)
            if origin is None and inputs.is_cpu:
                keys = keys_of()
                origin = sources.of_keys(inputs, keys, frame, whole=whole)
                origin = origin or sources.of_index(inputs, forward.labels, frame)
                origin = (origin or sources.unknown(inputs))._replace(keys=keys)
            forward.origin = None if origin is None else sources.described_anew(origin)
            if forward.labels is None and origin is not None:
                forward.labels = self._labels_beside(inputs, origin, frame)
        self.coverage.paid(clock() - started)

    def _entered_at(self, forward: Forward, frame: FrameType | None) -> Location | None:
        """The line that called the network with it; where that was not heard, the line that computed its loss."""
        called = self.called_at.get(forward.module) if forward.graded else None
        return called or self.state.frames.location(frame)

    def _labels_beside(self, inputs: Tensor, origin: Origin, frame: FrameType | None) -> Tensor | None:
        """The labels that the variables hold: of the whole tensor that the rows are of, or of the batch alone."""
        arrays = list(user_arrays(frame, self.state.frames))
        names = [named.name for named in arrays if same_place(named.values, inputs)]
        arrays = [named for named in arrays if not same_place(named.values, inputs)]
        if origin.rows is not None and origin.size is not None:
            labels = labels_among(arrays, origin.size, [*names, self.sources.names[origin.source]])
            return None if labels is None else labels[origin.rows]
        return labels_among(arrays, len(inputs), names)

    def _write(self, forward: Forward, phase: Phase) -> None:
        inputs = forward.together()
        origin = forward.origin
        if origin is None:
            drawn = forward.drawn
            self.sources.entered_at = self._entered_at(forward, None)
            origin = self.sources.of_loader(drawn) if drawn is not None else self.sources.unknown(inputs)
        rows = origin.rows if origin.rows is not None and len(origin.rows) == len(inputs) else None
        keys = self.keys.of(inputs) if origin.keys is None and rows is None else origin.keys
        round_ = self._round(origin, phase, len(inputs), keys)
        current = self.state.current
        number = current.number if current is not None else 0
        first = self.first_round.setdefault((number, origin.source, phase), round_)
        if keys is None and round_ - first < KEYED_ROUNDS:
            keys = self.keys.of(inputs)
        again = (
            phase is Phase.TRAINING and rows is not None and forward.drawn is not None and round_ == KEYED_ROUNDS - 1
        )
        names = rows if rows is not None else keys
        source = origin.source if rows is not None else (origin.source, phase)
        kept, chosen = self.kept.chosen(source, phase, inputs, names, again=again)
        loss = forward.loss
        entry = Batch(
            source=origin.source, phase=phase, training=number,
            step=self.state.index, round=round_, function=forward.function,
            mode=forward.training_mode, size=len(inputs),
            loss=float(loss) if loss is not None and loss.numel() == 1 else None,
        )  # fmt: skip
        if phase is Phase.TRAINING and forward.scores is not None and forward.module not in self.directly:
            self.directly[forward.module] = answers_directly(forward.outputs, forward.scores)
        tensors = {
            "rows": rows, "keys": keys, "labels": forward.given_labels(),
            "outputs": forward.answers(directly=self.directly.get(forward.module, True)),
            "inputs": chosen, "kept": kept,
        }  # fmt: skip
        if not self.writer.write(entry, tensors):
            self.over = True

    def _round(self, origin: Origin, phase: Phase, size: int, keys: Tensor | None) -> int:
        if phase is Phase.EVALUATION:
            return self.evaluations - 1
        if origin.round is not None:
            return origin.round
        if origin.size is None:
            round_ = 0 if keys is None else self.passes.of(origin.source, keys.tolist())
            self.rounds = max(self.rounds, round_)
            return round_
        before = self.passed_of.get(origin.source, 0)
        self.passed_of[origin.source] = before + size
        self.rounds = max(self.rounds, before // origin.size)
        return before // origin.size
