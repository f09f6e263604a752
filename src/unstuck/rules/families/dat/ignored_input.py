"""DAT117: the output does not depend on the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.fits import falls
from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.probe.behaviour import InputReach
from unstuck.record.events.probe.loss import StandIns
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class IgnoredInput(Rule[ProbeView]):
    """The network answers the same whatever it is shown.

    ## What it measures

    How much the outputs differ between examples whose inputs differ, before training. How far a small batch can be
    fitted, and how far with zeros in place of its inputs. Which elements of the input have a gradient.

    ## Why it hurts

    Without the input the best that a network can learn is the constant baseline: the class frequencies, or the mean. A
    wrong variable in `forward`, a mask that hides everything, an embedding that is overwritten, a dead layer have this
    effect.

    ## How it decides

    The outputs differ by less than a millionth of their size while the inputs differ. Or after 100 steps and more a
    small batch is fitted no better than the same labels with zeros for inputs.

    ## Example

    ```python
    def forward(self, x):
        h = torch.zeros(len(x), 64)
        return self.head(h)     # should be self.head(self.encoder(x))
    ```

    ## Remedies

    Follow the input through `forward` until it is lost. The layer-by-layer table of the report shows where the examples
    no longer differ.

    ## Known limits

    A network whose last layer begins at zero answers the same at first; then only the fit decides.

    ## References

    Karpathy (2019), *A recipe for training neural networks*: "input-independent baseline".
    """

    code: ClassVar[str] = "DAT117"
    name: ClassVar[str] = "ignored-input"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = (
        "INI101", "INI103", "INI104", "ARC101", "ARC102", "ARC106", "ARC109", "LOS105", "SCL101",
    )  # fmt: skip
    needs: ClassVar[tuple[str, ...]] = ("stand_ins",)
    figures: ClassVar[tuple[str, ...]] = ("probe_loss.stand_ins",)

    alike: float = threshold(
        1e-6, unit="spread of the outputs / their size", source="rounding: 1e-7; 18 healthy programs: 0.0017 and more"
    )
    differ: float = threshold(1e-3, unit="spread of the inputs / their size", source="else all examples are the same")
    better: float = threshold(
        0.05, unit="share of the baseline loss", source="15 healthy programs that fit: 0.087, others 0.61 and more"
    )
    fitted: float = threshold(0.9, unit="share of the baseline loss", source="a fit that needs no input says nothing")
    steps: float = threshold(100, unit="steps", source="as for ARC115")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """Before training, then after a fit."""
        event = view.one(StandIns)
        if event is None:
            raise TooLittle("a training with zeros in place of the inputs")
        fits = {fit.name: fit for fit in event.fits}
        data, zeros = fits.get("data"), fits.get("zeros")
        if data is None or zeros is None or data.fell is None or zeros.fell is None:
            raise TooLittle("a training with zeros in place of the inputs")
        reach = view.one(InputReach)
        gain = data.fell - zeros.fell
        constant = (
            event.output_spread is not None and event.output_spread < self.alike
            and event.input_spread is not None and event.input_spread > self.differ
        )  # fmt: skip
        fits_as_well = gain < self.better and data.fell < self.fitted
        same = event.output_spread is None or event.output_spread < self.alike
        unreached = same and reach is not None and not reach.reached  # no gradient: it may be detached on the way
        if fits_as_well and not constant and not unreached and falls(data, event.baseline or 0.0):
            raise TooLittle(f"a fit that has come to rest (the loss still falls after {len(data.losses)} steps)")
        if not fits_as_well or not (constant or unreached or len(data.losses) >= self.steps):
            return
        before = (
            f"outputs differ by {number(event.output_spread)} of their size between {count(event.examples, 'example')}"
            if event.output_spread is not None else f"{count(event.examples, 'example')}"
        )
        yield self.finding(
            f"the output does not depend on the input: {before}, and {count(len(data.losses), 'step')} remove "
            f"{share(max(0.0, data.fell))} of the baseline loss with the data, {share(max(0.0, zeros.fell))} with "
            "zeros in "
            "its place",
            view=view,
            evidence=(
                Evidence(key="gain", label="share of the baseline loss that the data removes beyond zeros", value=gain,
                         threshold=self.better, unit="share"),
                Evidence(key="output_spread", label="spread of the outputs / their size",
                         value=event.output_spread or 0.0, threshold=self.alike),
            ),
            remedies=(_FOLLOW,),
        )  # fmt: skip


_FOLLOW = Remedy(
    name="follow-input",
    text="Follow the input through `forward` until the examples no longer differ.",
    applicability=Applicability.MANUAL,
    code="for name, module in model.named_modules():\n"
    "    module.register_forward_hook(lambda m, i, o, name=name: print(name, o.std(0).mean()))",
)
