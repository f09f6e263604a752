"""LOP113: saved and loaded again, the network answers differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.record.events.probe.behaviour import SavedAndLoaded
from unstuck.rules.rule import Rule, threshold

MOST_NAMED = 3


@dataclass(frozen=True)
class UnfaithfulCheckpoint(Rule[ProbeView]):
    """A network that is saved and loaded answers differently, or its training does not go on where it was.

    ## What it measures

    After a few steps `state_dict` is saved, all weights and buffers are overwritten, and it is loaded: the outputs are
    compared. Then the optimiser's state is saved and loaded, and the next losses are compared with those of a training
    that was not interrupted. Tensors are looked for that training changes, that the output depends on, and that
    `state_dict` does not hold.

    ## Why it hurts

    The checkpoint of a week of training is not the network that was trained. It is noticed when the network is used.

    ## How it decides

    The outputs differ by more than a ten-thousandth, loading raises, a tensor that training changes is not saved, or a
    loss after loading the optimiser differs by more than a millionth.

    ## Example

    ```python
    self.scale = torch.ones(64, requires_grad=True)   # no nn.Parameter, no buffer: not in state_dict
    ```

    ## Remedies

    Register what training changes: `nn.Parameter`, `register_buffer`, `nn.ModuleList`. Save model, optimiser,
    scheduler, and vocabulary together.

    ## Known limits

    What the script saves besides, and where, is not looked at: this is about what can be saved.

    ## References

    PyTorch tutorials, *Saving and loading a general checkpoint*.
    """

    code: ClassVar[str] = "LOP113"
    name: ClassVar[str] = "unfaithful-checkpoint"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = ("OPT105",)
    needs: ClassVar[tuple[str, ...]] = ("saved_and_loaded",)

    change: float = threshold(
        1e-4, unit="change of the outputs, relative", source="the same numbers: 0, as in 36 healthy programs"
    )
    parted: float = threshold(1e-6, unit="change of a loss, relative", source="the same numbers: 0")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """The network, then the optimiser."""
        for event in view.of(SavedAndLoaded):
            message = self._message(event)
            if message:
                yield self.finding(
                    message, view=view, place=view.layer_place(self._layer(event)),
                    evidence=(
                        Evidence(key="change", label="change of the outputs", value=event.change,
                                 threshold=self.change),
                        Evidence(key="lost", label="tensors that are not saved", value=float(len(event.lost)),
                                 threshold=0.0),
                    ),
                    remedies=(_REGISTER,),
                )  # fmt: skip

    def _message(self, event: SavedAndLoaded) -> str:
        if event.error:
            return f"what `state_dict` saves cannot be loaded (change 0 of 1): {event.error}"
        if event.lost:
            names = ", ".join(f"`{name}`" for name in event.lost[:MOST_NAMED])
            return (
                f"training changes {len(event.lost)} tensors that the output depends on and `state_dict` does not "
                "hold: "
                f"{names}"
            )
        if event.change > self.change:
            return f"saved and loaded, the outputs change by {share(event.change)}"
        if event.parted is not None and (event.difference or 0.0) > self.parted:
            return (
                f"with the optimiser saved and loaded, the loss differs by {number(event.difference or 0.0)} of itself "
                f"from step {event.parted} on"
            )
        return ""

    @staticmethod
    def _layer(event: SavedAndLoaded) -> str | None:
        return event.lost[0].rpartition(".")[0] if event.lost else None


_REGISTER = Remedy(
    name="register-tensors",
    text="Register what training changes, so that `state_dict` holds it.",
    applicability=Applicability.MANUAL,
    code="self.scale = nn.Parameter(torch.ones(64))\nself.register_buffer('mean', torch.zeros(64))\n"
    "self.layers = nn.ModuleList(layers)",
)
