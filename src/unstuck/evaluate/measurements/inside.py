"""Look inside the network for the rows that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.errors import UsageError
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent, NotEvaluated
from unstuck.record.events.model.inside import (
    ClassPreference,
    EmbeddedExamples,
    InsideImages,
    InsideMap,
    InsideShares,
)

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array
    from unstuck.core.pictures import Pictures
    from unstuck.evaluate.inside.attribution import Attribution

TITLE = "looking inside"
MEASURES: tuple[type[ModelEvent], ...] = (InsideMap, InsideImages, InsideShares, ClassPreference, EmbeddedExamples)
MOST_LAYERS = 24
MOST_POSITIONS = 64
"""rows and columns of an attention map that are kept"""
MOST_EMBEDDED = 1000
MOST_PREFERRED = 6
"""examples of each class"""
MOST_CLASSES = 20
MOST_SHOWN = 40
"""of all classes together"""
BATCH = 64


def measure(context: Context) -> Iterator[ModelEvent]:
    """Of each row attention, attribution and feature maps; once filters, what classes respond to, and an embedding."""
    if not context.settings.inside:
        return
    if context.predictor is None or context.examples is None or not context.predictor.is_module:
        raise TooLittle("a torch module (looking inside needs its layers)")
    model = context.predictor.model
    for row in context.settings.inside:
        inputs = context.examples.batch([_at(context, row)])
        for look in (_attention, _attribution, _feature_maps):
            yield from _tried(partial(look, context, model, inputs, row))
    yield from _tried(partial(_filters, model))
    yield from _preferences(context)
    yield from _tried(partial(_embedding, context, model))


def _tried(look: Callable[[], Iterator[ModelEvent]]) -> Iterator[ModelEvent]:
    """What a network does not have is left out, and what fails is reported with its reason."""
    try:
        yield from look()
    except UsageError as error:
        if "Install" in str(error):
            yield NotEvaluated(what=InsideShares.kind, why=str(error))


def _at(context: Context, row: int) -> int:
    found = int(np.searchsorted(context.positions, row))
    if found >= len(context.positions) or context.positions[found] != row:
        raise TooLittle(f"row {row} among the {len(context.positions)} examples that were predicted")
    return found


def _attention(context: Context, model: Any, inputs: Any, row: int) -> Iterator[ModelEvent]:
    from unstuck.evaluate.inside.attention import attention_maps
    from unstuck.show.png import png

    for one in attention_maps(model, inputs, keys=_words(context, inputs, row))[:MOST_LAYERS]:
        image = one.as_image() if _is_image(inputs) else None
        if image is not None:
            yield InsideImages(
                row=row, what="attention", title=f"Attention of {one.layer or 'the network'}", layer=one.layer,
                description="Light patches are looked at most, head by head.",
                captions=tuple(f"head {at}" for at in range(len(image))), images=tuple(png(head) for head in image),
            )  # fmt: skip
            continue
        cells = one.mean[:MOST_POSITIONS, :MOST_POSITIONS]
        yield InsideMap(
            row=row, what="attention", layer=one.layer, method=one.kind, heads=len(one.weights),
            names=one.queries[:MOST_POSITIONS], columns=one.keys[:MOST_POSITIONS],
            cells=tuple(tuple(round(float(value), 4) for value in line) for line in cells),
            high=round(float(max(cells.max(), 1e-6)), 6),
        )  # fmt: skip
        if len(one.weights) > 1:
            yield InsideImages(
                row=row, what="attention", title=f"Heads of {one.layer or 'the network'}", layer=one.layer,
                description="A row for each position that looks, a column for each that is looked at; light is much.",
                captions=tuple(f"head {at}" for at in range(len(one.weights))),
                images=tuple(png(head, 0.0) for head in one.weights),
            )  # fmt: skip


def _attribution(context: Context, model: Any, inputs: Any, row: int) -> Iterator[ModelEvent]:
    from unstuck.evaluate.inside.attribution import gradients, occlusion
    from unstuck.show.png import png, signed_png

    if not hasattr(inputs, "is_floating_point"):
        raise UsageError("The inputs are no tensor.")
    names = _words(context, inputs, row) or _columns(context, inputs)
    found: list[Attribution] = [occlusion(model, inputs, names=names), gradients(model, inputs, names=names)]
    output = _output_name(context, found[0].target)
    if found[0].image is not None:
        shown = inputs[0].detach().float().cpu().numpy()
        shown = np.moveaxis(shown, 0, -1) if len(shown) == 3 else shown.mean(axis=0) if shown.ndim == 3 else shown
        yield InsideImages(
            row=row, what="attribution", title=f"What speaks for {output} in row {row}",
            description="Red adds to the output, blue takes from it.",
            captions=("the input", *(one.method for one in found)),
            images=(png(shown), *(signed_png(one.image) for one in found if one.image is not None)),
        )  # fmt: skip
        return
    for one in found:
        flat = one.values.reshape(len(one.values), -1).sum(axis=1)
        order = np.argsort(-np.abs(flat), kind="stable")[:MOST_POSITIONS]
        known = one.names or tuple(f"input {at}" for at in range(len(flat)))
        yield InsideShares(
            row=row, method=one.method, output=output, names=tuple(known[at] for at in order),
            shares=tuple(float(flat[at]) for at in order),
        )  # fmt: skip


def _feature_maps(_: Context, model: Any, inputs: Any, row: int) -> Iterator[ModelEvent]:
    from unstuck.evaluate.inside.activations import activations
    from unstuck.show.png import png

    convolutions: list[tuple[str, Array]] = []
    for one in activations(model, inputs)[:MOST_LAYERS]:
        shown = one.figure()
        if shown is None:
            continue
        yield _images(shown, row, "feature maps", one.layer)
        if one.convolves:
            convolutions.append((one.layer, one.attention()))
    if convolutions:
        yield InsideImages(
            row=row, what="attention", title="Where the convolutions respond",
            description="The mean over the channels of the squared features; light is much.",
            captions=tuple(layer for layer, _ in convolutions), images=tuple(png(one) for _, one in convolutions),
        )  # fmt: skip


def _filters(model: Any) -> Iterator[ModelEvent]:
    from unstuck.evaluate.inside.activations import filters

    found = filters(model)
    yield _images(found.figure(), None, "filters", found.layer)


def _images(shown: Pictures, row: int | None, what: str, layer: str) -> InsideImages:
    return InsideImages(
        row=row, what=what, title=shown.title, layer=layer, description=shown.description,
        captions=tuple(tile.caption for tile in shown.tiles), images=tuple(tile.image for tile in shown.tiles),
    )  # fmt: skip


def _preferences(context: Context) -> Iterator[ModelEvent]:
    given = context.given
    if not given.task.has_classes or given.scores is None or given.several:
        return
    most = max(1, min(MOST_PREFERRED, MOST_SHOWN // len(given.classes)))
    for code, label in enumerate(given.classes[:MOST_CLASSES]):
        order = np.argsort(-given.scores[:, code], kind="stable")[:most]
        yield ClassPreference(
            label=label, rows=context.rows(order), scores=tuple(float(one) for one in given.scores[order, code]),
            truth=tuple(context.class_of(one) for one in given.truth[order]),
        )  # fmt: skip


def _embedding(context: Context, model: Any) -> Iterator[ModelEvent]:
    from unstuck.evaluate.inside.embedding import PCA, TSNE, hidden, in_two_dimensions

    examples, given = context.examples, context.given
    assert examples is not None
    if given.several or not given.task.has_classes:
        return
    random = np.random.default_rng(context.settings.seed)
    at = np.sort(random.choice(len(examples), min(MOST_EMBEDDED, len(examples)), replace=False))
    batches = [examples.batch(at[first : first + BATCH].tolist()) for first in range(0, len(at), BATCH)]
    layer, values = hidden(model, batches)
    for method in (PCA, TSNE):
        try:
            points, explained = in_two_dimensions(values, method, context.settings.seed)
        except UsageError:
            continue
        yield EmbeddedExamples(
            layer=layer, method=method, explained=explained, x=tuple(round(float(one), 4) for one in points[:, 0]),
            y=tuple(round(float(one), 4) for one in points[:, 1]),
            labels=tuple(context.class_of(given.truth[one]) for one in at), rows=context.rows(at),
        )  # fmt: skip


def _is_image(inputs: Any) -> bool:
    return hasattr(inputs, "dim") and inputs.dim() == 4


def _words(context: Context, inputs: Any, row: int) -> Sequence[str]:
    """Words of a text where there are as many as positions; else the numbers of the tokens."""
    tokens = inputs.get("input_ids") if hasattr(inputs, "get") else inputs[0] if isinstance(inputs, tuple) else inputs
    if not hasattr(tokens, "is_floating_point") or tokens.is_floating_point() or tokens.dim() != 2:
        return ()
    sample = context.test
    if sample is not None and sample.texts is not None:
        words = str(sample.texts[_at(context, row)]).split()
        if len(words) == tokens.shape[1]:
            return words
    return [str(int(token)) for token in tokens[0]]


def _columns(context: Context, inputs: Any) -> Sequence[str]:
    sample = context.test
    names = [column.name for column in sample.columns] if sample is not None and inputs.dim() == 2 else []
    return names if len(names) == inputs.shape[1] else ()


def _output_name(context: Context, target: int | None) -> str:
    if target is None or target >= len(context.given.classes):
        return "the output"
    return context.class_of(target)
