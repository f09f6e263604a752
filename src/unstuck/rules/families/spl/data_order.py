"""The half of SPL103 that looks at a data set: what is said about the order of its rows."""

from __future__ import annotations

from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Remedy
from unstuck.record.events.data.order import RowOrder

SHOWN = 5
"""classes in a message"""


def tail_is_apart(order: RowOrder, tail: float) -> bool:
    """Whether the last fifth of the file could not stand for the rest."""
    return bool(order.absent) or order.tail >= tail


def message(order: RowOrder) -> str:
    """What the order is like, and what it does to a split by position."""
    if order.alike is None or order.by_chance is None:
        said = f"neighbouring rows have similar targets (rank correlation {words.number(order.excess)})"
        return f"{said}; the distributions of the last fifth and of the rest differ by {words.share(order.tail)}"
    said = (
        f"{words.share(order.alike)} of neighbouring rows have equal labels, "
        f"{words.share(order.by_chance)} would in a random order"
    )
    if not order.absent:
        return f"{said}; the class shares of the last fifth and of the rest differ by {words.share(order.tail)}"
    names = ", ".join(f"`{name}`" for name in order.absent[:SHOWN]) + (" …" if len(order.absent) > SHOWN else "")
    return f"{said}; the last fifth lacks {len(order.absent)} of {order.classes} classes ({names})"


def evidence(order: RowOrder, sigmas: float, excess: float) -> tuple[Evidence, ...]:
    """The numbers that decided."""
    return (
        Evidence(key="order_z", label="neighbouring labels are alike beyond chance", value=order.z, threshold=sigmas,
                 unit="standard errors"),
        Evidence(key="order_excess", label="as a share of the largest possible", value=order.excess, threshold=excess),
        Evidence(key="tail", label="difference of the last fifth from the rest", value=order.tail),
        Evidence(key="absent_classes", label="classes that the last fifth lacks", value=float(len(order.absent))),
    )  # fmt: skip


SHUFFLE = Remedy(
    name="shuffle-rows",
    text="Shuffle the rows before they are split by position, and shuffle the training data in every epoch.",
    applicability=Applicability.MANUAL,
    code="train, test = train_test_split(frame, test_size=0.2, shuffle=True, random_state=0)\n"
    "loader = DataLoader(train_set, batch_size=32, shuffle=True)",
)
