"""What reaches what: examples of a batch, positions of a sequence, elements of the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from unstuck.core.outcome import TooLittle
from unstuck.preflight.batch import Batch, tensors_in
from unstuck.preflight.context import Context
from unstuck.preflight.state import Module, Tensor, seed_all
from unstuck.record.events.probe.base import NotProbed, ProbeEvent
from unstuck.record.events.probe.behaviour import BatchMixing, InputReach, SequenceReach

TITLE = "what depends on what"
MEASURES: tuple[type[ProbeEvent], ...] = (BatchMixing, SequenceReach, InputReach)
SHARE = 0.0
MOST_EXAMPLES = 16
NODES = "rows that are examples of their own: these are the nodes of a graph"
PRODUCTS_WITH = ("matmul", "rmatmul", "mm", "addmm", "spmm", "einsum")
ROUNDING = 1e-4
"""relative change of an output that rounding can make: sums of another order"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """A few forward passes in evaluation mode, each with one thing exchanged."""
    batch = context.batch
    for part, kind in ((_batch_mixing, BatchMixing), (_sequence, SequenceReach), (_inputs, InputReach)):
        try:
            yield part(context, batch)
        except TooLittle as reason:
            yield NotProbed(what=kind.kind, why=str(reason))


def _batch_mixing(context: Context, batch: Batch) -> BatchMixing:
    axis, size = batch.axis, batch.size
    if axis is None or size < 2:
        raise TooLittle("a batch of two examples or more, on the same axis as its targets")
    _no_graph(context, batch)
    first = batch.inputs[0]
    moved, other = size // 2, 0 if size // 2 else 1
    changed = first.clone()
    index: list[Any] = [slice(None)] * first.dim()
    index[axis] = moved
    source = [*index]
    source[axis] = other
    exchanged = first[tuple(source)]
    if first.is_floating_point() and bool(torch.equal(exchanged, first[tuple(index)])):
        exchanged = exchanged + 1.0
    changed[tuple(index)] = exchanged
    with _statistics_of_batches_off(context):
        before, layers = _outputs(context, batch)
        after, changed_layers = _outputs(context, batch.with_tensors((changed, *batch.inputs[1:])))
    out_axis = _axis_of(before, size, axis)
    if out_axis is None:
        raise TooLittle("an output with one row for each example")
    own, others, count = _changes(before, after, out_axis, moved)
    if own <= 0 and others <= 0:
        raise TooLittle("an output that changes with the input")
    influence = others / max(own, 1e-30)
    layer = None
    if influence > ROUNDING:
        layer = _first_mixing(context, layers, changed_layers, moved, size)
    return BatchMixing(examples=size, influence=influence, influenced=count, layer=layer, axis=axis)


def _no_graph(context: Context, batch: Batch) -> None:
    """Nodes of a graph are no examples of a batch.

    Raises:
        TooLittle: something says which rows belong together.
    """
    size = batch.size
    held = [*batch.inputs[1:], *(buffer for network in context.networks for buffer in network.buffers())]
    held += [value for network in context.networks for module in network.modules()
             for value in module.__dict__.values() if isinstance(value, Tensor)]  # fmt: skip
    for one in held:
        square = one.dim() >= 2 and tuple(one.shape[-2:]) == (size, size)
        pairs = one.dim() == 2 and one.shape[0] == 2 and not one.is_floating_point()
        if square or pairs or one.layout is not torch.strided:
            raise TooLittle(NODES)
    with context.kept(), context.evaluating(), _Relations(size) as mode:
        batch.output()
    if mode.found:
        raise TooLittle(NODES)


class _Relations(TorchFunctionMode):
    """Looks for products of rows with a square matrix that is given: it says which rows belong together."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.square, self.found = (size, size), False
        self.made: dict[int, Tensor] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call it, and look at what goes into a product."""
        result = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "").strip("_") in PRODUCTS_WITH:
            for one in (*args, *(kwargs or {}).values()):
                given = isinstance(one, Tensor) and not isinstance(one, torch.nn.Parameter) and id(one) not in self.made
                self.found |= given and tuple(one.shape) == self.square
        if isinstance(result, Tensor):
            self.made[id(result)] = result  # it lives, so that its id is not used again
        return result


@contextmanager
def _statistics_of_batches_off(context: Context) -> Iterator[None]:
    """Evaluation mode; norms that keep no running statistics use their batch's by design."""
    norms = [
        module for network in context.networks for module in network.modules()
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm) and module.running_mean is None
    ]  # fmt: skip
    if norms:
        raise TooLittle("a network whose batch norm keeps running statistics")
    with context.evaluating():
        yield


def _outputs(context: Context, batch: Batch) -> tuple[Tensor, list[tuple[Module, Tensor]]]:
    """The output, and that of every module in the order of their ends."""
    seen: list[tuple[Module, Tensor]] = []

    def hear(module: Module, _: Any, output: Any) -> None:
        found = next(iter(tensors_in(output)), None)
        if found is not None and found.is_floating_point():
            seen.append((module, found.detach().clone()))

    handles = [module.register_forward_hook(hear) for network in context.networks for module in network.modules()]
    try:
        seed_all(context.seed)
        output = context.output(batch)
    finally:
        for handle in handles:
            handle.remove()
    return output.detach().clone(), seen


def _axis_of(output: Tensor, size: int, hint: int) -> int | None:
    axes = [at for at in dict.fromkeys((0, hint)) if at < output.dim() and output.shape[at] == size]
    return axes[0] if axes else None


