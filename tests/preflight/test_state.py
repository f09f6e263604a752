"""Whatever a probe does, everything is afterwards as it was, bit for bit."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from unstuck.preflight import measure
from unstuck.preflight.digest import digests
from unstuck.preflight.measure import all_probes, name_of, probe_all
from unstuck.preflight.settings import PreflightSettings
from unstuck.preflight.state import kept
from unstuck.record.events.probe.base import NotProbed

PROBES = pytest.mark.parametrize("name", [name_of(probe) for probe in all_probes()])


def fingerprint(context) -> dict:
    """Everything that could be changed, as values to compare."""
    network, optimizer = context.network, context.optimizers[0]
    found = {f"state {name}": value.detach().clone() for name, value in network.state_dict().items()}
    found |= {f"buffer {name}": value.clone() for name, value in network.named_buffers()}
    found |= {f"grad {name}": None if p.grad is None else p.grad.clone() for name, p in network.named_parameters()}
    found |= {f"requires {name}": p.requires_grad for name, p in network.named_parameters()}
    found |= {f"identity {name}": id(p) for name, p in network.named_parameters()}
    found |= {f"mode {name}": module.training for name, module in network.named_modules()}
    found |= {f"hooks {name}": (len(module._forward_hooks), len(module._forward_pre_hooks), len(module._backward_hooks))
              for name, module in network.named_modules()}  # fmt: skip
    found |= {"calls": network.calls, "history": list(network.history), "memory": network.memory.clone()}
    for at, group in enumerate(optimizer.param_groups):
        found |= {f"group {at} {key}": value for key, value in group.items() if key != "params"}
        found[f"group {at} params"] = [id(p) for p in group["params"]]
    for at, state in enumerate(optimizer.state.values()):
        found |= {f"moment {at} {key}": value.clone() if isinstance(value, torch.Tensor) else value
                  for key, value in state.items()}  # fmt: skip
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    found |= {"python": random.getstate(), "numpy": (kind, keys.tolist(), *rest), "torch": torch.get_rng_state()}
    return found


def same(one, other) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    return one == other


def assert_same(before: dict, after: dict) -> None:
    assert before.keys() == after.keys()
    assert [key for key in before if not same(before[key], after[key])] == []


@PROBES
def test_a_probe_leaves_everything_as_it_was(busy, name):
    before = fingerprint(busy)
    list(probe_all(busy, PreflightSettings(only=(name,), budget=0.5)))
    assert_same(before, fingerprint(busy))


def test_the_fingerprint_sees_a_step(busy):
    before = fingerprint(busy)
    busy.step(busy.batch)
    after = fingerprint(busy)
    changed = {key for key in before if not same(before[key], after[key])}
    assert {"state layers.0.weight", "buffer seen", "calls", "history", "memory", "torch"} <= changed
    assert "moment 0 exp_avg" in changed


def test_what_is_added_inside_is_gone_afterwards(busy):
    with kept(busy.networks, busy.optimizers):
        busy.network.extra = 1
        busy.network.register_buffer("more", torch.zeros(1))
        busy.optimizers[0].param_groups[0]["note"] = "x"
        busy.network.layers[0].weight.requires_grad_(False)
    assert not hasattr(busy.network, "extra")
    assert not hasattr(busy.network, "more")
    assert "note" not in busy.optimizers[0].param_groups[0]
    assert busy.network.layers[0].weight.requires_grad


def test_an_error_inside_changes_nothing(busy):
    before = fingerprint(busy)

    def fail():
        with kept(busy.networks, busy.optimizers):
            busy.step(busy.batch)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert_same(before, fingerprint(busy))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one.network.layers[0].weight.detach().add_(1e-6), ["weights and buffers"]),
        (lambda one: one.network.seen.add_(1), ["weights and buffers"]),
        (lambda one: one.zero_grad(), ["gradients"]),
        (lambda one: one.network.layers.eval(), ["modes"]),
        (lambda one: one.set_rate(0.5), ["optimisers"]),
        (lambda one: next(iter(one.optimizers[0].state.values()))["exp_avg"].mul_(2), ["optimisers"]),
        (lambda one: random.random(), ["random generators"]),
        (lambda one: torch.rand(1), ["random generators"]),
        (lambda one: None, []),
    ],
)  # fmt: skip
def test_digests_see_every_change(busy, change, told):
    before = digests(busy)
    change(busy)
    after = digests(busy)
    assert [name for name in before if before[name] != after[name]] == told


def test_a_probe_that_changes_the_state_is_named(busy, monkeypatch):
    monkeypatch.setattr(measure, "_probed", lambda probe, context: iter([context.set_rate(0.5)][:0]))
    found = list(probe_all(busy, PreflightSettings(only=("shapes",), check_state=True)))
    assert [event.why for event in found if isinstance(event, NotProbed)] == ["shapes changed optimisers"]
