"""``unstuck.experiment(…)``: controlled experiments on a model, a loss, an optimiser and data, without a script."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from unstuck.core.errors import UsageError
from unstuck.run import Answer, Run
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Results
    from unstuck.record.reader import Record

STEPS = 300
SECONDS = 60.0
WIDTH = 100
"""columns of its text"""


class Replay(Answer):
    """What was tried on objects, and what the rules say of the baseline; it prints itself."""

    def __init__(self, record: Record, diagnosis: Diagnosis, notes: tuple[str, ...] = ()) -> None:
        super().__init__(record, diagnosis)
        self.notes = notes
        """what is to be known of how the objects were copied"""

    @property
    def results(self) -> Results:
        """Every trial with its effect and proof."""
        found = self.diagnosis.experiments
        assert found is not None
        return found

    @property
    def run(self) -> Run:
        """The baseline as a recorded run."""
        return Run(self.record.path)

    def show(self, file: TextIO | None = None) -> None:
        """Print it, by default to standard output."""
        out = file or sys.stdout
        out.write(f"{self.text(colour=out.isatty())}{self._noted()}")

    def __str__(self) -> str:
        return f"{self.text(colour=False, width=WIDTH)}{self._noted()}".rstrip("\n")

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The same text, for notebooks."""
        return f"<pre>{html.escape(str(self))}</pre>"

    def _noted(self) -> str:
        return "".join(f"note: {note}\n" for note in self.notes)


def experiment(
    model: Any,
    loss: Callable[[Any, Any], Any],
    optimizer: Callable[[Any], Any],
    data: Any,
    *,
    steps: int = STEPS,
    remedies: Sequence[str] | None = None,
    budget: float = SECONDS,
    workers: int | None = None,
    seed: int = 0,
    dir: Path | str = DEFAULT,  # noqa: A002 - as of `unstuck.watch`
    progress: Callable[[str], object] = lambda _: None,
) -> Replay:
    """Try changes on a training that is given as objects, each as a controlled experiment.

    Copies are trained by a plain loop (forward, backward, step) in processes whose files and network are their own; the
    objects themselves are not touched. Linux only.

    ``unstuck.experiment(Net, F.cross_entropy, lambda p: torch.optim.SGD(p, lr=0.1), loader)``

    Args:
        model: a function that makes the model, or a module, which is copied with its weights.
        loss: of the model's output and the target.
        optimizer: makes the optimiser of the parameters that it is given.
        data: pairs (input, target) of batches: a DataLoader, a list, or a function that makes either. What can be read
            only once is drawn into a list first, at most ``steps`` batches.
        steps: of each branch; the data is gone through again and again.
        remedies: as `unstuck trial` names them; by default those of the findings, else the standard panel.
        budget: seconds of wall time for the experiments.
        workers: branches at a time; by default one for each core, at most four.
        seed: of every random generator.
        dir: where the baseline's record is made.
        progress: told what is being tried.

    Raises:
        UsageError: the training cannot be copied, does not run, or does not repeat bit for bit.
    """
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(f"unstuck.experiment needs torch in this interpreter ({sys.executable}): {error}.") from error
    from unstuck.experiment.branch.objects import Objects
    from unstuck.experiment.replay import Plan, replay
    from unstuck.experiment.search.candidates import chosen

    frame = sys._getframe(2 if sys._getframe(1).f_code.co_filename == _PACKAGE else 1)
    tried = None if remedies is None else chosen(remedies)
    plan = Plan(wanted=tried, budget=float(budget), workers=workers, progress=progress)
    objects, notes = Objects.of(
        model=model, loss=loss, optimizer=optimizer, data=data, steps=steps, seed=seed,
        file=frame.f_code.co_filename, line=frame.f_lineno,
    )  # fmt: skip
    kept = Run(replay(objects, Path(dir), plan)).answer()
    answer = Replay(kept.record, kept.diagnosis, notes)
    answer.keep()
    return answer


_PACKAGE = str(Path(__file__).with_name("__init__.py"))
