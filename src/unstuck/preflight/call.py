"""``unstuck.preflight(…)``: the checks before training on a model, a loss, an optimiser and loaders."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.preflight.names import check_names
from unstuck.preflight.produce import PROBES_PART, STEPS_PART, probe_record, write_probes
from unstuck.preflight.settings import BUDGET, PreflightSettings
from unstuck.record import schema
from unstuck.run import Run
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from unstuck.preflight.context import Context
    from unstuck.preflight.measure import Progress


def preflight(
    model: Any,
    loss: Callable[[Any, Any], Any],
    optimizer: Any,
    train_loader: Any,
    val_loader: Any = None,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    budget: float = BUDGET,
    epochs: int | None = None,
    seed: int = 0,
    dir: Path | str = DEFAULT,  # noqa: A002 - as of `unstuck.watch`
    progress: Progress = lambda *_: None,
) -> Run:
    """Check a training before its first step; everything that is given is afterwards as it was.

    ``unstuck.preflight(model, nn.CrossEntropyLoss(), optimizer, train_loader).show()``

    Args:
        model: the network, with the weights that its training begins with.
        loss: of the model's output and the target.
        optimizer: of the training; several as a list.
        train_loader: gives pairs (input, target) of batches: a DataLoader or a list.
        val_loader: the same for held-out data.
        only: names of the probes to make; all by default.
        skip: names of the probes to leave out.
        budget: seconds for all probes that train.
        epochs: of the planned training, to estimate its time.
        seed: of what the probes draw.
        dir: where the record is made.
        progress: called with what is being done, and the share that is done.

    Raises:
        UsageError: one of these is not what it must be.
    """
    settings = PreflightSettings(only=tuple(only), skip=tuple(skip), budget=float(budget), seed=seed)
    check_names(settings)
    context = context_of(model, loss, optimizer, train_loader, val_loader, settings)
    context.epochs = epochs
    about: dict[str, object] = {
        "argv": ["unstuck.preflight"], "target": {"kind": "objects", "what": "unstuck.preflight"},
        "python": sys.executable,
    }  # fmt: skip
    with probe_record(Path(dir), type(model).__name__, about) as directory:
        progress("first steps", 0.0)
        parts = directory / schema.PARTS
        steps = _watched(context, parts / STEPS_PART, settings, model)
        write_probes(parts / PROBES_PART, context, settings, steps, progress)
    run = Run(directory)
    run.answer().keep()
    return run


def _watched(context: Context, part: Path, settings: PreflightSettings, model: Any) -> int:
    """The steps that are recorded; none where single probes are asked for."""
    from unstuck.preflight.watched import watch_first_steps

    if settings.only:
        return 0
    try:
        return watch_first_steps(context, part, settings.watched, model)
    except Exception as error:
        context.notes.append(f"the first steps could not be made: {type(error).__name__}: {error}")
        context.refused = f"a training step that can be made ({type(error).__name__}: {error})"
        return 0


def context_of(
    model: Any, loss: Any, optimizer: Any, train_loader: Any, val_loader: Any, settings: PreflightSettings
) -> Context:
    """The context of objects.

    Raises:
        UsageError: one of them is not what it must be.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise UsageError(f"unstuck.preflight needs torch in this interpreter ({sys.executable}): {error}.") from error
    from unstuck.preflight.collect import collect
    from unstuck.preflight.context import Context

    if not isinstance(model, torch.nn.Module):
        raise UsageError(f"model must be a torch.nn.Module. Got {type(model).__name__}.")
    if not callable(loss):
        raise UsageError(f"loss must be callable: (output, target) -> Tensor. Got {type(loss).__name__}.")
    optimizers = tuple(optimizer) if isinstance(optimizer, list | tuple) else (optimizer,)
    for one in optimizers:
        if not isinstance(one, torch.optim.Optimizer):
            raise UsageError(f"optimizer must be a torch.optim.Optimizer. Got {type(one).__name__}.")
    if not any(True for _ in model.parameters()):
        raise UsageError("model has no parameters, so there is nothing to train.")
    from unstuck.preflight.state import kept

    with kept((model,), optimizers):
        found = collect(model, loss, train_loader, settings.batches, "train_loader")
        held_out = collect(model, loss, val_loader, 4, "val_loader").batches if val_loader is not None else []
    length = len(train_loader) if hasattr(train_loader, "__len__") else None
    networks = (model, loss) if isinstance(loss, torch.nn.Module) and any(loss.parameters()) else (model,)
    return Context(
        networks=networks, optimizers=optimizers, batches=tuple(found.batches), held_out=tuple(held_out),
        loader=train_loader, steps_per_epoch=length, batch_seconds=tuple(found.seconds), seed=settings.seed,
        budget=settings.budget,
    )
