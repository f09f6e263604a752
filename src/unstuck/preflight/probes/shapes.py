"""Shapes, parameters, multiply-adds and memory, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch

from unstuck.preflight.batch import tensors_in
from unstuck.preflight.context import Context
from unstuck.preflight.memory import saved_bytes
from unstuck.preflight.state import Module, Tensor
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.network import LayerShape, NetworkShape

TITLE = "shapes"
MEASURES: tuple[type[ProbeEvent], ...] = (NetworkShape,)
SHARE = 0.0


def probe(context: Context) -> Iterator[ProbeEvent]:
    """One forward and one step."""
    rows: dict[int, LayerShape] = {}
    def hear(module: Module, given: tuple[Any, ...], output: Any) -> None:
        key = id(module)
        if key in rows:
            old = rows[key]
            rows[key] = _row(context, module, given, output, old.calls + 1, old.multiply_adds)
        else:
            rows[key] = _row(context, module, given, output, 1, 0)

    leaves = [module for network in context.networks for module in network.modules() if _is_layer(module)]
    handles = [module.register_forward_hook(hear) for module in leaves]
    try:
        saved = saved_bytes(context, context.batch)
    finally:
        for handle in handles:
            handle.remove()
    context.step(context.batch)
    parameters = list({id(p): p for network in context.networks for p in network.parameters()}.values())
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    buffers = [buffer for network in context.networks for buffer in network.buffers()]
    held = [one for optimizer in context.optimizers for state in optimizer.state.values() for one in tensors_in(state)]
    yield NetworkShape(
        layers=tuple(rows.values()), examples=context.batch.size,
        parameters=sum(p.numel() for p in parameters), trainable=sum(p.numel() for p in trainable),
        multiply_adds=sum(row.multiply_adds for row in rows.values()),
        parameter_bytes=_bytes(parameters), buffer_bytes=_bytes(buffers), gradient_bytes=_bytes(trainable),
        optimizer_bytes=_bytes(held), activation_bytes=sum(row.output_bytes for row in rows.values()),
        saved_bytes=saved,
    )  # fmt: skip


def _is_layer(module: Module) -> bool:
    """No modules in it, or one of torch's that computes as a whole."""
    whole = isinstance(module, torch.nn.MultiheadAttention)
    return whole or not any(True for _ in module.children())


def _row(context: Context, module: Module, given: tuple[Any, ...], output: Any, calls: int, before: int) -> LayerShape:
    parameters = list(module.parameters(recurse=isinstance(module, torch.nn.MultiheadAttention)))
    first = next(iter(tensors_in(given)), None)
    out = next(iter(tensors_in(output)), None)
    return LayerShape(
        name=context.names.get(id(module), ""), class_name=type(module).__name__,
        input=() if first is None else tuple(first.shape), output=() if out is None else tuple(out.shape),
        dtype="" if out is None else str(out.dtype).removeprefix("torch."),
        parameters=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        multiply_adds=before + multiply_adds(module, first, out),
        output_bytes=_bytes(tensors_in(output)), calls=calls,
    )  # fmt: skip


def multiply_adds(module: Module, given: Tensor | None, output: Tensor | None) -> int:
    """Of one call of a layer; 0 for those that multiply by no weights."""
    weight = getattr(module, "weight", None)
    if given is None or output is None:
        return 0
    if isinstance(module, torch.nn.Linear):
        return output.numel() * module.in_features
    if isinstance(module, torch.nn.Bilinear):
        return int(output.numel() * module.in1_features * module.in2_features)
    if isinstance(module, torch.nn.modules.conv._ConvTransposeNd) and isinstance(weight, Tensor):
        return int(given.numel() * math.prod(weight.shape[1:]))
    if isinstance(module, torch.nn.modules.conv._ConvNd) and isinstance(weight, Tensor):
        return output.numel() * math.prod(weight.shape[1:])
    if isinstance(module, torch.nn.RNNBase):
        steps = math.prod(given.shape[:-1]) if given.dim() > 1 else 1
        return int(steps * sum(p.numel() for name, p in module.named_parameters() if name.startswith("weight")))
    if isinstance(module, torch.nn.RNNCellBase):
        return (given.shape[0] if given.dim() > 1 else 1) * sum(p.numel() for p in module.parameters() if p.dim() > 1)
    if isinstance(module, torch.nn.MultiheadAttention) and given.dim() == 3:
        rows, width = given.shape[0] * given.shape[1], module.embed_dim
        length = given.shape[1] if module.batch_first else given.shape[0]
        return int(rows * 4 * width * width + 2 * rows * length * width)
    return 0


def _bytes(tensors: Any) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
