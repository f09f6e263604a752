"""Looks closely at a few steps: opens a window, measures what passes through it, writes it down."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from time import thread_time
from types import FrameType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import torch

from unstuck.record import schema
from unstuck.record.schema import Kind
from unstuck.watch.torch import activations
from unstuck.watch.torch.edge import bad_targets, bad_values
from unstuck.watch.torch.losses import example_losses, loss_facts
from unstuck.watch.torch.names import model_event, variable_name
from unstuck.watch.torch.summary import describe, finish, measure, readable, summarise
from unstuck.watch.torch.walk import LAYER_MARK, Walk, described, operation, walk
from unstuck.watch.torch.window import (
    MAX_BACKWARDS,
    MAX_OUTPUTS,
    MAX_WAITED,
    Gradients,
    Window,
    gradient_norm,
    has_moved,
    histogram,
    histogram_columns,
    parameter_rows,
    snapshot,
    update_row,
)

if TYPE_CHECKING:
    from unstuck.watch.torch.recorder import OptimizerEntry, Recorder, SeriesEntry
    from unstuck.watch.torch.trainings import TrainingState

Tensor = torch.Tensor
TRACED_WINDOWS = (0, 2)
"""windows in which autograd also notes the user's line of every operation (dear: some 50 us each)"""
MAX_GRAPHS = 8
"""different structures told of one training (a network over sentences has one for each length)"""
MAX_TRACKED = 400
"""parameters whose summaries are kept, of one optimiser"""
HISTOGRAM_EVERY = 8
FEATURES_EVERY = 8
MAX_EXAMPLES_TOLD = 256
MAX_UNTRAINED = 8
"""models told of a run that fails before its first backward"""
MAX_SAMPLES = 8
"""batches of which examples are stored, if the user asks for it"""
SAMPLE_ELEMENTS = 1 << 16


P = ParamSpec("P")
R = TypeVar("R")


