"""Calls of the loss functions of `torch.nn.functional`: what an intervention may change of them.

Modules such as `nn.CrossEntropyLoss` call these functions, so one place serves both. The change happens before the
original is called: what reaches it is what the branch's recorder hears.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES

Tensor = torch.Tensor
FUNCTIONS = (*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY, *REGRESSION_LOSSES, "kl_div", "soft_margin_loss")
"""functions of `torch.nn.functional` that interventions may change the call of"""
REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}


@dataclass(frozen=True, slots=True)
class LossCall:
    """One call of a loss function, its arguments by name."""

    function: str
    arguments: Mapping[str, Any]
    originals: Mapping[str, Callable[..., Any]] = field(repr=False)
    """what the recorder listens to"""

    @property
    def given(self) -> Tensor:
        """What the network gives."""
        found: Tensor = self.arguments["target" if self.swapped else "input"]
        return found

    @property
    def target(self) -> Tensor:
        """What it should give."""
        found: Tensor = self.arguments["input" if self.swapped else "target"]
        return found

    @property
    def swapped(self) -> bool:
        """Whether a squared or absolute error was handed the targets first."""
        first, second = self.arguments["input"], self.arguments["target"]
        return self.function in REGRESSION_LOSSES and bool(second.requires_grad) and not first.requires_grad

    @property
    def training(self) -> bool:
        """Whether gradients will be taken of it."""
        return torch.is_grad_enabled() and bool(self.given.requires_grad)

    def changed(
        self, function: str | None = None, *, given: Tensor | None = None, target: Tensor | None = None, **options: Any
    ) -> LossCall:
        """Another function, other tensors or options; what the other function does not know is left out."""
        names = ("target", "input") if self.swapped else ("input", "target")
        more = {name: value for name, value in zip(names, (given, target), strict=True) if value is not None}
        arguments = {**self.arguments, **more, **options}
        if function is not None and function != self.function:
            if self.swapped:
                arguments["input"], arguments["target"] = arguments["target"], arguments["input"]
            known = inspect.signature(self.originals[function]).parameters
            both = {self.function, function}
            alike = both <= set(LIKELIHOOD_LOSSES) or both <= set(CROSS_ENTROPY_BINARY)
            arguments = {k: v for k, v in arguments.items() if k in known and (alike or k != "weight")}
        return LossCall(function or self.function, arguments, self.originals)

    def recorded(self) -> Tensor:
        """The loss, as the recorder sees it."""
        found: Tensor = self.originals[self.function](**self.arguments)
        return found

    def unrecorded(self) -> Tensor:
        """The same, computed below `torch.nn.functional`, where the recorder does not see it."""
        nn: Any = torch._C._nn
        named, given, target = self.arguments, self.arguments["input"], self.arguments["target"]
        reduction, weight = REDUCTIONS[named["reduction"]], named.get("weight")
        found: Tensor
        if self.function == "cross_entropy":
            ignored, smoothing = named.get("ignore_index", -100), named.get("label_smoothing", 0.0)
            found = nn.cross_entropy_loss(given, target, weight, reduction, ignored, smoothing)
        elif self.function == "nll_loss":
            found = nn.nll_loss_nd(given, target, weight, reduction, named.get("ignore_index", -100))
        elif self.function in CROSS_ENTROPY_BINARY:
            options = (named.get("pos_weight"),) if self.function.endswith("logits") else ()
            owner = torch if options else nn
            found = getattr(owner, self.function)(given, target, weight, *options, reduction)
        else:
            width = {"huber_loss": "delta", "smooth_l1_loss": "beta"}.get(self.function)
            given, target = torch.broadcast_tensors(given, target)  # type: ignore[no-untyped-call]
            found = getattr(nn, self.function)(given, target, reduction, *((named[width],) if width else ()))
        return found


Answer = LossCall | Tensor | None
"""of a callback: another call, the loss itself, or None where nothing is to be changed"""


def listen(replace: Callable[..., None], callback: Callable[[LossCall], Answer]) -> None:
    """Ask ``callback`` before every loss; ``replace`` as in `Stage.replace`."""
    owner = torch.nn.functional
    originals: dict[str, Callable[..., Any]] = {name: getattr(owner, name) for name in FUNCTIONS}
    for name in FUNCTIONS:
        replace(owner, name, functools.partial(_asked, name, originals, callback))


def _asked(
    name: str,
    originals: Mapping[str, Callable[..., Any]],
    callback: Callable[[LossCall], Answer],
    original: Callable[..., Any],
) -> Callable[..., Any]:
    signature = inspect.signature(original)

    def loss(*arguments: Any, **options: Any) -> Any:
        call = bound(name, originals, signature, arguments, options)
        if call is None or torch.compiler.is_compiling():
            return original(*arguments, **options)
        answer = callback(call)
        if answer is None:
            return original(*arguments, **options)
        return answer.recorded() if isinstance(answer, LossCall) else answer

    return loss


def bound(
    name: str,
    originals: Mapping[str, Callable[..., Any]],
    signature: inspect.Signature,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> LossCall | None:
    """The call with its arguments by name; None where they are not two tensors."""
    try:
        given = signature.bind(*arguments, **options)
    except TypeError:
        return None
    given.apply_defaults()
    named = given.arguments
    if not isinstance(named.get("input"), Tensor) or not isinstance(named.get("target"), Tensor):
        return None
    old = named.pop("size_average", None), named.pop("reduce", None)
    if old != (None, None):
        named["reduction"] = torch.nn._reduction.legacy_get_string(*old, emit_warning=False)
    return LossCall(name, named, originals) if named.get("reduction") in (*REDUCTIONS, "batchmean") else None


def reported_as(value: Tensor, driven: Tensor) -> Tensor:
    """A loss with the value of the one and the gradient of the other: reported in the old units, trained in the new."""
    return value.detach() + (driven - driven.detach()) if driven.requires_grad else value
