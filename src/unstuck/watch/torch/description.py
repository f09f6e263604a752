"""Tells the record what a sampled step saw: models, the graph, losses, outputs, activations, inputs, parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any

import torch

from unstuck.record.events import GraphSeen, InputSeen, TensorPlace
from unstuck.watch.torch import activations as activity
from unstuck.watch.torch.graph_traversal import LAYER_MARK, Walk, described, metadata
from unstuck.watch.torch.names import model_event, variable_name
from unstuck.watch.torch.quiet import busy
from unstuck.watch.torch.sampled_step import SampledStep, gradient_norm, parameter_rows
from unstuck.watch.torch.state import State
from unstuck.watch.torch.summary import describe, finish, readable
from unstuck.watch.torch.tracked_objects import OptimizerEntry
from unstuck.watch.torch.trainings import TrainingState

Tensor = torch.Tensor
MAX_GRAPHS = 8
"""different structures told of one training (a network over sentences has one for each length)"""
MAX_TRACKED = 400
"""parameters whose summaries are kept, of one optimiser"""
MAX_LEAVES = 64
"""raw tensors that are followed"""
MAX_INPUTS = 4
FEATURES_EVERY = 8
MAX_EXAMPLES_TOLD = 256
MAX_UNTRAINED = 8
"""models told of a run that fails before its first backward"""
MAX_SAMPLES = 8
"""batches of which examples are stored, if the user asks for it"""
SAMPLE_ELEMENTS = 1 << 16


class Description:
    """Writes what a sampled step has measured; knows which places were written already."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.part = state.part
        self.places: dict[Any, int] = {}
        self.keep_samples = False
        self.samples = 0

    def describe(self, sampled: SampledStep, training: TrainingState, found: Walk, frame: FrameType | None) -> None:
        self.graph(training, found)
        self.losses(sampled, found, training.number)
        self.outputs(sampled, training)
        if not self.state.saved_hooks and not busy():
            self.activations(sampled, training, found)
            self.inputs(training, found)
        self._raw_leaves(sampled, found, frame)

    def models(self, training: TrainingState, found: Walk | None, frame: FrameType | None) -> None:
        registry = self.state.registry
        leaves = list(found.leaves.values()) if found else []
        if any(registry.owner(leaf) is None and isinstance(leaf, torch.nn.Parameter) for leaf in leaves):
            registry.refresh()
        owners = [owner for leaf in leaves if (owner := registry.owner(leaf)) is not None]
        number = registry.number
        mine = training.parameters
        if not owners and self.state.optimizers:  # a loss that reaches no network: told of those being optimised
            mine = mine.union(*(entry.parameters for entry in self.state.optimizers.values()))
        roots = {number(owner.root): owner.root for owner in owners}
        for root in registry.roots():
            if number(root) not in roots and any(number(p) in mine for p in root.parameters()):
                roots[number(root)] = root
        new = [root for key, root in roots.items() if training.announced.get(key) != shape_of(root, number)]
        if not new:
            return
        registry.name_roots(registry.roots(), frame)
        several = len(registry.roots()) > 1
        if several:
            for root in registry.roots():  # what has been called is told, whether a loss has reached it or not
                registry.prefixes.setdefault(number(root), f"{registry.root_name(root)}.")
        for root in new:
            training.announced[number(root)] = shape_of(root, number)
            prefix = f"{registry.root_name(root)}." if several else ""
            registry.prefixes[number(root)] = prefix
            model = model_event(registry, root, prefix, step=self.state.index, training=training.number)
            self.part.write(model, essential=True)

    def untrained(self, frame: FrameType | None) -> None:
        """A run fails before its first backward: tell the models and optimisers that there are."""
        registry = self.state.registry
        roots = registry.roots()[:MAX_UNTRAINED]
        registry.name_roots(roots, frame)
        for root in roots:
            prefix = f"{registry.root_name(root)}." if len(roots) > 1 else ""
            model = model_event(registry, root, prefix, step=self.state.index, training=None)
            self.part.write(model, essential=True)

    def graph(self, training: TrainingState, found: Walk) -> None:
        signature = found.signature(self.state.registry.number)
        if signature in training.signatures or len(training.signatures) >= MAX_GRAPHS:
            return
        registry = self.state.registry
        nodes = training.signatures[signature] = described(
            found, self.state.frames, registry.number, registry.full_name
        )
        graph = GraphSeen(
            step=self.state.index, training=training.number, series=self.state.last_resolved,
            truncated=found.truncated, nodes=nodes,
        )
        self.part.write(graph)

    def losses(self, sampled: SampledStep, found: Walk | None, entry_training: int) -> None:
        reached = {id(node) for node in found.nodes} if found is not None else set()
        calls, sampled.calls = sampled.calls, []
        for node, facts, place, losses in calls:
            in_graph = id(node) in reached
            batch = self.state.batch
            if in_graph and losses is not None:
                facts = replace(facts, example_losses=tuple(losses[:MAX_EXAMPLES_TOLD]))
                if batch is not None and len(batch[1]) == len(losses):
                    facts = replace(facts, loader=batch[0], indices=tuple(batch[1][:MAX_EXAMPLES_TOLD]))
            phase = "train" if in_graph else "other"
            self.part.write(replace(facts, step=self.state.index, training=entry_training, phase=phase, **place))

    def outputs(self, sampled: SampledStep, training: TrainingState) -> None:
        registry = self.state.registry
        for key in sampled.ungraded:
            if (called := registry.full_name(key)) is not None:
                self.place(training.number, "ungraded", called, called)
        outputs, sampled.outputs = sampled.outputs, {}
        if not outputs:
            return
        table = torch.stack([m.to(next(iter(outputs.values())).device) for m in outputs.values()]).tolist()
        for key, measured in zip(outputs, table, strict=True):
            name = registry.full_name(key)
            if name is not None:
                sampled.rows.append((self.place(training.number, "output", name, name), finish(measured)))

    def activations(self, sampled: SampledStep, training: TrainingState, found: Walk) -> None:
        registry = self.state.registry
        for at, leaf, row in activity.activation_rows(found, training.activity):
            owner = registry.owner(leaf) if leaf is not None else None
            op = found.names[at]
            layer = registry.prefix(owner.root) + owner.layer if owner is not None else None
            marked = metadata(found.nodes[at]).get(LAYER_MARK)
            name = (registry.full_name(marked) if marked is not None else None) or f"{layer or at}.{op}"
            key = layer if layer is not None else f"node {at}"
            place = self.place(training.number, "activation", name, layer, op=op, key=key)
            sampled.rows.append((place, row))

    def inputs(self, training: TrainingState, found: Walk) -> None:
        registry = self.state.registry
        with_features = training.inputs_told < 3 or training.inputs_told % FEATURES_EVERY == 0
        training.inputs_told += 1

        def owned(leaf: Tensor) -> bool:
            return registry.owner(leaf) is not None or registry.number(leaf) in training.parameters

        for at, value in activity.constant_inputs(found, owned)[:MAX_INPUTS]:
            leaf = activity.weight_leaf(found, at)
            owner = registry.owner(leaf) if leaf is not None else None
            convolution = found.names[at] == "convolution"
            features = activity.feature_facts(value, convolution) if with_features and value.dim() >= 2 else None
            if self.keep_samples and self.samples < MAX_SAMPLES:
                self._keep(value)
            entered = InputSeen(
                step=self.state.index, training=training.number, op=found.names[at], values=describe(value),
                layer=registry.prefix(owner.root) + owner.layer if owner is not None else None, features=features,
            )
            self.part.write(entered)

    def _keep(self, value: Tensor) -> None:
        """Store a few examples as they entered the network; only where the user has asked for it."""
        import numpy as np

        self.samples += 1
        rows = value[: max(1, min(len(value), SAMPLE_ELEMENTS // max(1, value[0].numel())))]
        path = self.part.directory / f"samples-{self.state.index}-{self.samples}.npz"
        np.savez_compressed(path, input=rows.float().cpu().numpy())

    def _raw_leaves(self, sampled: SampledStep, found: Walk, frame: FrameType | None) -> None:
        """Leaves that no optimiser holds and no module owns: followed by the names of their variables."""
        if not self.state.bare():
            self._left_out(sampled, found)
            return
        for leaf in list(found.leaves.values())[:MAX_LEAVES]:
            if readable(leaf) and id(leaf) not in sampled.leaves:
                sampled.leaves[id(leaf)] = leaf
                sampled.stale[id(leaf)] = gradient_norm([leaf])[0]
                owner = self.state.registry.owner(leaf)
                name = owner.name if owner else variable_name(leaf, frame, self.state.frames)
                sampled.leaf_names[id(leaf)] = name or f"tensor{list(leaf.shape)}"

    def _left_out(self, sampled: SampledStep, found: Walk) -> None:
        """Parameters that a loss reaches and no optimiser holds: do they stay as they are?"""
        held = {p for entry in self.state.optimizers.values() for p in entry.parameters}
        registry = self.state.registry
        for leaf in list(found.leaves.values())[:MAX_TRACKED]:
            owner = registry.owner(leaf)
            if owner is None or registry.number(leaf) in held or id(leaf) in sampled.leaves or not readable(leaf):
                continue
            sampled.leaves[id(leaf)] = leaf
            self.left_out(sampled, leaf)

    def left_out(self, sampled: SampledStep, leaf: Tensor) -> None:
        name, layer = self.parameter_name(leaf, None)
        place = self.place(
            sampled.training, "weight", name, layer, parameter=self.state.registry.number(leaf)
        )
        sampled.rows.append((place, parameter_rows([leaf])[0][0]))

    def parameter_name(self, parameter: Tensor, entry: OptimizerEntry | None) -> tuple[str, str]:
        owner = self.state.registry.owner(parameter)
        if owner is None:
            name = f"optimizer{entry.number if entry else ''}.tensor{list(parameter.shape)}"
            return name, name
        prefix = self.state.registry.prefix(owner.root)
        layer = prefix + owner.layer if owner.layer else prefix.rstrip(".") or type(owner.root).__name__
        return prefix + owner.name, layer

    def place(
        self, training: int | None, what: str, name: str, layer: str | None, *, key: object = None,
        op: str | None = None, parameter: int | None = None,
    ) -> int:
        """The number of a place; told once."""
        full = (training, what, key if key is not None else name if parameter is None else parameter, op)
        number = self.places.get(full)
        if number is None:
            number = self.places[full] = len(self.places)
            place = TensorPlace(
                step=self.state.index, id=number, training=training, what=what, name=name, layer=layer, op=op,
                parameter=parameter,
            )
            self.part.write(place, essential=True)
        return number


def shape_of(root: torch.nn.Module, number: Callable[[object], int]) -> tuple[Any, ...]:
    """What of a model must change for it to be told again."""
    return tuple((number(p), p.requires_grad) for p in root.parameters())