def _changes(before: Tensor, after: Tensor, axis: int, moved: int) -> tuple[float, float, int]:
    """Largest change of the row that was exchanged, of any other row, and how many of these change."""
    if before.shape != after.shape:
        return 0.0, 0.0, 0
    change = (after - before).double().abs().movedim(axis, 0).reshape(before.shape[axis], -1)
    scale = before.double().abs().max().clamp_min(1e-30)
    rows = (change / scale).amax(1)
    own = float(rows[moved])
    others = torch.cat((rows[:moved], rows[moved + 1 :]))
    return own, float(others.max()), int((others > ROUNDING * max(own, 1e-30)).sum())


def _first_mixing(
    context: Context, before: list[tuple[Module, Tensor]], after: list[tuple[Module, Tensor]], moved: int, size: int
) -> str | None:
    """The first module in the order of their ends in which another row changes."""
    for (module, one), (_, other) in zip(before, after, strict=False):
        for axis in range(min(2, one.dim())):
            if one.shape[axis] == size and one.shape == other.shape:
                own, others, _ = _changes(one, other, axis, moved)
                if others > ROUNDING * max(own, 1e-30) and others > 1e-7:
                    return context.names.get(id(module))
                break
    return None


def _sequence(context: Context, batch: Batch) -> SequenceReach:
    if not batch.inputs:
        raise TooLittle("data that enters a network")
    first = batch.inputs[0]
    target = next(iter(batch.targets), None)
    if target is None or first.dim() != 2 or first.is_floating_point() or target.shape != first.shape:
        raise TooLittle("tokens in, and a token for each position as the target")
    length = first.shape[1]
    if length < 4:
        raise TooLittle("sequences of four positions or more")
    with context.evaluating():
        before, layers = _outputs(context, batch)
        at = length // 2
        changed = first.clone()
        row = changed[:, at].clone()
        other = first[:, 0].clone()
        changed[:, at] = torch.where(row != other, other, (row + 1) % int(first.max() + 1))
        after, changed_layers = _outputs(context, batch.with_tensors((changed, *batch.inputs[1:])))
    axis = next((axis for axis in (1, 2, 0) if axis < before.dim() and before.shape[axis] == length), None)
    if axis is None:
        raise TooLittle("an output with a row for each position")
    past, on = _past_and_on(before, after, axis, at)
    if on <= 0 and past <= 0:
        raise TooLittle("an output that changes with the input")
    future = past / max(on, 1e-30)
    layer = _first_looking_ahead(context, layers, changed_layers, at, length) if future > ROUNDING else None
    shifted = bool(torch.equal(target[:, :-1], first[:, 1:]))
    same = bool(torch.equal(target, first))
    return SequenceReach(positions=length, future=future, shifted=shifted, same=same, layer=layer)


def _past_and_on(before: Tensor, after: Tensor, axis: int, at: int) -> tuple[float, float]:
    change = (after - before).double().abs().movedim(axis, 0).reshape(before.shape[axis], -1).amax(1)
    return float(change[:at].max()), float(change[at:].max())


def _first_looking_ahead(
    context: Context, before: list[tuple[Module, Tensor]], after: list[tuple[Module, Tensor]], at: int, length: int
) -> str | None:
    for (module, one), (_, other) in zip(before, after, strict=False):
        if one.dim() == 3 and one.shape[1] == length and one.shape == other.shape:
            past, on = _past_and_on(one, other, 1, at)
            if past > ROUNDING * max(on, 1e-30) and past > 1e-7:
                return context.names.get(id(module))
    return None


def _inputs(context: Context, batch: Batch) -> InputReach:
    first = batch.inputs[0]
    if not first.is_floating_point():
        return InputReach(elements=first[0].numel() if first.dim() else 1, reached=_reached(context, batch))
    given = first.detach().clone().requires_grad_()
    with torch.enable_grad(), _evaluation(context):
        output = context.output(batch.with_tensors((given, *batch.inputs[1:])))
        if not output.requires_grad:
            return InputReach(elements=first[0].numel(), unused=first[0].numel(), reached=False)
        weights = torch.randn_like(output)
        (gradient,) = torch.autograd.grad((output * weights).sum(), given, allow_unused=True)
    if gradient is None:
        return InputReach(elements=first[0].numel(), unused=first[0].numel(), reached=False)
    axis = batch.axis or 0
    unused = int(gradient.eq(0).all(axis).sum())
    elements = first.numel() // max(1, first.shape[axis])
    return InputReach(elements=elements, unused=unused, reached=unused < elements)


@contextmanager
def _evaluation(context: Context) -> Iterator[None]:
    """Evaluation mode with gradients; recurrent layers of cuDNN refuse it, and stay as they are."""
    with context.evaluating(), torch.enable_grad():
        for network in context.networks:
            for module in network.modules():
                if isinstance(module, torch.nn.RNNBase) and next(module.parameters()).is_cuda:
                    module.training = True
        yield


def _reached(context: Context, batch: Batch) -> bool:
    """Whether the output changes when the tokens do."""
    first = batch.inputs[0]
    with context.evaluating():
        before, _ = _outputs(context, batch)
        order: Callable[[Tensor], Tensor] = lambda one: one.roll(1, 0)  # noqa: E731 - named for its type
        after, _ = _outputs(context, batch.with_tensors((order(first), *batch.inputs[1:])))
    return before.shape != after.shape or not torch.equal(before, after)
