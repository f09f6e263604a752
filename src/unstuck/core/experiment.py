"""What experiments on a run came to: the proof of each remedy, its effect, the changes that make it learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MATERIAL = 0.05
"""smallest gain that is worth a word where nothing spoke for the change"""
EXPECTED = 0.02
"""the same for the remedy of a finding, for which evidence speaks already"""
MATERIAL_SHARE = 0.2
"""… and smallest share of what the control leaves over"""
PAIRS = 3
"""pairs that a verified effect rests on: one more is chance, three the fewest that show a spread"""
MOST_PAIRS = 5
"""pairs of a remedy that three left open: they halve the interval"""

RE_RUN = "re-run"
"""the user's own script, from its first line"""
REPLAY = "replay"
"""copies of a model, a loss, an optimiser and data, in a plain loop of ours"""


class Proof(StrEnum):
    """What an experiment says of a remedy."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    NO_DIFFERENCE = "no difference seen"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The gain of a treatment over its control, in shares of the reference loss, with a 95 % interval.

    It counts from the constant answer upwards: getting up to it from below is no gain.
    """

    control: float
    treated: float
    gain: float
    low: float
    high: float
    pairs: int
    material: float = MATERIAL
    """the least that counts"""
    least: float = -2.0
    """gain of the pair that gained least, less three standard errors of its own noise"""

    @property
    def needed(self) -> float:
        """The gain from which it matters."""
        return max(self.material, MATERIAL_SHARE * (1.0 - max(0.0, self.control)))

    @property
    def promising(self) -> bool:
        """Enough, as far as one pair tells, to be worth further pairs."""
        return self.gain >= self.needed

    @property
    def harmful(self) -> bool:
        """Whether the treatment is plainly worse."""
        return self.gain <= -self.material and self.high < 0

    @property
    def proof(self) -> Proof:
        """Verified where it matters beyond noise in `PAIRS` pairs: together, or each of them by itself.

        Refuted where so many pairs put what matters out of reach, or where the treatment is plainly worse. Where the
        control leaves no room for a gain that matters, none is refuted.
        """
        enough = self.pairs >= PAIRS
        if enough and self.gain >= self.needed and (self.low > 0 or self.least >= self.needed):
            return Proof.VERIFIED
        out_of_reach = enough and self.high < self.needed <= 1.0 - self.control
        return Proof.REFUTED if self.harmful or out_of_reach else Proof.NO_DIFFERENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A training loss over backward calls, thinned for drawing."""

    steps: tuple[int, ...]
    losses: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One set of changes, tried on top of another."""

    title: str
    names: tuple[str, ...]
    """of the interventions, the last one being what this trial is about"""
    on_top_of: tuple[str, ...] = ()
    """titles of the changes that its control had already"""
    codes: tuple[str, ...] = ()
    """findings whose remedy it is; none for one of the standard panel"""
    remedies: tuple[str, ...] = ()
    """names of those remedies"""
    settings: Mapping[str, float | str] = field(default_factory=dict)
    """of the last of ``names``"""
    found: str = ""
    """what it found and put in, in its first branch, where its title does not tell: ``a rate of 0.003``"""
    proof: Proof
    why: str = ""
    """where it was not tested, or no difference was seen yet"""
    effect: Effect | None = None
    alongside: Effect | None = None
    """against the control after as many steps; ``effect`` counts from what the whole run comes to without the change"""
    held_out: Effect | None = None
    """the same on the held-out loss, where the script computes one"""
    on_held_out: bool = False
    """whether ``effect`` is that on the held-out loss, because the training loss does not tell what it is worth"""
    control_curve: Curve | None = None
    treated_curve: Curve | None = None

    @property
    def shown(self) -> Effect | None:
        """The effect that is told: control and treatment after as many steps."""
        return self.alongside or self.effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that was tried on one run."""

    way: str
    """how branches were made: `RE_RUN` or `REPLAY`"""
    steps: int
    """backward calls of each branch"""
    of_steps: int
    """backward calls of the watched run"""
    reached: float
    """what the watched run itself came to, as a share of the constant answer's loss"""
    reached_after: float
    """the same of the best set of changes, as far as its branches went"""
    trials: tuple[Trial, ...]
    sufficient: tuple[str, ...]
    """titles of the smallest set of changes found that makes it learn; empty where none was"""
    seconds: float
    budget: float
    repeatable: bool
    """whether two controls were the same bit for bit"""
    parted: int | None = None
    """backward call at which they first differed"""
    elsewhere: tuple[float, float] | None = None
    """first loss of the watched run and of its control, where they differ: the script goes on from what the run left"""
    training: int | None = None
    """number of the training that was looked at; None for the longest"""
    refused: str = ""
    """why nothing could be tried, where so"""
    interrupted: bool = False
    """whether the user ended it before its time"""
