"""SYS102: the same seed does not give the same run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.probe.behaviour import Repeated
from unstuck.rules.rule import Rule, TooLittle


@dataclass(frozen=True)
class NondeterministicRun(Rule[TrainingView | ProbeView]):
    """Two runs of the script from the same random states train two different networks.

    ## What it measures

    Two branches of an experiment that change nothing: the script runs twice more, from the random states with which
    the watched run began, and their losses are compared bit for bit. In a preflight the script
    is run to its third step twice, where that is soon done, and three noted steps are made twice.

    ## Why it hurts

    A result cannot be reproduced, a fault cannot be found by repeating the run, and a difference between two settings
    may be chance. Experiments need more pairs to show the same effect.

    ## How it decides

    One loss that differs in one bit is enough. The finding gives the first step at which the losses differ.

    ## Example

    ```python
    rng = default_rng()   # no seed: another stream at every start
    order = rng.permutation(len(x))
    ```

    ## Remedies

    Seed every random generator. Do not let the time, the order of a set or of a directory, or another process decide
    which data is used. On a GPU, call `torch.use_deterministic_algorithms(True)`.

    ## Known limits

    This needs experiments (`unstuck verify`) or a preflight. Both branches have the same `PYTHONHASHSEED`, so an
    order of strings in a set that differs between starts is not detected. Branches that the budget cut short are
    compared up to that point.

    ## References

    PyTorch documentation, "Reproducibility".
    """

    code: ClassVar[str] = "SYS102"
    name: ClassVar[str] = "nondeterministic-run"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (TrainingView, ProbeView)
    needs: ClassVar[tuple[str, ...]] = ("loss", "experiment", "repeated")

    def check(self, view: TrainingView | ProbeView) -> Iterator[Finding]:
        """Two controls that are not the same."""
        if isinstance(view, ProbeView):
            yield from self._before_training(view)
            return
        results = view.experiments
        if results is None or results.refused:
            raise TooLittle("two branches of the run that change nothing (`unstuck verify`)")
        if results.repeatable:
            return
        step = results.parted
        yield self.finding(
            "2 runs from the same random states differ" + (f" from step {step}" if step is not None else ""),
            view=view, place=view.loss_place(), first_step=step, confidence=Confidence.MEASURED,
            evidence=(Evidence(key="num_runs", label="runs compared bit for bit", value=2.0),), remedies=(_SEED,),
        )

    def _before_training(self, view: ProbeView) -> Iterator[Finding]:
        """The first steps, made twice."""
        for event in view.of(Repeated):
            if event.parted is not None:
                what = "2 runs" if event.whole else f"{event.steps} steps"
                yield self.finding(
                    f"{what} from the same random states differ from step {event.parted} on, by "
                    f"{number(event.difference or 0.0)} of the loss",
                    view=view, first_step=event.parted,
                    evidence=(Evidence(key="num_runs", label="runs compared bit for bit", value=2.0),),
                    remedies=(_SEED,),
                )


_SEED = Remedy(
    name="seed-every-generator",
    text="Seed every random generator of the script, and sort what comes from sets, directories and processes.",
    applicability=Applicability.MANUAL,
    code="torch.manual_seed(0)\nrng = default_rng(0)\nrandom.seed(0)",
)
