"""What is left of the accuracy when each input takes a small step against the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.model.outputs import Given, predictions_of, scale_of
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.attacks import fgsm, pgd
from unstuck.evaluate.context import Context
from unstuck.evaluate.edited_inputs import is_single
from unstuck.evaluate.model import is_module
from unstuck.record.events.model.base import MOST_ROWS, ModelEvent
from unstuck.record.events.model.robustness import AdversarialAccuracy

if TYPE_CHECKING:
    from torch import Tensor

    from unstuck.analysis.model.predictions import Array

TITLE = "small steps against the network"
MEASURES: tuple[type[ModelEvent], ...] = (AdversarialAccuracy,)
MOST_EXAMPLES = 128
MOST_VALUES = 6_000_000
LEVELS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
"""of 255 levels of the range"""
DEVIATIONS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5)
"""of each column of a table"""
ATTACKS = {"FGSM": fgsm, "PGD": pgd}


def measure(context: Context) -> Iterator[ModelEvent]:
    """FGSM, then PGD, each with steps of several sizes."""
    if not is_single(context):
        return
    assert context.predictor is not None
    assert context.examples is not None
    if not is_module(context.predictor.model):
        raise TooLittle("a torch module, which has gradients by its inputs")
    one = context.examples.batch([0])
    if not hasattr(one, "detach") or not one.is_floating_point():
        raise TooLittle("inputs that are one tensor of floating point numbers")
    if context.given.scores is None:
        raise TooLittle("probabilities of the classes")
    most = int(np.clip(MOST_VALUES // one.numel(), 1, MOST_EXAMPLES))
    rows = np.random.default_rng(context.settings.seed).permutation(len(context.given))[:most]
    images = one.dim() == 4
    batch = context.examples.batch(rows.tolist())
    unit, low, high = _scale(batch, images=images)
    sizes = LEVELS if images else DEVIATIONS
    for name, attack in ATTACKS.items():
        found = [_stepped(context, batch, rows, size, (unit, low, high), attack) for size in sizes]
        by_chance = [_stepped(context, batch, rows, size, (unit, low, high), None) for size in sizes]
        wrong = [~right for right in found]
        first = next((at for at in range(1, len(sizes)) if (wrong[at] & found[0]).any()), None)
        lost = np.flatnonzero(wrong[first] & found[0]) if first is not None else np.array([], int)
        yield AdversarialAccuracy(
            attack=name, unit="of 255 levels" if images else "standard deviations", examples=len(rows), sizes=sizes,
            accuracy=tuple(float(right.mean()) for right in found),
            random_accuracy=tuple(float(right.mean()) for right in by_chance),
            rows=context.rows(rows[lost], MOST_ROWS),
        )  # fmt: skip


def _scale(batch: Tensor, *, images: bool) -> tuple[Tensor, Tensor, Tensor]:
    """What a size of 1 is for each value, and the ends of the range; for an axis of colours each."""
    if images:
        axes = (0, 2, 3)
        low, high = batch.amin(axes, keepdim=True), batch.amax(axes, keepdim=True)
        return (high - low) / 255, low, high
    return batch.std(0, keepdim=True), batch.amin(0, keepdim=True), batch.amax(0, keepdim=True)


def _stepped(
    context: Context, batch: Tensor, rows: Array, size: float, scale: tuple[Tensor, Tensor, Tensor], attack: Any
) -> Array:
    """Which examples are right after a step; a random one where there is no attack."""
    import torch

    predictor, given = context.predictor, context.given
    assert predictor is not None
    unit, low, high = (one.to(predictor.place) for one in scale)
    x = batch.to(predictor.place)
    outputs = []
    with predictor.evaluating():
        for first in range(0, len(x), context.settings.batch_size):
            some = slice(first, first + context.settings.batch_size)
            part, truth = x[some], given.truth[rows[some]]
            if size and attack is not None:
                def loss(asked: Tensor, truth: Array = truth) -> Tensor:
                    return _loss(predictor.model(asked), truth, given.outputs)

                part = attack(loss, part, size * unit, low, high)
            elif size:
                signs = np.random.default_rng(first).integers(0, 2, tuple(part.shape)) * 2 - 1
                part = torch.clamp(part + size * unit * torch.as_tensor(signs).to(part), low, high)
            outputs.append(predictor.outputs(part, len(part)))
    found = predictions_of(np.concatenate(outputs), Given(
        truth=given.truth[rows], classes=given.classes, task=given.task, scale=scale_of(given.outputs),
    ))  # fmt: skip
    return np.asarray(~found.wrong)


def _loss(outputs: Any, truth: Array, how: str) -> Tensor:
    """−log probability of the labels, summed over the batch."""
    import torch

    from unstuck.preflight.batch import first_output

    scores = first_output(outputs)
    assert scores is not None
    scores = scores.reshape(len(truth), -1)
    codes = torch.as_tensor(truth).to(scores.device)
    if scores.shape[1] == 1:
        logit = scores[:, 0] if how.startswith("logits") else torch.logit(scores[:, 0], eps=1e-7)
        return torch.nn.functional.binary_cross_entropy_with_logits(logit, codes.to(logit), reduction="sum")
    if how.startswith("logits"):
        return torch.nn.functional.cross_entropy(scores, codes, reduction="sum")
    logs = scores if how.startswith("log-") else torch.log(scores.clamp_min(1e-12))
    return torch.nn.functional.nll_loss(logs, codes, reduction="sum")
