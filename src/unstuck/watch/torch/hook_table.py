"""The one table of what is grafted into torch: where, and which handler hears of it.

Each handler stands behind a guard: if one of ours fails, watching stops and the user's training goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch.utils.data import dataloader

from unstuck.watch.graft import Graft, GraftError, graft
from unstuck.watch.torch.handlers import Handlers
from unstuck.watch.torch.losses import FUNCTIONS
from unstuck.watch.torch.step_hooks import StepHooks

Handler = Callable[..., Any]
DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")


class Tap(NamedTuple):
    """One function of torch and who hears of it."""

    owner: Any
    name: str
    before: Handler | None = None
    after: Handler | None = None
    failed: Handler | None = None
    rare: bool = False
    """watched within sampled steps only, where the order of calls is told"""
    traced: bool = False
    """a compiler may trace through it"""
    quiet: list[bool] | None = None


def taps(handlers: Handlers, hooks: StepHooks, quiet: list[bool]) -> Iterator[Tap]:
    """Every function that is watched."""
    F = torch.nn.functional  # noqa: N806
    yield Tap(torch.autograd, "backward", hooks.before_backward, hooks.after_backward, hooks.after_backward)
    yield Tap(torch.autograd, "grad", before=handlers.before_grad)
    yield Tap(torch.nn.Module, "__init__", before=handlers.module_made)
    yield Tap(torch.nn.Module, "load_state_dict", before=handlers.state_loaded)
    yield Tap(torch.nn.Module, "zero_grad", before=handlers.zero_grad, rare=True)
    yield Tap(torch.nn.Module, "train", before=handlers.mode_set)
    yield Tap(torch.nn.Module, "_call_impl", after=handlers.module_called, rare=True, traced=True)
    yield Tap(torch.optim.Optimizer, "__init__", after=handlers.optimizer_made)
    yield Tap(torch.optim.Optimizer, "zero_grad", before=handlers.zero_grad, rare=True)
    schedules = torch.optim.lr_scheduler
    for owner in (schedules.LRScheduler, schedules.ReduceLROnPlateau):
        yield Tap(owner, "__init__", handlers.scheduler_begins, handlers.scheduler_made)
        yield Tap(owner, "load_state_dict", after=handlers.scheduler_loaded)
    yield Tap(schedules.LambdaLR, "load_state_dict", after=handlers.scheduler_loaded)
    yield Tap(dataloader.DataLoader, "__init__", after=handlers.data.loader_made)
    yield Tap(dataloader.DataLoader, "__iter__", after=handlers.data.epoch_begins)
    yield Tap(torch.autograd.detect_anomaly, "__init__", before=handlers.anomaly_asked)
    yield Tap(torch.autograd.set_detect_anomaly, "__init__", before=handlers.anomaly_asked)
    yield Tap(dataloader._BaseDataLoaderIter, "_next_index", after=handlers.data.indices_drawn, rare=True)
    yield Tap(dataloader._BaseDataLoaderIter, "__next__", after=handlers.data.batch_drawn, rare=True)
    yield Tap(torch.nn.utils.clip_grad_norm_, "", after=handlers.clipped_by_norm)
    yield Tap(torch.nn.utils.clip_grad_value_, "", before=handlers.clipped_by_value, rare=True)
    yield Tap(torch.amp.GradScaler, "scale", after=handlers.loss_scaled)
    yield Tap(torch.amp.GradScaler, "update", after=handlers.scaler_updated, rare=True)
    yield Tap(torch.amp.autocast_mode.autocast, "__enter__", before=handlers.autocast_entered, rare=True, traced=True)
    yield Tap(torch.nn.utils.rnn, "pack_padded_sequence", before=handlers.packed, rare=True)
    yield Tap(torch.autograd.graph.saved_tensors_hooks, "__enter__", before=handlers.saved_tensors_hooked)
    yield Tap(torch.no_grad, "__enter__", before=handlers.gradients_off, traced=True)
    yield Tap(torch.inference_mode, "__enter__", before=handlers.gradients_off, traced=True)
    yield Tap(torch, "compile", before=handlers.compiled)
    yield Tap(torch.jit, "script", before=handlers.scripted)
    yield Tap(torch.random, "manual_seed", before=handlers.seeded)
    for name in DROPOUTS:
        yield Tap(F, name, before=handlers.dropout_called, rare=True, traced=True)
    for name in FUNCTIONS:
        yield Tap(
            F, name, after=handlers.loss_called(name), failed=handlers.loss_raised(name), traced=True,
            quiet=quiet,
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
