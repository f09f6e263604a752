"""LOP105: a network is evaluated in training mode, or with a dropout that never ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.loader_passes import held_out_calls
from unstuck.analysis.run.modes import mode_dependent
from unstuck.analysis.run.parameters import named
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.events import ActiveLayer, Evaluation
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class TrainingModeInEvaluation(Rule[TrainingView]):
    """Held-out data is evaluated with dropout on, or normalised by the statistics of its own batches.

    ## What it measures

    A few times in a run, where a network is called for evaluation: its mode, and which dropouts and batch
    normalisations behave as in training, those made or called within `forward` included.

    ## Why it hurts

    The held-out figure is measured on a network with units missing, or depends on which examples share a batch. It is
    worse than the network and changes from call to call. Batch normalisation also takes the held-out data into its
    running statistics.

    ## How it decides

    Evaluations are calls on a loader that is never trained on, calls without gradients that a loss of the training's
    kind follows, and rare calls of a classifier without gradients. In most of them (a) the network is in training mode
    and a layer of it is active, or (b) the network is in evaluation mode, and a dropout is on that is no part of it. A
    network that gets the same input again is asked for samples on purpose. So are layers that are put into training
    mode one by one, and calls that say `training=True`.

    ## Example

    ```python
    x = F.dropout(x, 0.5)                     # on for ever: training=self.training is missing
    x = nn.Dropout(0.5)(x)                    # made within forward: always in training mode
    ```

    ## Remedies

    Call `model.eval()` before evaluation. Make dropout layers in `__init__`, or give the function the mode.

    ## Known limits

    Evaluations with gradients on are known where they go over a loader. Dropout within functional attention is not
    seen. Adaptation of batch statistics to the test data, with the whole network in training mode, looks the same.

    ## References

    Srivastava et al.: Dropout (2014), section 4; PyTorch documentation, `torch.nn.functional.dropout`.
    """

    code: ClassVar[str] = "LOP105"
    name: ClassVar[str] = "training-mode-in-evaluation"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "model")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    share: float = threshold(0.5, unit="share of evaluations", source="one of several sets may be looked at so")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Both kinds."""
        calls = held_out_calls(view.training)
        if not calls:
            if mode_dependent(view.training) and view.training.evals:
                raise TooLittle("an evaluation whose mode is known")
            return
        forgotten = [(call, layers) for call in calls if (layers := _as_in_training(call))]
        endless = [(call, layers) for call in calls if (layers := _endless(call))]
        if forgotten and len(forgotten) >= self.share * len(calls):
            yield self._forgotten(view, calls, forgotten)
        elif endless and len(endless) >= self.share * len(calls):
            yield self._endless(view, calls, endless)

    def _forgotten(
        self, view: TrainingView, calls: tuple[Evaluation, ...], found: list[tuple[Evaluation, list[ActiveLayer]]]
    ) -> Finding:
        call, layers = found[-1]
        drops = [one for one in layers if one.what == "dropout"]
        norms = [one for one in layers if one.what != "dropout"]
        said = []
        if drops:
            said.append(f"{words.count(len(drops), 'dropout')} {'is' if len(drops) == 1 else 'are'} on")
        if norms:
            takes = "takes" if len(norms) == 1 else "take"
            said.append(f"{words.count(len(norms), 'batch normalisation layer')} {takes} the statistics of the batch")
        which = named([f"`{one.layer}`" if one.layer else f"line {one.line}" for one in layers])
        return self._finding(
            view, calls, found,
            f"the network is evaluated in training mode ({len(found)} of {len(calls)} evaluations looked at): "
            f"{' and '.join(said)} ({which})",
            Place(file=call.file, line=call.line), view.module_place(next((x.layer for x in layers if x.layer), None)),
            _MODE,
        )  # fmt: skip

    def _endless(
        self, view: TrainingView, calls: tuple[Evaluation, ...], found: list[tuple[Evaluation, list[ActiveLayer]]]
    ) -> Finding:
        call, layers = found[-1]
        lines = sorted({one.line for one in layers if one.line is not None})
        return self._finding(
            view, calls, found,
            f"{words.count(len(layers), 'dropout')} within `forward` {'stays' if len(layers) == 1 else 'stay'} on in "
            f"evaluation mode ({len(found)} of {len(calls)} evaluations looked at): "
            f"line {', '.join(map(str, lines[:3]))}",
            Place(file=layers[0].file, line=layers[0].line), Place(file=call.file, line=call.line), _FUNCTION,
        )  # fmt: skip

    def _finding(
        self, view: TrainingView, calls: tuple[Evaluation, ...], found: list[tuple[Evaluation, list[ActiveLayer]]],
        message: str, place: Place, used_at: Place, remedy: Remedy,
    ) -> Finding:  # fmt: skip
        return self.finding(
            message, view=view, place=place, used_at=used_at, first_step=found[0][0].step,
            evidence=(
                Evidence(
                    key="training_share", label="evaluations with layers that behave as in training",
                    value=len(found) / len(calls), threshold=self.share, unit="share",
                ),
                Evidence(key="active_layers", label="such layers", value=float(len(found[-1][1])), unit="layers"),
            ),
            remedies=(remedy,),
        )  # fmt: skip


def _as_in_training(call: Evaluation) -> list[ActiveLayer]:
    """The active layers of a network that is in training mode as a whole."""
    return [one for one in call.active if not one.explicit] if call.training_mode else []


def _endless(call: Evaluation) -> list[ActiveLayer]:
    """Dropouts that the mode of the network does not reach."""
    if call.training_mode:
        return []
    return [one for one in call.active if one.layer is None and one.what == "dropout" and not one.explicit]


_MODE = Remedy(
    name="training-mode",
    text="Put the network into evaluation mode before held-out data passes through it, and back afterwards.",
    applicability=Applicability.TRIAL,
    code="model.eval()\nwith torch.no_grad():\n    validate(model, val_loader)\nmodel.train()",
)
_FUNCTION = Remedy(
    name="dropout-by-mode",
    text="Make dropout a layer of the network, or give the function the network's mode.",
    applicability=Applicability.MANUAL,
    code="self.dropout = nn.Dropout(0.5)                       # in __init__, called in forward\n"
    "x = F.dropout(x, 0.5, training=self.training)        # or so",
)
