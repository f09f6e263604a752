"""SYS102: the same seed, and not the same run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule


@dataclass(frozen=True)
class NondeterministicRun(Rule[TrainingView]):
    """Started twice from the same random states, the script trains two different networks.

    ## What it measures

    Two branches of an experiment that change nothing: the script is run again twice, from the random states with which
    the watched run began, and the losses of the two are compared bit for bit.

    ## Why it hurts

    A result cannot be had again, a fault cannot be looked for by repeating the run, and a difference between two
    settings may be chance. Experiments need more pairs to see the same effect.

    ## How it decides

    The first loss that differs between the two is named. Nothing else is needed: one bit is enough.

    ## Example

    ```python
    rng = default_rng()   # no seed: another stream at every start
    order = rng.permutation(len(x))
    ```

    ## Remedies

    Seed every generator that is made without a seed; do not let the time, the order of a set or a directory, or
    another process decide what is trained on. On a GPU, `torch.use_deterministic_algorithms(True)`.

    ## Known limits

    Only experiments look (`unstuck verify`). Both branches have the same `PYTHONHASHSEED`, so an order of strings in a
    set that differs from start to start is not seen. Branches that the budget cut short are compared as far as they go.

    ## References

    PyTorch documentation, "Reproducibility".
    """

    code: ClassVar[str] = "SYS102"
    name: ClassVar[str] = "nondeterministic-run"
    severity: ClassVar[Severity] = Severity.INFO
    needs: ClassVar[tuple[str, ...]] = ("loss", "experiment")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Two controls that are not the same."""
        results = view.experiments
        if results is None or results.repeatable or results.refused:
            return
        at = results.parted
        yield self.finding(
            "two runs from the same random states differ" + (f" from step {at} on" if at is not None else ""),
            view=view, place=view.loss_place(), first_step=at, confidence=Confidence.MEASURED,
            evidence=(Evidence(label="runs compared, bit for bit", value=2.0),), remedies=(_SEED,),
        )


_SEED = Remedy(
    name="seed-every-generator",
    text="Seed every generator that the script makes, and sort what comes from sets, directories and processes.",
    applicability=Applicability.MANUAL,
    code="torch.manual_seed(0)\nrng = default_rng(0)\nrandom.seed(0)",
)
