"""Which loss function a step calls, and what it is worth: of knowing nothing, of the best constant, at the least."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES, ROBUST_LOSSES
from unstuck.preflight.batch import Batch
from unstuck.watch.torch.losses import FUNCTIONS

Tensor = torch.Tensor
KNOWN = (*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY, *REGRESSION_LOSSES)
SAME = 1e-4
"""relative difference up to which the loss is that of the one call"""
LEAST_PROBABILITY = 1e-6
"""of a class in a constant prediction"""


@dataclass(frozen=True, slots=True)
class LossCall:
    """A call of a loss function of torch whose arguments are two tensors; regression losses with the output first."""

    function: str
    given: Tensor
    target: Tensor
    options: dict[str, Any]
    """everything else, by name"""

    def at(self, given: Tensor) -> float:
        """The loss if the network gave this."""
        with torch.no_grad():
            return float(getattr(functional, self.function)(given, self.target, **self.options).sum())

    @property
    def probabilities(self) -> bool:
        """The targets are probabilities of classes, and not their numbers."""
        return self.function == "cross_entropy" and self.target.is_floating_point()

    @property
    def class_axis(self) -> int:
        """Of the prediction."""
        return 0 if self.given.dim() == 1 else 1

    @property
    def classes(self) -> int | None:
        """Width of the prediction, where it is of classes."""
        return self.given.shape[self.class_axis] if self.function in LIKELIHOOD_LOSSES else None

    @property
    def labels(self) -> Tensor | None:
        """The numbers of the classes that count, flat."""
        if self.function in LIKELIHOOD_LOSSES:
            if self.probabilities:
                return self.target.argmax(self.class_axis).flatten()
            flat = self.target.flatten().long()
            kept: Tensor = flat[flat != self.options.get("ignore_index", -100)]
            return kept
        if self.function in CROSS_ENTROPY_BINARY and bool(((self.target == 0) | (self.target == 1)).all()):
            return self.target.flatten().long() if self.target.numel() == self.target.shape[0] else None
        return None

    def constant(self) -> Tensor | None:
        """The best constant prediction, as the network would give it; None where that is not known."""
        target, given = self.target.detach(), self.given.detach()
        if self.function in LIKELIHOOD_LOSSES:
            return self._class_frequencies()
        if target.shape != given.shape:
            return None
        columns = target.double().reshape(target.shape[0], -1)
        if self.function in CROSS_ENTROPY_BINARY:
            share = columns.mean(0).clamp(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
            best = torch.logit(share) if self.function.endswith("logits") else share
        elif self.function in ROBUST_LOSSES:
            best = columns.median(0).values
        else:
            best = columns.mean(0)
        return best.to(given.dtype).expand(columns.shape).reshape(given.shape)

    def _class_frequencies(self) -> Tensor:
        given, axis = self.given.detach(), self.class_axis
        classes, smoothing = given.shape[axis], float(self.options.get("label_smoothing") or 0.0)
        if self.probabilities:
            share = self.target.detach().double().movedim(axis, -1).reshape(-1, classes).mean(0)
        else:
            labels = self.labels
            assert labels is not None
            count = torch.bincount(labels.clamp(0, classes - 1), minlength=classes).double()
            share = count / count.sum().clamp_min(1)
        share = (share * (1 - smoothing) + smoothing / classes).clamp_min(LEAST_PROBABILITY)
        logs = (share / share.sum()).log().to(device=given.device, dtype=given.dtype)
        shape = [1] * given.dim()
        shape[axis] = classes
        return logs.reshape(shape).expand(given.shape).contiguous()

    @property
    def expected(self) -> float:
        """The loss of a network that knows nothing: equal probabilities, outputs of zero."""
        given = torch.zeros_like(self.given)
        if self.function == "nll_loss":
            given = given - math.log(self.given.shape[self.class_axis])
        elif self.function == "binary_cross_entropy":
            given = given + 0.5
        return self.at(given)

    @property
    def baseline(self) -> float | None:
        """The loss of the best constant prediction."""
        constant = self.constant()
        return None if constant is None else self.at(constant)

    @property
    def floor(self) -> float | None:
        """The least that the loss can be."""
        smoothing = float(self.options.get("label_smoothing") or 0.0)
        if self.function in LIKELIHOOD_LOSSES:
            if self.probabilities:
                share = self.target.detach().clamp_min(1e-30)
            elif smoothing:
                axis, classes = self.class_axis, self.given.shape[self.class_axis]
                labels = self.target.clamp(0, classes - 1)
                share = functional.one_hot(labels, classes).movedim(-1, axis).to(self.given.dtype)
            else:
                return 0.0
            classes = self.given.shape[self.class_axis]
            return self.at(((1 - smoothing) * share + smoothing / classes).clamp_min(1e-30).log().to(self.given.dtype))
        if self.target.shape != self.given.shape:
            return None
        if self.function in CROSS_ENTROPY_BINARY:
            share = self.target.detach().clamp(1e-7, 1 - 1e-7).to(self.given.dtype)
            return self.at(torch.logit(share) if self.function.endswith("logits") else share)
        return 0.0


class LossSpy(TorchFunctionMode):
    """Notes the calls of torch's loss functions while it is active."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[LossCall | None, str, Tensor]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call it, and note it where it is a loss."""
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name in FUNCTIONS and func is getattr(functional, name, None) and isinstance(result, Tensor):
            self.calls.append((_call(name, func, args, kwargs or {}), name, result))
        return result


def _call(name: str, func: Any, args: Any, kwargs: dict[str, Any]) -> LossCall | None:
    """With its arguments by name; None for a loss that is not known, or handed something else than two tensors."""
    if name not in KNOWN:
        return None
    bound = inspect.signature(func).bind(*args, **kwargs)
    bound.apply_defaults()
    named = dict(bound.arguments)
    given, target = named.pop("input"), named.pop("target")
    if not isinstance(given, Tensor) or not isinstance(target, Tensor):
        return None
    if name in REGRESSION_LOSSES and target.requires_grad and not given.requires_grad:
        given, target = target, given
    old = ("size_average", "reduce")
    options = {key: value for key, value in named.items() if key not in old and value is not None}
    return LossCall(name, given.detach(), target.detach(), options)


@dataclass(frozen=True, slots=True)
class Spied:
    """Output and loss of a batch, and the one call that makes the loss, where there is one that is known."""

    output: Any
    loss: Tensor
    call: LossCall | None
    name: str
    """of the only loss function that was called; "" where there is none or several"""


def spied(batch: Batch) -> Spied:
    """Run a batch and see what makes its loss; with gradients on, for they tell prediction and target apart."""
    with torch.enable_grad(), LossSpy() as spy:
        output, loss = batch.run()
    names = {name for _, name, _ in spy.calls}
    name = names.pop() if len(spy.calls) == 1 else ""
    call = spy.calls[0][0] if name else None
    if call is not None:
        value, whole = float(spy.calls[0][2].detach().sum()), float(loss.detach().sum())
        if not math.isclose(value, whole, rel_tol=SAME, abs_tol=1e-8) and math.isfinite(whole):
            call = None
    return Spied(output, loss.detach(), call, name)
