"""Hand-written backward passes against numerical derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import torch

from unstuck.preflight.context import Context
from unstuck.preflight.state import Tensor, seed_all
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.behaviour import CheckedFunction, Gradients

TITLE = "hand-written gradients"
MEASURES: tuple[type[ProbeEvent], ...] = (Gradients,)
SHARE = 0.0
ELEMENTS = 48
"""elements of each input whose derivative is compared"""
STEP = 1e-6
STEP_SINGLE = 1e-2
"""of central differences, in double and in single precision, relative to the size of the input"""
TOLERANCE = 1e-3
TOLERANCE_SINGLE = 0.05
"""relative difference of two derivatives that is rounding and curvature"""
MOST_CALLS = 16
Function = Any
"""a subclass of `torch.autograd.Function`"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """Every class of `torch.autograd.Function` in the graph of the loss, with the arguments of its first call."""
    with torch.enable_grad():
        classes = list(_classes(context.batch.loss()))
    calls = _arguments(context, classes)
    yield Gradients(functions=tuple(_checked(function, calls.get(function)) for function in classes))


def _classes(loss: Tensor) -> Iterator[Function]:
    """Those written in Python by others than torch, in the order of the graph."""
    seen: set[Any] = set()
    found: dict[Any, None] = {}
    todo = [loss.grad_fn]
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        owner = getattr(node, "_forward_cls", None)
        if owner is not None and not str(getattr(owner, "__module__", "")).startswith("torch."):
            found.setdefault(owner)
        todo += [one for one, _ in node.next_functions]
    return iter(found)


def _arguments(context: Context, classes: list[Function]) -> dict[Function, tuple[Any, ...]]:
    """Of the first call of each, heard in one more forward."""
    calls: dict[Function, tuple[Any, ...]] = {}
    own = {function: function.__dict__.get("apply") for function in classes}

    def heard(function: Function) -> Any:
        original = function.apply

        def apply(*arguments: Any, **options: Any) -> Any:
            if function not in calls and not options:
                calls[function] = tuple(one.detach().clone() if isinstance(one, Tensor) else one for one in arguments)
            return original(*arguments, **options)

        return staticmethod(apply)

    try:
        for function in classes:
            function.apply = heard(function)
        seed_all(context.seed)
        with torch.enable_grad():
            context.batch.loss()
    finally:
        for function, before in own.items():
            if before is None:
                with suppress(AttributeError):
                    del function.apply
            else:
                function.apply = before
    return calls


def _checked(function: Function, arguments: tuple[Any, ...] | None) -> CheckedFunction:
    name = function.__name__
    place: dict[str, Any] = {}
    with suppress(OSError, TypeError):
        place = {"file": inspect.getsourcefile(function), "line": inspect.getsourcelines(function)[1]}
    if arguments is None:
        skipped = "its `apply` was bound before the check, so its arguments were not seen"
        return CheckedFunction(name=name, skipped=skipped, **place)
    for dtype in (torch.float64, None):
        try:
            return CheckedFunction(name=name, **place, **_compared(function, arguments, dtype))
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
    return CheckedFunction(name=name, skipped=why[:200], **place)


def _compared(function: Function, arguments: tuple[Any, ...], dtype: torch.dtype | None) -> dict[str, Any]:
    """How many derivatives differ, and the largest difference."""
    given = [one.to(dtype) if isinstance(one, Tensor) and one.is_floating_point() and dtype else one
             for one in arguments]  # fmt: skip
    tolerance, step = (TOLERANCE, STEP) if dtype else (TOLERANCE_SINGLE, STEP_SINGLE)
    inputs = {at: one.detach().clone().requires_grad_() for at, one in enumerate(given)
              if isinstance(one, Tensor) and one.is_floating_point()}  # fmt: skip
    weights, flat = _weights(function, given)
    called = [inputs.get(at, one) for at, one in enumerate(given)]
    with torch.enable_grad():
        value = _weighted(function.apply(*called), weights)
    gradients = torch.autograd.grad(value, list(inputs.values()), allow_unused=True)
    compared, wrong, largest, guilty, constant = 0, 0, 0.0, None, 0
    for (at, tensor), gradient in zip(inputs.items(), gradients, strict=True):
        if gradient is None:
            continue  # it says itself that this input gets none
        scale = float(gradient.abs().max().clamp_min(1e-12))
        for place in torch.randperm(tensor.numel())[:ELEMENTS].tolist():
            numerical = _numerical(function, given, at, place, weights, step)
            analytic = float(gradient.flatten()[place])
            if numerical == 0.0:
                constant += analytic != 0.0
                continue  # piecewise constant here: what is passed on is a choice
            compared += 1
            error = abs(numerical - analytic) / max(abs(numerical), abs(analytic), 1e-3 * scale)
            wrong += error > tolerance
            if error > largest:
                largest, guilty = error, at
    intended = ""
    if wrong and flat:
        intended = "it gives its input back, so its backward is a choice"
    elif constant and not compared:
        intended = "it is piecewise constant, so its backward is a choice"
    return {"derivatives": compared, "wrong": wrong, "error": largest, "argument": guilty, "intended": intended}


def _weights(function: Function, given: list[Any]) -> tuple[list[Tensor], bool]:
    """A weight for each element of the outputs, and whether the function is the identity."""
    with torch.no_grad():
        out = function.apply(*given)
    outputs = [one for one in (out if isinstance(out, tuple) else (out,)) if isinstance(one, Tensor)]
    weights = [torch.randn_like(one) if one.is_floating_point() else one for one in outputs]
    first = next((one for one in given if isinstance(one, Tensor) and one.is_floating_point()), None)
    same = len(outputs) == 1 and first is not None and outputs[0].shape == first.shape and bool(
        torch.equal(outputs[0], first)
    )
    return weights, same


def _weighted(out: Any, weights: list[Tensor]) -> Tensor:
    outputs = [one for one in (out if isinstance(out, tuple) else (out,)) if isinstance(one, Tensor)]
    parts = [(one * weight).sum() for one, weight in zip(outputs, weights, strict=True) if one.is_floating_point()]
    return torch.stack(parts).sum()


def _numerical(
    function: Function, given: list[Any], at: int, place: int, weights: list[Tensor], step: float
) -> float:
    """Central difference by one element."""
    values = []
    size = step * max(1.0, abs(float(given[at].flatten()[place])))
    for sign in (1.0, -1.0):
        moved = given[at].detach().clone()
        moved.view(-1)[place] += sign * size
        with torch.no_grad():
            values.append(float(_weighted(function.apply(*[*given[:at], moved, *given[at + 1 :]]), weights)))
    return (values[0] - values[1]) / (2 * size)
