"""Which output of the model belongs to which label of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unstuck.core.errors import UsageError


class Order(NamedTuple):
    """The output of each class of the data, and the names of all outputs."""

    output_of: tuple[int, ...]
    classes: tuple[str, ...]
    note: str = ""


def order_of(names: Sequence[str], outputs: int, classes: Sequence[str] | None) -> Order:
    """The outputs of classes that are known by name.

    Args:
        names: of the classes of the data, in the order of their codes.
        outputs: that the model gives for each example; 1 is the score of the second class.
        classes: in the order of the outputs, as the user names them.

    Raises:
        UsageError: it cannot be told; the message says what to do.
    """
    number = 2 if outputs == 1 else outputs
    if classes is not None:
        if len(classes) != number:
            raise UsageError(f"--classes names {len(classes)} classes, and the model has {outputs} outputs.")
        unknown = [name for name in names if name not in classes]
        if unknown:
            raise UsageError(
                f"The label {unknown[0]!r} of the data is not among --classes {','.join(classes)}. Name all classes."
            )
        return Order(tuple(classes.index(name) for name in names), tuple(classes))
    whole = _whole(names)
    if whole is not None and min(whole) >= 0 and max(whole) < number:
        return Order(tuple(whole), tuple(str(at) for at in range(number)))
    if whole is not None and min(whole) >= 1 and max(whole) == number:
        return Order(
            tuple(one - 1 for one in whole), tuple(str(at + 1) for at in range(number)),
            f"labels 1 to {number} are taken for outputs 0 to {number - 1}",
        )  # fmt: skip
    if outputs == 1 and len(names) > 2:
        raise UsageError(
            f"The model gives one number for each example, and the target has {len(names)} classes "
            f"({', '.join(names[:5])} …). Numbers are predicted with --task regression."
        )
    if len(names) != number:
        raise UsageError(
            f"The data has {len(names)} classes ({', '.join(names[:8])}{', …' if len(names) > 8 else ''}), and the "
            f"model has {outputs} outputs. Name all classes in the order of the outputs: --classes a,b,c."
        )
    return Order(
        tuple(range(number)), tuple(names),
        f"outputs are taken for the classes in alphabetical order ({', '.join(names[:6])}"
        f"{', …' if number > 6 else ''}); --classes says otherwise",
    )  # fmt: skip


def _whole(names: Sequence[str]) -> list[int] | None:
    try:
        values = [float(name) for name in names]
    except ValueError:
        return None
    return [int(value) for value in values] if all(value == int(value) for value in values) else None
