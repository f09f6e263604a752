"""Everything that a probe may change, kept and put back bit for bit."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy, deepcopy
from typing import Any

import torch

Module = torch.nn.Module
Optimizer = torch.optim.Optimizer
Tensor = torch.Tensor
REGISTERS = ("_parameters", "_buffers", "_modules")


class State:
    """The state of networks, optimisers and random generators at one moment."""

    def __init__(self, networks: Sequence[Module], optimizers: Sequence[Optimizer]) -> None:
        modules = {id(module): module for network in networks for module in network.modules()}
        self.modules = [(module, dict(module._parameters), dict(module._buffers), _plain(module))
                        for module in modules.values()]  # fmt: skip
        tensors = {id(one): one for one in _tensors(networks, optimizers)}
        self.tensors = [
            (one, one.detach().clone(), one.grad, None if one.grad is None else one.grad.detach().clone(),
             one.requires_grad) for one in tensors.values()
        ]  # fmt: skip
        self.optimizers = [(one, _kept(one)) for one in optimizers]
        self.generators = generators()

    def put_back(self) -> None:
        """Make everything as it was."""
        for module, parameters, buffers, attributes in self.modules:
            _put_back_attributes(module, attributes)
            module._parameters.clear()
            module._parameters.update(parameters)
            module._buffers.clear()
            module._buffers.update(buffers)
        with torch.no_grad():
            for tensor, value, gradient, gradient_value, requires_grad in self.tensors:
                tensor.detach().copy_(value)
                if tensor.is_leaf:
                    tensor.requires_grad_(requires_grad)
                    tensor.grad = gradient
                if gradient is not None and gradient_value is not None:
                    gradient.copy_(gradient_value)
        for optimizer, (attributes, groups, state) in self.optimizers:
            optimizer.__dict__.clear()
            optimizer.__dict__.update(attributes)
            for group, before in zip(optimizer.param_groups, groups, strict=True):
                group.clear()
                group.update(before)
            optimizer.state.clear()
            optimizer.state.update({key: _copied(value) for key, value in state.items()})
        set_generators(self.generators)


@contextmanager
def kept(networks: Sequence[Module], optimizers: Sequence[Optimizer]) -> Iterator[State]:
    """Whatever is done inside, the state is as before."""
    state = State(networks, optimizers)
    try:
        yield state
    finally:
        state.put_back()


def generators() -> dict[str, Any]:
    """The state of every random generator that the process has used."""
    states: dict[str, Any] = {"random": random.getstate(), "torch": torch.get_rng_state()}
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        states["numpy"] = numpy.random.get_state()
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def set_generators(states: dict[str, Any]) -> None:
    """Put them back."""
    random.setstate(states["random"])
    torch.set_rng_state(states["torch"])
    if "numpy" in states:
        sys.modules["numpy"].random.set_state(states["numpy"])
    if "cuda" in states:
        torch.cuda.set_rng_state_all(states["cuda"])


def seed_all(seed: int) -> None:
    """The same start for every generator."""
    random.seed(seed)
    torch.manual_seed(seed)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)


def _tensors(networks: Sequence[Module], optimizers: Sequence[Optimizer]) -> Iterator[Tensor]:
    """Parameters, buffers, and what the optimisers step besides."""
    for network in networks:
        yield from network.parameters()
        yield from network.buffers()
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            yield from group["params"]


def _kept(optimizer: Optimizer) -> tuple[dict[str, Any], list[dict[str, Any]], dict[Any, Any]]:
    groups = [{name: list(value) if name == "params" else _copied(value) for name, value in group.items()}
              for group in optimizer.param_groups]  # fmt: skip
    state = {key: _copied(value) for key, value in optimizer.state.items()}
    return dict(optimizer.__dict__), groups, state


def _copied(value: Any) -> Any:
    """Tensors and containers of an optimiser's state as values of their own."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(_copied(item) for item in value)
    return value


def _plain(module: Module) -> dict[str, tuple[Any, Any]]:
    """What a module holds besides parameters, buffers and modules: each object, and its contents."""
    return {name: (value, _contents(value)) for name, value in module.__dict__.items() if name not in REGISTERS}


def _contents(value: Any) -> Any:
    if isinstance(value, torch.nn.Parameter):
        return value.detach().clone()
    if isinstance(value, Tensor):
        return value.detach().clone() if value.is_leaf else None
    if type(value) in (list, dict, set):
        return copy(value)
    if isinstance(value, torch.Generator):
        return value.get_state()
    if isinstance(value, random.Random):
        return value.getstate()
    if type(value).__name__ == "RandomState" or type(value).__module__.startswith("numpy.random"):
        return deepcopy(getattr(value, "bit_generator", value))
    return None


def _put_back_attributes(module: Module, attributes: dict[str, tuple[Any, Any]]) -> None:
    held = module.__dict__
    for name in [name for name in held if name not in attributes and name not in REGISTERS]:
        del held[name]
    for name, (value, contents) in attributes.items():
        held[name] = value
        if isinstance(value, Tensor) and contents is not None:
            with torch.no_grad():
                value.detach().copy_(contents)
        elif type(value) is list:
            value[:] = contents
        elif type(value) in (dict, set):
            value.clear()
            value.update(contents)
        elif isinstance(value, torch.Generator):
            value.set_state(contents)
        elif isinstance(value, random.Random):
            value.setstate(contents)
