"""Errors written by hand: the difference between an answer and a constant, before it is squared or made absolute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Tensor = torch.Tensor
Pair = tuple[Tensor, Tensor]
Callback = Callable[[Tensor, Tensor], Pair | None]
"""(answer, target) → the two that are subtracted in their place; None where they stay"""


def listen(replace: Callable[..., None], callback: Callback) -> None:
    """Ask ``callback`` wherever one that carries a gradient and one that does not are subtracted."""
    for owner, name in ((Tensor, "__sub__"), (Tensor, "sub"), (torch, "sub"), (torch, "subtract")):
        replace(owner, name, lambda original: _asked(original, callback))


def _asked(original: Callable[..., Any], callback: Callback) -> Callable[..., Any]:
    def subtract(*arguments: Any, **options: Any) -> Any:
        if len(arguments) == 2 and not options and all(isinstance(one, Tensor) for one in arguments):
            one, other = arguments
            if one.requires_grad != other.requires_grad and not torch.compiler.is_compiling():
                found = callback(one, other) if one.requires_grad else callback(other, one)
                if found is not None:
                    return original(*(found if one.requires_grad else reversed(found)))
        return original(*arguments, **options)

    return subtract
