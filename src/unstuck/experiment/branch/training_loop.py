"""The plain training loop that branches of objects run; it is compiled to stand where the caller called us."""

from __future__ import annotations

import ast
import inspect
import random
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import torch

from unstuck.core.experiment import PAIRS
from unstuck.experiment.branch.objects import Loader, Objects, unpack

SKIPPED = 5
"""batches by which a further pair begins later, where it is not known how many there are"""


def play(folder: Path, by: int, know: Callable[[torch.nn.Module], object]) -> None:
    """Train what was packed, in the branch, until its steps are done.

    Args:
        folder: where it was packed.
        by: what is added to its seed: 0 for the first pair.
        know: called with every module that was not made here.
    """
    objects = unpack(folder)
    random.seed(objects.seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(objects.seed % 2**31)
    torch.manual_seed(objects.seed)  # in a further pair this moves it
    if isinstance(objects.model, torch.nn.Module):
        for module in objects.model.modules():
            know(module)
    placed(train, objects.file, objects.line)(objects, batches(objects.data, by))


def placed(function: Callable[..., None], file: str, line: int) -> Callable[..., None]:
    """The same function as if all of it stood in one line of a file: that of the user who asked for it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
    space: dict[str, Any] = {"__name__": __name__, "Module": Module, "pair": pair, "on": on}
    exec(compile(tree, file, "exec"), space)  # noqa: S102 - our own source
    made: Callable[..., None] = space[function.__name__]
    return made


Module = torch.nn.Module


def train(objects: Objects, batches: Iterator[Any]) -> None:
    """Forward, backward, step; nothing else."""
    model = objects.model if isinstance(objects.model, Module) else objects.model()
    optimizer = objects.optimizer(model.parameters())
    loss_function = objects.loss
    model.train()
    for _, batch in zip(range(objects.steps), batches, strict=False):
        input, target = on(model, pair(batch))  # noqa: A001
        optimizer.zero_grad()
        loss = loss_function(model(input), target)
        loss.backward()
        optimizer.step()


def pair(batch: Any) -> tuple[Any, Any]:
    """Input and target of a batch.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    held = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
    raise TypeError(f"a batch is to be a pair (input, target), and this is a {type(batch).__name__}{held}")


def on(model: Module, both: tuple[Any, Any]) -> tuple[Any, Any]:
    """The same on the device of the model."""
    parameter = next(model.parameters(), None)
    if parameter is None:
        return both
    first, second = (one.to(parameter.device) if isinstance(one, torch.Tensor) else one for one in both)
    return first, second


def batches(data: Any, by: int) -> Iterator[Any]:
    """Pass after pass over the data, without end; a further pair begins elsewhere in the first.

    Raises:
        ValueError: it is empty, or can be read only once.
    """
    for number, one in enumerate(passes(data.made(by) if isinstance(data, Loader) else data)):
        skipped, read = (_skipped(one, by) if number == 0 else 0), 0
        for batch in islice(iter(one), skipped, None):
            read += 1
            yield batch
        if not read and not skipped:
            raise ValueError(f"data gave no batch in pass {number + 1}: it must give the same again and again")


def passes(data: Any) -> Iterator[Iterable[Any]]:
    """What is gone through, again and again; a function that makes it is called once, or where it must be each time."""
    if hasattr(data, "__iter__"):
        yield from repeat(data)
    made: Iterable[Any] = data()
    while True:
        yield made
        made = data() if isinstance(made, Iterator) else made


def _skipped(data: Iterable[Any], by: int) -> int:
    """Batches that a further pair leaves out at its beginning: a third, two thirds of a pass."""
    try:
        number = len(data)  # type: ignore[arg-type]
    except TypeError:
        return SKIPPED * by
    step = max(1, number // PAIRS)
    between = by // PAIRS * max(1, step // 2)  # further pairs begin between the first ones
    return (by % PAIRS * step + between) % number if number else 0
