"""What labels that a person gave say, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.words import count, number, share

if TYPE_CHECKING:
    from unstuck.record.events.data.human import HumanLabels


def human_in_words(event: HumanLabels) -> str:
    """``24 compared, 2 disagree with the data: human error at most 8.3 % (95 % interval 2.3 % to 26 %)``."""
    said = (
        f"{number(event.count)} compared, {number(event.disagreeing)} "
        f"{'disagrees' if event.disagreeing == 1 else 'disagree'} with the data: human error {share(event.error)} "
        f"(95 % interval {share(event.low)} to {share(event.high)}) if the labels of the data are right"
    )
    if event.unknown:
        said += f"; no class of the data: {', '.join(event.unknown)}"
    if event.left_out:
        said += f"; {count(event.left_out, 'label')} left out (its row is not looked at, or has no label)"
    return said