def survives(method: Callable[Concatenate[Closeup, P], R]) -> Callable[Concatenate[Closeup, P], R | None]:
    """What breaks in a close look ends close looks, not the recording."""

    def guarded(self: Closeup, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            self.broke(error)
            return None

    guarded.__doc__ = method.__doc__
    return guarded


class Closeup:
    """The window of a recorder, if one is open, and what is known between windows."""

    def __init__(self, recorder: Recorder, *, layers: bool) -> None:
        self.recorder = recorder
        self.part = recorder.part
        self.layers = layers
        self.window: Window | None = None
        self.measuring = False
        self.saved_hooks = False
        """someone packs saved tensors (checkpointing): to read them would run the forward again"""
        self.places: dict[Any, int] = {}
        self.eval_calls: dict[int, int] = {}
        self.detached = 0
        self.over = False
        self.keep_samples = False
        self.samples = 0
        self.active: set[int] = set()
        self.switch_modules: Callable[[bool], object] = bool

    # ---- opening and closing -------------------------------------------------------------------------

    def open(self) -> None:
        """From now on until the end of the next step everything is looked at."""
        if self.window is not None or self.over:
            return
        windows = self.recorder.schedule.windows
        self.recorder.quiet[0] = False
        self.window = Window(self.recorder.index, traced=self.layers and windows in TRACED_WINDOWS)
        if self.layers:
            self.switch_modules(True)
            if self.window.traced and not torch.is_anomaly_enabled():
                torch.set_anomaly_enabled(True, False)
            else:
                self.window.traced = False

    def untrace(self) -> None:
        """Autograd no longer notes lines."""
        if self.window is not None and self.window.traced:
            self.window.traced = False
            torch.set_anomaly_enabled(False, True)

    @survives
    def close(self) -> None:
        """The step is over: write what was found."""
        window = self.window
        if window is None:
            return
        started = thread_time()
        self.untrace()
        self.switch_modules(False)
        self.window = None
        self.recorder.settle_down()
        if not self.recorder.batch_stays:
            self.recorder.batch = None
        if -1 in window.before:
            self._measure_raw(window)
        if window.backwards:
            self._write(window)
        window.cost += thread_time() - started
        self.recorder.schedule.closed(self.recorder.index, window.cost)

    def close_last(self) -> None:
        """The program ends within a window: write what there is, gradients as they stand."""
        if self.window is not None:
            self.close()

    def broke(self, error: Exception) -> None:
        """A close look failed: no more of them; losses and steps are recorded on."""
        self.discard()
        self.over = True
        trace = "".join(traceback.format_exception(error))[-3000:]
        self.part.event("closeup_failure", self.recorder.index, essential=True, error=repr(error), trace=trace)
        self.recorder.note(f"layers and gradients are not seen from step {self.recorder.index} on: {error!r}")

    def discard(self) -> None:
        """Put everything back without writing."""
        self.untrace()
        self.switch_modules(False)
        self.window = None
        self.recorder.settle_down()

    def _write(self, window: Window) -> None:
        if window.rows:
            places = [place for place, _ in window.rows]
            values = [value for _, row in window.rows for value in row]
            self.part.frame(schema.SUMMARY_FRAME, window.index, places, values, len(schema.SUMMARY))
        if window.histograms:
            places = [place for place, _ in window.histograms]
            values = [value for _, row in window.histograms for value in row]
            self.part.frame(schema.HISTOGRAM_FRAME, window.index, places, values, histogram_columns())
        entries = {entry.number: entry for entry in self.recorder.optimizers.values()}
        told = {
            str(number): {
                "entries": g.entries, "clean": g.clean, "stale_norm": g.stale_norm, "stepped": g.stepped,
                "parameters": g.parameters, "none": g.none, "zero": g.zero, "norm": g.norm, "moved": g.moved,
                "zeroed": entries[number].zeroed if number in entries else 0,
            }
            for number, g in window.gradients.items()
        }
        self.part.event(
            "window", window.index, training=window.training, backwards=window.backwards, optimizers=told,
            cost=window.cost, memory=resident_bytes(),
        )

    @survives
    def due(self) -> None:
        """Open a window if the schedule says so; called at the end of a step."""
        recorder = self.recorder
        if recorder.schedule.due(recorder.index, recorder.part.seconds()):
            self.open()

    # ---- forward -------------------------------------------------------------------------------------

    @survives
    def module_called(self, module: torch.nn.Module, result: Any) -> None:
        """A module has returned from its forward (windows only)."""
        window = self.window
        if window is None or self.measuring or self.recorder.depth or busy():
            return
        started = thread_time()
        self.recorder.registry.know(module)
        output = first_tensor(result)
        if output is not None and output.grad_fn is not None:
            mark(output.grad_fn, module)
        if module._modules or not torch.is_grad_enabled():
            if not module._modules and module.training:
                window.ungraded[id(module)] = None
            return
        if output is None or id(module) in window.outputs or len(window.outputs) >= MAX_OUTPUTS:
            return
        if readable(output):
            with self.quiet():
                window.outputs[id(module)] = measure(output.detach())
        window.cost += thread_time() - started

    def quiet(self) -> Any:
        """Our own operations are not recorded by autograd and not seen by us."""
        return Quiet(self)

    # ---- losses --------------------------------------------------------------------------------------

    @survives
    def loss_called(self, function: str, result: Tensor, arguments: tuple[Any, ...], frame: FrameType) -> None:
        """A loss function that carries a gradient has returned within a window."""
        window = self.window
        if window is None or self.measuring or window.backwards >= MAX_BACKWARDS or busy():
            return
        started = thread_time()
        with self.quiet():
            facts = loss_facts(function, arguments)
            losses = example_losses(function, arguments)
        window.calls.append((result.grad_fn, facts, self.recorder.frames.location(frame), losses))
        window.cost += thread_time() - started

    def _tell_losses(self, window: Window, found: Walk | None, entry_training: int) -> None:
        reached = {id(node) for node in found.nodes} if found is not None else set()
        calls, window.calls = window.calls, []
        for node, facts, place, losses in calls:
            in_graph = id(node) in reached
            batch = self.recorder.batch
            examples: dict[str, Any] = {}
            if in_graph and losses is not None:
                examples["example_losses"] = losses[:MAX_EXAMPLES_TOLD]
                if batch is not None and len(batch[1]) == len(losses):
                    examples |= {"loader": batch[0], "indices": batch[1][:MAX_EXAMPLES_TOLD]}
            self.part.event(
                "loss_call", self.recorder.index, training=entry_training, phase="train" if in_graph else "other",
                file=place.file if place else None, line=place.line if place else None, **facts, **examples,
            )

    @survives
    def eval_loss(self, function: str, arguments: tuple[Any, ...], series: int) -> None:
        """A loss without a gradient: looked at the first times, then ever more rarely."""
        seen = self.eval_calls.get(series, 0)
        self.eval_calls[series] = seen + 1
        if (seen & (seen - 1) and seen % 64) or busy():  # 0, 1, 2, 4, 8 … and every 64th
            return
        started = thread_time()
        with self.quiet():
            facts = loss_facts(function, arguments)
        current = self.recorder.current
        self.part.event(
            "loss_call", self.recorder.index, training=current.number if current else 0, series=series,
            phase="eval", **facts,
        )
        self.recorder.schedule.spent += thread_time() - started

    @survives
    def detached_loss(self, function: str, result: Tensor, arguments: tuple[Any, ...], frame: FrameType) -> None:
        """A loss was computed with gradients on, and carries none: the graph is cut before it."""
        self.detached += 1
        if self.detached & (self.detached - 1) or self.measuring:
            return
        place = self.recorder.frames.location(frame)
        given = arguments[0] if arguments else None
        current = self.recorder.current
        self.part.event(
            "detached", self.recorder.index, training=current.number if current else None, function=function,
            count=self.detached, input=describe(given) if isinstance(given, Tensor) else None,
            training_mode=self._training_mode(),
            file=place.file if place else None, line=place.line if place else None,
        )

    def _training_mode(self) -> bool | None:
        """Whether any network is in training mode; None where there is no network."""
        roots = self.recorder.registry.roots()
        return any(root.training for root in roots) if roots else None

    # ---- backward ------------------------------------------------------------------------------------

    @survives
    def before_backward(self, loss: Tensor, frame: FrameType | None) -> Walk | None:
        """Before an outermost backward: walk the graph if a window is open."""
        window = self.window
        if window is None:
            return None
        if window.backwards >= MAX_BACKWARDS:
            window.backwards += 1
            return None
        if window.backwards and self._bare() and self._moved_by_hand(window):
            # No optimiser closes the step: the next backward does.
            self.close()
            self.due()
            window = self.window
            if window is None:
                return None
        started = thread_time()
        self.untrace()
        with self.quiet():
            for key, entry in self.recorder.optimizers.items():
                self._enter(window, key, entry)
            found = walk(loss.grad_fn) if loss.grad_fn is not None else None
        window.backwards += 1
        window.cost += thread_time() - started
        return found

    def _bare(self) -> bool:
        return not self.recorder.in_step and not any(entry.steps for entry in self.recorder.optimizers.values())

    def _moved_by_hand(self, window: Window) -> bool:
        """Whether a step has been made without an optimiser; where there is one, it may yet do so."""
        if not any(entry.optimizer() is not None for entry in self.recorder.optimizers.values()):
            return True
        with self.quiet():
            return any(has_moved(parameter, before) for parameter, before, _ in window.before.get(-1, ()))

    def _enter(self, window: Window, key: int, entry: OptimizerEntry) -> None:
        """Were the optimiser's gradients clean when this backward began?"""
        optimizer = entry.optimizer()
        if optimizer is None:
            return
        seen = window.gradients.setdefault(entry.number, Gradients())
        if seen.stepped or seen.entries >= MAX_BACKWARDS:
            return
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        norm, _, _ = gradient_norm(parameters)
        seen.entries += 1
        if norm == 0.0:
            seen.clean += 1
        elif seen.entries == 1:
            seen.stale_norm = norm

    @survives
    def announce(self, state: TrainingState, found: Walk | None, frame: FrameType | None) -> None:
        """The series of the backward is known: tell models, graph, losses and inputs of the window."""
        started = thread_time()
        with self.quiet():
            self._tell_models(state, found, frame)
            window = self.window
            if window is not None and found is not None:
                window.training = state.number if window.training is None else window.training
                self._tell_window(window, state, found, frame)
        if self.window is not None:
            self.window.cost += thread_time() - started

    def _tell_window(self, window: Window, state: TrainingState, found: Walk, frame: FrameType | None) -> None:
        self._tell_graph(state, found)
        self._tell_losses(window, found, state.number)
        self._tell_outputs(window, state)
        if not self.saved_hooks and not busy():
            self._tell_activations(window, state, found)
            self._tell_inputs(state, found)
        self._raw_leaves(window, found, frame)

    def _tell_models(self, state: TrainingState, found: Walk | None, frame: FrameType | None) -> None:
        registry = self.recorder.registry
        leaves = list(found.leaves.values()) if found else []
        if any(registry.owner(leaf) is None and isinstance(leaf, torch.nn.Parameter) for leaf in leaves):
            registry.refresh()
        owners = [owner for leaf in leaves if (owner := registry.owner(leaf)) is not None]
        number = registry.number
        mine = state.parameters
        if not owners and self.recorder.optimizers:  # a loss that reaches no network: told of those being optimised
            mine = mine.union(*(entry.parameters for entry in self.recorder.optimizers.values()))
        roots = {number(owner.root): owner.root for owner in owners}
        for root in registry.roots():
            if number(root) not in roots and any(number(p) in mine for p in root.parameters()):
                roots[number(root)] = root
        new = [root for key, root in roots.items() if state.announced.get(key) != shape_of(root, number)]
        if not new:
            return
        registry.name_roots(registry.roots(), frame)
        several = len(registry.roots()) > 1
        if several:
            for root in registry.roots():  # what has been called is told, whether a loss has reached it or not
                registry.prefixes.setdefault(number(root), f"{registry.root_name(root)}.")
        for root in new:
            state.announced[number(root)] = shape_of(root, number)
            prefix = f"{registry.root_name(root)}." if several else ""
            registry.prefixes[number(root)] = prefix
            self.part.event(
                "model", self.recorder.index, essential=True, training=state.number,
                **model_event(registry, root, prefix),
            )

    @survives
    def tell_untrained(self, frame: FrameType | None) -> None:
        """A run fails before its first backward: tell the models and optimisers that there are."""
        registry = self.recorder.registry
        roots = registry.roots()[:MAX_UNTRAINED]
        registry.name_roots(roots, frame)
        for root in roots:
            prefix = f"{registry.root_name(root)}." if len(roots) > 1 else ""
            told = model_event(registry, root, prefix)
            self.part.event("model", self.recorder.index, essential=True, training=None, **told)

    def _tell_graph(self, state: TrainingState, found: Walk) -> None:
        signature = found.signature(self.recorder.registry.number)
        if signature in state.signatures or len(state.signatures) >= MAX_GRAPHS:
            return
        nodes = described(found, self.recorder.frames, self.recorder.registry.number)
        for node in nodes:
            if "layer" in node:
                node["layer"] = self.recorder.registry.full_name(node["layer"])
        state.signatures[signature] = nodes
        series = self.recorder.last_resolved
        self.part.event(
            "graph", self.recorder.index, training=state.number, series=series, truncated=found.truncated,
            nodes=nodes,
        )

    def _tell_outputs(self, window: Window, state: TrainingState) -> None:
        registry = self.recorder.registry
        for key in window.ungraded:
            if (called := registry.full_name(key)) is not None:
                self.place(state.number, "ungraded", called, called)
        outputs, window.outputs = window.outputs, {}
        if not outputs:
            return
        table = torch.stack([m.to(next(iter(outputs.values())).device) for m in outputs.values()]).tolist()
        for key, measured in zip(outputs, table, strict=True):
            name = registry.full_name(key)
            if name is not None:
                window.rows.append((self.place(state.number, "output", name, name), finish(measured)))

    def _tell_activations(self, window: Window, state: TrainingState, found: Walk) -> None:
        registry = self.recorder.registry
        for at, leaf, row in activations.activation_rows(found, state.activity):
            owner = registry.owner(leaf) if leaf is not None else None
            op = operation(found.names[at]).lower()
            layer = registry.prefix(owner.root) + owner.layer if owner is not None else None
            marked = getattr(found.nodes[at], "metadata", {}).get(LAYER_MARK)
            name = (registry.full_name(marked) if marked is not None else None) or f"{layer or at}.{op}"
            key = layer if layer is not None else f"node {at}"
            place = self.place(state.number, "activation", name, layer, op=op, key=key)
            window.rows.append((place, row))

    def _tell_inputs(self, state: TrainingState, found: Walk) -> None:
        registry = self.recorder.registry
        with_features = state.inputs_told < 3 or state.inputs_told % FEATURES_EVERY == 0
        state.inputs_told += 1

        def owned(leaf: Tensor) -> bool:
            return registry.owner(leaf) is not None or registry.number(leaf) in state.parameters

        for at, value in activations.constant_inputs(found, owned)[:4]:
            leaf = activations.weight_leaf(found, at)
            owner = registry.owner(leaf) if leaf is not None else None
            convolution = operation(found.names[at]) == "Convolution"
            told = describe(value)
            if with_features and value.dim() >= 2:
                told["features"] = activations.feature_facts(value, convolution)
            if self.keep_samples and self.samples < MAX_SAMPLES:
                self._keep(value)
            self.part.event(
                "input", self.recorder.index, training=state.number, op=operation(found.names[at]),
                layer=registry.prefix(owner.root) + owner.layer if owner is not None else None, **told,
            )

    def _keep(self, value: Tensor) -> None:
        """Store a few examples as they entered the network; only where the user has asked for it."""
        import numpy as np

        self.samples += 1
        rows = value[: max(1, min(len(value), SAMPLE_ELEMENTS // max(1, value[0].numel())))]
        path = self.part.directory / f"samples-{self.recorder.index}-{self.samples}.npz"
        np.savez_compressed(path, input=rows.float().cpu().numpy())

    def _raw_leaves(self, window: Window, found: Walk, frame: FrameType | None) -> None:
        """Leaves that no optimiser holds and no module owns: followed by the names of their variables."""
        if not self._bare():
            self._left_out(window, found)
            return
        for leaf in list(found.leaves.values())[:64]:
            if readable(leaf) and id(leaf) not in window.leaves:
                window.leaves[id(leaf)] = leaf
                window.stale[id(leaf)] = gradient_norm([leaf])[0]
                owner = self.recorder.registry.owner(leaf)
                name = owner.name if owner else variable_name(leaf, frame, self.recorder.frames)
                window.leaf_names[id(leaf)] = name or f"tensor{list(leaf.shape)}"

    def _left_out(self, window: Window, found: Walk) -> None:
        """Parameters that a loss reaches and no optimiser holds: do they stay as they are?"""
        held = {p for entry in self.recorder.optimizers.values() for p in entry.parameters}
        registry = self.recorder.registry
        for leaf in list(found.leaves.values())[:MAX_TRACKED]:
            owner = registry.owner(leaf)
            if owner is None or registry.number(leaf) in held or id(leaf) in window.leaves or not readable(leaf):
                continue
            window.leaves[id(leaf)] = leaf
            self._tell_left_out(window, leaf)

    def _tell_left_out(self, window: Window, leaf: Tensor) -> None:
        name, layer = self._parameter_name(leaf, None)
        place = self.place(
            window.training, "weight", name, layer, parameter=self.recorder.registry.number(leaf)
        )
        window.rows.append((place, parameter_rows([leaf])[0][0]))

    @survives
    def after_backward(self) -> None:
        """After an outermost backward: raw tensors have their gradients now."""
        window = self.window
        if window is None:
            return
        if window.leaves and -1 not in window.before and self._bare():
            started = thread_time()
            with self.quiet():
                parameters = list(window.leaves.values())
                window.before[-1] = snapshot(parameters)
                with_gradient = [p for p, _, _ in window.before[-1] if readable(p.grad)]
                gradients = summarise([p.grad for p in with_gradient if p.grad is not None])
                for p, gradient in zip(with_gradient, gradients, strict=True):
                    window.fresh[id(p)] = gradient[6]
                    window.raw.append(("gradient", window.leaf_names[id(p)], gradient))
            window.cost += thread_time() - started
        if window.backwards == MAX_BACKWARDS and not any(seen.stepped for seen in window.gradients.values()):
            # Many gradients are gathered for one step: it is waited for, and what leads there is seen no closer.
            self.untrace()
            self.switch_modules(False)
            window.calls.clear()
        elif window.backwards == MAX_BACKWARDS or window.backwards >= MAX_WAITED:
            self.active = {number for number, seen in window.gradients.items() if seen.stepped}
            self.close()

    def _measure_raw(self, window: Window) -> None:
        moved = []
        with self.quiet():
            for what, name, row in window.raw:
                window.rows.append((self.place(window.training, what, name, name), row))
            window.raw.clear()
            kept = window.before.pop(-1, [])
            weights = summarise([parameter for parameter, _, _ in kept])
            for (parameter, before, weight), now in zip(kept, weights, strict=True):
                name = window.leaf_names[id(parameter)]
                window.rows.append((self.place(window.training, "weight", name, name), now))
                row = update_row(parameter, before, weight)
                window.rows.append((self.place(window.training, "update", name, name), row))
                if row[6] != 0.0:
                    moved.append(id(parameter))
        if moved:
            stale, norm = (
                sum(norms.get(one, 0.0) ** 2 for one in moved) ** 0.5 for norms in (window.stale, window.fresh)
            )
            window.gradients[-1] = Gradients(
                entries=window.backwards, clean=int(stale == 0.0), stale_norm=stale, stepped=True,
                parameters=len(window.leaves), norm=norm, moved=len(moved),
            )

    # ---- step ----------------------------------------------------------------------------------------

    @survives
    def before_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """Before a step within a window: keep the weights as they are."""
        window = self.window
        if window is None or entry.number in window.before:
            return
        started = thread_time()
        with self.quiet():
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            window.before[entry.number] = snapshot(parameters[:MAX_TRACKED])
        window.cost += thread_time() - started

    @survives
    def after_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """After a step: measure it within a window, and decide about the next one."""
        window = self.window
        self.active.add(entry.number)
        if window is not None and window.backwards:
            started = thread_time()
            with self.quiet():
                self._measure_step(window, entry, optimizer)
            window.cost += thread_time() - started
            if all(window.gradients[n].stepped for n in self.active if n in window.gradients):
                self.close()
                self.active = {entry.number}
        elif not self.recorder.index and not entry.steps & (entry.steps - 1):
            self._tell_blind_step(entry, optimizer)
        if self.window is None:
            self.due()

    def _tell_blind_step(self, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        """A step before any backward: does it find gradients that were set by hand?"""
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        with self.quiet():
            norm, none, _ = gradient_norm(parameters)
        self.part.event(
            "blind_step", 0, training=None, optimizer=entry.number, steps=entry.steps, parameters=len(parameters),
            none=none, norm=norm, **entry.place,
        )

    def _measure_step(self, window: Window, entry: OptimizerEntry, optimizer: torch.optim.Optimizer) -> None:
        seen = window.gradients.setdefault(entry.number, Gradients())
        if seen.stepped:
            return
        self._not_by_hand(window)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        seen.stepped = True
        seen.parameters = len(parameters)
        seen.norm, seen.none, seen.zero = gradient_norm(parameters)
        state = self.recorder.trainings.of_optimizer(entry.number)
        training = state.number if state is not None else window.training
        self.recorder.tell_optimizer(entry, training)
        kept = window.before.pop(entry.number, [])
        weights, gradients = parameter_rows([p for p, _, _ in kept]) if kept else ([], [])
        with_histograms = self.recorder.schedule.windows % HISTOGRAM_EVERY == 0
        for (parameter, before, weight), row, gradient in zip(kept, weights, gradients, strict=True):
            update = update_row(parameter, before, weight)
            seen.moved += update[6] != 0.0
            name, layer = self._parameter_name(parameter, entry)
            told = (("weight", row, parameter), ("gradient", gradient, parameter.grad), ("update", update, None))
            for what, values, tensor in told:
                if values is None:
                    continue
                place = self.place(training, what, name, layer, parameter=self.recorder.registry.number(parameter))
                window.rows.append((place, values))
                if with_histograms and tensor is not None and self._room():
                    window.histograms.append((place, histogram(tensor)))

    def _not_by_hand(self, window: Window) -> None:
        """An optimiser has stepped: of the raw leaves only those are told that it does not hold."""
        window.raw.clear()
        held = {p for entry in self.recorder.optimizers.values() for p in entry.parameters}
        registry = self.recorder.registry
        for leaf, _, _ in window.before.pop(-1, ()):
            if registry.owner(leaf) is not None and registry.number(leaf) not in held:
                self._tell_left_out(window, leaf)

    def _room(self) -> bool:
        return self.part.frame_bytes < schema.MAX_HISTOGRAM_BYTES

    def _parameter_name(self, parameter: Tensor, entry: OptimizerEntry | None) -> tuple[str, str]:
        owner = self.recorder.registry.owner(parameter)
        if owner is None:
            name = f"optimizer{entry.number if entry else ''}.tensor{list(parameter.shape)}"
            return name, name
        prefix = self.recorder.registry.prefix(owner.root)
        layer = prefix + owner.layer if owner.layer else prefix.rstrip(".") or type(owner.root).__name__
        return prefix + owner.name, layer

    def place(
        self, training: int | None, what: str, name: str, layer: str | None, *, key: object = None, **more: object
    ) -> int:
        """The number of a place; told once."""
        full = (training, what, key if key is not None else more.get("parameter", name), more.get("op"))
        number = self.places.get(full)
        if number is None:
            number = self.places[full] = len(self.places)
            self.part.event(
                "place", self.recorder.index, essential=True, id=number, training=training, what=what, name=name,
                layer=layer, **more,
            )
        return number

    def traced_row(self, kind: Kind, source: int, value: float = 0.0) -> None:
        """A row that is kept in windows only: the order of calls."""
        if self.window is not None:
            self.part.tape.append(kind, self.part.seconds(), value, self.recorder.index, source)

    # ---- NaN -----------------------------------------------------------------------------------------

    @survives
    def nonfinite(self, loss: Tensor, entry: SeriesEntry, found: Walk | None) -> None:
        """The first loss that is not a number: where does it come from?"""
        state = self.recorder.trainings.states[entry.training]
        state.nonfinite_told = True
        with self.quiet():
            if found is None and loss.grad_fn is not None:
                found = walk(loss.grad_fn)
            told = self._origin(state, found) if found is not None else {}
        batch = self.recorder.batch[1] if self.recorder.batch is not None else self.recorder.drawn()
        self.part.event(
            "nonfinite", self.recorder.index, essential=True, training=entry.training, series=entry.number,
            batch=batch[:MAX_EXAMPLES_TOLD] if batch is not None else None, **told,
        )

    def _origin(self, state: TrainingState, found: Walk) -> dict[str, Any]:
        """Weights first, then data, then the operation nearest the data that gives a non-finite value."""
        registry = self.recorder.registry
        weights = []
        for leaf in found.leaves.values():
            if readable(leaf) and not bool(torch.isfinite(leaf).all()):
                owner = registry.owner(leaf)
                weights.append(registry.prefix(owner.root) + owner.name if owner else f"tensor{list(leaf.shape)}")
        told: dict[str, Any] = {"weights": weights, "leaves": len(found.leaves)}
        if self.saved_hooks:
            return told
        inputs = activations.constant_inputs(found, lambda leaf: registry.number(leaf) in state.parameters)
        told["inputs_nonfinite"] = sum(int((~torch.isfinite(value)).sum()) for _, value in inputs)
        told["target_nonfinite"] = bad_targets(found.nodes)
        traced = state.signatures.get(found.signature(registry.number))
        for at in reversed(range(len(found.names))):
            bad = bad_values(found.nodes[at], operation(found.names[at]))
            if bad is not None:
                node = traced[at] if traced is not None else {}
                marked = getattr(found.nodes[at], "metadata", {}).get(LAYER_MARK)
                told |= {
                    "op": operation(found.names[at]), "count": bad[0], "of": bad[1],
                    "layer": registry.full_name(marked) if marked is not None else node.get("layer"),
                    "file": node.get("file"), "line": node.get("line"),
                }
                break
        return told


class Quiet:
    """Our own operations: no graph, no autocast, not seen by our own grafts."""

    def __init__(self, closeup: Closeup) -> None:
        self.closeup = closeup
        self.no_grad = torch.autograd.grad_mode.set_grad_enabled

    def __enter__(self) -> None:
        self.before = self.closeup.measuring
        self.closeup.measuring = True
        self.grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(False)
        self.autocast = torch.is_autocast_enabled("cpu")
        if self.autocast:
            torch.set_autocast_enabled("cpu", False)

    def __exit__(self, *_: object) -> None:
        if self.autocast:
            torch.set_autocast_enabled("cpu", True)
        torch._C._set_grad_enabled(self.grad)
        self.closeup.measuring = self.before


def busy() -> bool:
    """Whether a mode is active in which our reading would be seen: tracing, or a dispatch mode of the user's."""
    return bool(
        torch._C._len_torch_dispatch_stack() or torch._C._is_tracing() or torch.compiler.is_compiling()
        or torch._C._functorch.maybe_current_level() is not None
    )


def mark(node: Any, module: torch.nn.Module) -> None:
    """Note on a graph node which module made it; the innermost module wins."""
    try:
        node.metadata.setdefault(LAYER_MARK, id(module))
    except (AttributeError, RuntimeError):
        return


def first_tensor(result: Any) -> Tensor | None:
    """The tensor of a module's result: itself, or the first in a tuple, list or dictionary."""
    if isinstance(result, Tensor):
        return result
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return next((item for item in result if isinstance(item, Tensor)), None)
    return None


def shape_of(root: torch.nn.Module, number: Callable[[object], int]) -> tuple[Any, ...]:
    """What of a model must change for it to be told again."""
    return tuple((number(p), p.requires_grad) for p in root.parameters())


def resident_bytes() -> int | None:
    """Resident memory of this process."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return None
