"""The one table of what is grafted into torch: where, and which handler hears of it.

Each handler stands behind a guard: if one of ours fails, watching stops and the user's training goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch.utils.data import dataloader

from unstuck.watch.graft import Graft, GraftError, graft
from unstuck.watch.torch.events import Events
from unstuck.watch.torch.losses import FUNCTIONS

Handler = Callable[..., Any]


class Tap(NamedTuple):
    """One function of torch and who hears of it."""

    owner: Any
    name: str
    before: Handler | None = None
    after: Handler | None = None
    failed: Handler | None = None
    rare: bool = False
    """watched within windows only, where the order of calls is told"""
    traced: bool = False
    """a compiler may trace through it"""
    quiet: list[bool] | None = None


def taps(events: Events) -> Iterator[Tap]:
    """Every function that is watched."""
    F = torch.nn.functional  # noqa: N806
    hot = events.session.hot
    yield Tap(torch.autograd, "backward", hot.before_backward, hot.after_backward, hot.after_backward)
    yield Tap(torch.autograd, "grad", before=events.before_grad)
    yield Tap(torch.nn.Module, "__init__", before=events.module_made)
    yield Tap(torch.nn.Module, "load_state_dict", before=events.state_loaded)
    yield Tap(torch.nn.Module, "zero_grad", before=events.zero_grad, rare=True)
    yield Tap(torch.nn.Module, "train", before=events.mode_set)
    yield Tap(torch.nn.Module, "_call_impl", after=events.module_called, rare=True, traced=True)
    yield Tap(torch.optim.Optimizer, "__init__", after=events.optimizer_made)
    yield Tap(torch.optim.Optimizer, "zero_grad", before=events.zero_grad, rare=True)
    yield Tap(torch.optim.lr_scheduler.LRScheduler, "__init__", before=events.scheduler_made)
    yield Tap(dataloader.DataLoader, "__init__", after=events.loader_made)
    yield Tap(dataloader.DataLoader, "__iter__", after=events.epoch_begins)
    yield Tap(torch.autograd.detect_anomaly, "__init__", before=events.anomaly_asked)
    yield Tap(torch.autograd.set_detect_anomaly, "__init__", before=events.anomaly_asked)
    yield Tap(dataloader._BaseDataLoaderIter, "_next_index", after=events.indices_drawn, rare=True)
    yield Tap(dataloader._BaseDataLoaderIter, "__next__", after=events.batch_drawn, rare=True)
    yield Tap(torch.nn.utils.clip_grad_norm_, "", after=events.clipped_by_norm)
    yield Tap(torch.nn.utils.clip_grad_value_, "", before=events.clipped_by_value, rare=True)
    yield Tap(torch.amp.GradScaler, "scale", after=events.loss_scaled)
    yield Tap(torch.amp.GradScaler, "update", after=events.scaler_updated, rare=True)
    yield Tap(torch.amp.autocast_mode.autocast, "__enter__", before=events.autocast_entered, rare=True, traced=True)
    yield Tap(torch.autograd.graph.saved_tensors_hooks, "__enter__", before=events.saved_tensors_hooked)
    yield Tap(torch.no_grad, "__enter__", before=events.gradients_off, traced=True)
    yield Tap(torch.inference_mode, "__enter__", before=events.gradients_off, traced=True)
    yield Tap(torch, "compile", before=events.compiled)
    yield Tap(torch.jit, "script", before=events.scripted)
    yield Tap(torch.random, "manual_seed", before=events.seeded)
    for name in FUNCTIONS:
        yield Tap(
            F, name, after=events.loss_called(name), failed=events.loss_raised(name), traced=True,
            quiet=events.session.quiet,
        )


def planted(tap: Tap) -> Graft:
    """The graft of one tap; `GraftError` where this version of torch has nothing that fits."""
    function = getattr(tap.owner, tap.name, None) if tap.name else tap.owner
    function = getattr(function, "__wrapped__", function)  # beneath a decorator of torch's own
    if function is None:
        raise GraftError(f"torch {torch.__version__} has no {tap.name}")
    return graft(
        function, before=tap.before, after=tap.after, failed=tap.failed, quiet=tap.quiet,
        unless=torch.compiler.is_compiling if tap.traced else None,
    )
