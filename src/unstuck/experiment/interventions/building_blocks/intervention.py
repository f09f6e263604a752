"""What an intervention is: one change to a training, as a frozen dataclass in its own file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from unstuck.core.experiment import FigureKind
    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class Intervention:
    """One change. Subclasses set the class variables, declare their parameters as fields, and install themselves.

    An intervention is chosen in the process that judges, which may have no torch, and installed in the branch: its
    module imports torch inside of `install` only. The fields travel as JSON.
    """

    name: ClassVar[str]
    """as in ``unstuck trial NAME train.py``"""
    remedies: ClassVar[tuple[str, ...]] = ()
    """names of remedies of findings that it carries out"""
    changes: ClassVar[str] = ""
    """what it changes, in a few words"""
    prompt: ClassVar[bool] = False
    """whether it takes effect within the first steps if it ever does; a branch where it has not is ended then"""
    finds: ClassVar[bool] = False
    """whether what it puts in is found in the branch, where its title cannot tell"""

    held_out_only: ClassVar[bool] = False
    """whether the training loss does not tell what it is worth, but the held-out loss alone"""

    @property
    def judged_by_examples(self) -> bool:
        """Whether single held-out examples decide: all examples are followed in its branches, which are whole runs."""
        return False

    @property
    def about_figure(self) -> FigureKind | None:
        """What it says of the held-out figure that the script prints; None where the training is what it changes."""
        return None

    @property
    def held_out_lag(self) -> int:
        """Rows by which held-out labels are late as well, if what it assumes is so."""
        return 0

    @property
    def trains_as_it_was(self) -> bool:
        """Whether the control's own branch tells all: nothing is changed in it."""
        return False

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """The settings in which it belongs to the panel that is tried where no rule is sure."""
        yield from ()

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """The settings in which it carries out the remedy of a finding."""
        if remedy in cls.remedies:
            yield cls()

    def further(self) -> Self | None:
        """The same with more of it; None where there is no more."""
        return None

    @property
    def lengthens(self) -> int:
        """Times as many steps that the whole run takes with it."""
        return 1

    def install(self, stage: Stage) -> None:
        """Set the change up, in the branch, before the script starts; say `stage.applied` where it takes effect."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """Name and settings, for people: ``learning-rate × 0.1``."""
        settings = [f"{value:g}" if isinstance(value, float) else str(value) for value in asdict(self).values()]
        return f"{self.name} {', '.join(settings)}".strip()

    def to_json(self) -> dict[str, Any]:
        """Name and fields."""
        return {"name": self.name, "fields": asdict(self)}
