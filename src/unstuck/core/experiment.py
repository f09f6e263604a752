"""Experiments on a run: trials, their effects, verdicts and reasons, and the changes that make the run learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MATERIAL = 0.05
"""smallest gain that counts where no finding spoke for the change"""
EXPECTED = 0.02
"""the same for the remedy of a finding, for which there is evidence already"""
MATERIAL_SHARE = 0.2
"""… and smallest share of the loss that is left without the change"""
PAIRS = 3
"""pairs that a verified effect rests on: the fewest that show a spread"""
MOST_PAIRS = 5
"""pairs of a remedy that three left undecided: they halve the interval"""
FEWEST_TELLING_STEPS = 50
"""backward calls of the shortest branches that tell anything of a longer run"""

FIGURE_MATERIAL = 0.01
"""smallest difference between a printed held-out figure and the honest one that counts, as a share of the reference"""

RESTS_MATERIAL = 0.1
"""the same for a figure that is said to rest on one column: every column is worth something"""

RE_RUN = "re-run"
"""branches run the user's own script from its first line"""
REPLAY = "replay"
"""branches train copies of a model, a loss, an optimiser and data in a plain loop of unstuck"""


class TrialVerdict(StrEnum):
    """What an experiment says of a change."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    NO_DIFFERENCE = "no difference seen"
    NOT_TESTED = "not tested"


class Reason(StrEnum):
    """Why a change was not tested, or why its verdict is not the one that its effect alone would give."""

    # not tested: no experiment
    MANUAL = "manual"
    """a human must decide what to change"""
    NO_EXPERIMENT = "no-experiment"
    """no experiment was run on this record"""
    NO_INTERVENTION = "no-intervention"
    """no experiment carries the remedy out"""
    BUDGET_SPENT = "budget-spent"
    NEEDS_WHOLE_RUNS = "needs-whole-runs"
    """it takes whole runs, which do not fit into the budget; `Trial.budget_needed` says what would"""
    RUN_CUT = "run-cut"
    """it takes whole runs, and the watched run was ended before its end"""
    NOT_NEEDED = "not-needed"
    """other changes make the run learn"""

    # not tested: the branch says nothing
    NOTHING_TO_CHANGE = "nothing-to-change"
    NOTHING_TRAINED = "nothing-trained"
    REFUSED = "refused"
    """the branch was refused; `Trial.detail` says why"""
    KILLED = "killed"
    RAISED = "raised"
    """the changed script raised an exception, which is `Trial.detail`"""
    NO_OBJECTIVE = "no-objective"
    """the training loss is no objective: adversarial, of a policy, or with moving targets"""
    NO_HELD_OUT_LOSS = "no-held-out-loss"
    """the held-out loss alone decides, and the script computes none"""

    # measured, and not decided
    OTHER_DATA = "other-data"
    """with other random numbers the script has other examples in the same rows"""
    FEW_PAIRS = "few-pairs"
    """promising, with fewer pairs than a verdict rests on"""
    STILL_LEARNING = "still-learning"
    """it may yet gain what matters by the end of the run"""
    SMALL_GAIN_SO_FAR = "small-gain-so-far"
    """a certain, small gain in a branch shorter than the run"""
    AHEAD_SO_FAR = "ahead-so-far"
    """better than its control after as many steps, in a branch shorter than the run"""
    LEVEL_SO_FAR = "level-so-far"
    """not certainly worse than its control after as many steps, in a branch shorter than the run"""
    TOO_SHORT = "too-short"
    """branches too short to refute anything"""
    SMALL_GAIN = "small-gain"
    """a certain, small gain"""

    # refuted in spite of its training loss
    HELD_OUT_LOSS_RISES = "held-out-loss-rises"

    OTHER = "other"
    """of results kept by an earlier version; `Trial.detail` is the sentence"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The gain of the treated runs over their controls, in shares of the reference loss, with a 95 % interval.

    A gain counts from the baseline loss: a loss that falls to it from above is no gain.
    """

    control: float
    treated: float
    gain: float
    low: float
    high: float
    pairs: int
    material: float = MATERIAL
    """smallest gain that counts"""
    least: float = -2.0
    """smallest gain of a single pair, less three standard errors of its own noise"""

    @property
    def needed(self) -> float:
        """The gain from which the change matters."""
        return max(self.material, MATERIAL_SHARE * (1.0 - max(0.0, self.control)))

    @property
    def promising(self) -> bool:
        """Whether the gain is worth further pairs."""
        return self.gain >= self.needed

    @property
    def harmful(self) -> bool:
        """Whether the change certainly makes it worse."""
        return self.gain <= -self.material and self.high < 0


class FigureKind(StrEnum):
    """How a held-out figure that a script prints is said to differ from the honest one."""

    FLATTERS = "flatters"
    """it is better than the honest one"""
    WRONGS = "wrongs"
    """it is worse"""
    RESTS = "rests"
    """most of it rests on what is not there in use"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutFigure:
    """A held-out figure without the change, and with it, on the same examples or without the rows that it leaves out.

    Means over all pairs.
    """

    quantity: str
    """``loss`` or ``accuracy``"""
    split: str
    """name of the held-out data"""
    without: float
    changed: float
    low: float
    """of the difference, 95 % interval"""
    high: float
    examples: int
    """that the changed figure is of"""
    left_out: int = 0
    """examples that are not in it, because a finding lists them"""


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
    """of the interventions; the last one is what this trial is about"""
    on_top_of: tuple[str, ...] = ()
    """titles of the changes that its control has as well"""
    codes: tuple[str, ...] = ()
    """findings whose remedy it is; none for a change of the standard panel"""
    remedies: tuple[str, ...] = ()
    """names of those remedies"""
    settings: Mapping[str, float | int | str | bool] = field(default_factory=dict)
    """of the last of ``names``"""
    found: str = ""
    """the value that it found and used in its first branch, where its title does not name it: ``a rate of 0.003``"""
    verdict: TrialVerdict
    reason: Reason | None = None
    """why it was not tested, or why its verdict is not the one of its effect alone"""
    detail: str = ""
    """what the reason is about, in the words of the program or the system: an exception, a refusal"""
    budget_needed: float | None = None
    """seconds of a budget that would do, where `Reason.NEEDS_WHOLE_RUNS`"""
    effect: Effect | None = None
    alongside: Effect | None = None
    """compared with the control after as many steps; ``effect`` compares with what the whole run reaches without it"""
    held_out: Effect | None = None
    """the same on the held-out loss, where the script computes one"""
    on_held_out: bool = False
    """whether ``effect`` is the effect on the held-out loss, because the training loss cannot decide"""
    figures: tuple[HeldOutFigure, ...] = ()
    """held-out figures, where single held-out examples were followed"""
    about_figure: FigureKind | None = None
    """what is said of the figure that the script prints, where the verdict is about that"""
    control_curve: Curve | None = None
    treated_curve: Curve | None = None

    @property
    def shown(self) -> Effect | None:
        """The effect that is shown: control and treated run after as many steps."""
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
    """share of the baseline loss that the watched run itself took away"""
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
