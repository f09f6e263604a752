"""The stages of a composed model: each is a submodule, whose output can be replaced by the right one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.audit.sources.array_like import as_array
from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from unstuck.analysis.model.predictions import Array
    from unstuck.evaluate.context import Context
    from unstuck.evaluate.model import Predictor
    from unstuck.evaluate.settings import EvaluateSettings
    from unstuck.evaluate.sources import Source


@dataclass(eq=False)
class Stage:
    """One submodule, and what it is known to have to give."""

    name: str
    module: nn.Module
    truth: Array | None
    outputs: list[Array] = field(default_factory=list)
    seconds: float = 0.0
    position: int = -1
    """in the order in which the stages are run"""


def stages_of(model: nn.Module, names: Sequence[str], truths: Mapping[str, Array], rows: int) -> list[Stage]:
    """The submodules of these names.

    Raises:
        UsageError: there is none of a name, or a right output has another number of rows.
    """
    known = dict(model.named_modules())
    found = []
    for name in names:
        if name not in known or not name:
            listed = ", ".join(one for one, _ in model.named_children()) or "none"
            raise UsageError(f"The model has no submodule {name}. Its submodules are {listed}. Name stages of these.")
        truth = truths.get(name)
        if truth is not None and len(truth) != rows:
            raise UsageError(f"The right outputs of {name} have {len(truth)} rows, and the data has {rows} examples.")
        found.append(Stage(name, known[name], truth))
    unknown = [name for name in truths if name not in names]
    if unknown:
        raise UsageError(f"There are right outputs of {unknown[0]}, which is no stage: --stages {','.join(names)}.")
    return found


def check_stages(predictor: Predictor | None, settings: EvaluateSettings, test: Source | None) -> None:
    """Refuse stages that the model does not have, before anything is predicted.

    Raises:
        UsageError: the model is no torch module, or lacks one of them; or a right output does not fit the data.
    """
    if predictor is None or not predictor.is_module or test is None:
        raise UsageError("Stages are submodules of a torch module: give the model itself, and --data.")
    stages_of(predictor.model, settings.stages, read_truths(settings.stage_truth), len(test.examples))


def read_truths(path: Path | Mapping[str, Any] | None) -> dict[str, Array]:
    """Right outputs of stages, in an ``.npz`` or as they are: an array for each, with a row for each example.

    Raises:
        UsageError: it cannot be read.
    """
    if path is None:
        return {}
    if isinstance(path, Mapping):
        return {name: as_array(values, name) for name, values in path.items()}
    try:
        with np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}. Expected an .npz with an array for each stage, a row for each example."
        ) from error


def run(context: Context, stages: Sequence[Stage], replaced: Sequence[Stage], *, watched: bool = False) -> Array:
    """The outputs of the model with some stages replaced by the right output. (n, …).

    Args:
        context: of the evaluation.
        stages: all of them.
        replaced: those that give the truth.
        watched: keep the output, the time and the order of each stage.

    Raises:
        UsageError: the model fails with the right output in the place of its own.
    """
    assert context.predictor is not None
    assert context.examples is not None
    made = []
    with context.predictor.evaluating(), ExitStack() as stack:
        batch_rows: list[int] = []
        for stage in replaced:
            stack.enter_context(_hooked(stage.module, _truth_of(stage, batch_rows)))
        if watched:
            for stage in stages:
                stack.enter_context(_watched(stage, stages))
        for rows, batch in context.examples.batches(context.settings.batch_size):
            batch_rows[:] = rows
            made.append(context.predictor.outputs(batch, len(rows)))
    return np.concatenate(made)


@contextmanager
def _hooked(module: nn.Module, hook: Callable[..., Any]) -> Iterator[None]:
    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def _truth_of(stage: Stage, rows: list[int]) -> Callable[..., Any]:
    """A hook that gives the right output of the rows of the batch, in the form of the stage's own."""
    import torch

    def give(_module: nn.Module, _given: Any, output: Tensor) -> Tensor:
        assert stage.truth is not None
        right = torch.as_tensor(stage.truth[np.asarray(rows)])
        if right.dim() == output.dim() - 1 and not right.is_floating_point():  # classes where the stage gives scores
            scores = torch.nn.functional.one_hot(right.long(), output.shape[-1])
            right = scores * max(1.0, float(output.abs().max()))
        if right.shape != output.shape:
            raise UsageError(
                f"The right output of {stage.name} has shape {tuple(right.shape)}, its own {tuple(output.shape)}. Give "
                "the same shape, or whole numbers of classes."
            )
        return right.to(output)

    return give


@contextmanager
def _watched(stage: Stage, stages: Sequence[Stage]) -> Iterator[None]:
    """Keep output, time and order of a stage."""
    began = 0.0

    def before(*_: Any) -> None:
        nonlocal began
        began = time.perf_counter()

    def after(_module: nn.Module, _given: Any, output: Any) -> None:
        stage.seconds += time.perf_counter() - began
        if stage.position < 0:
            stage.position = 1 + max(one.position for one in stages)
        if hasattr(output, "detach"):
            stage.outputs.append(np.asarray(output.detach().cpu().float().numpy()))

    handles = stage.module.register_forward_pre_hook(before), stage.module.register_forward_hook(after)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
