"""GEN106: a step that nobody can see changes most predictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.model.robustness import AdversarialAccuracy
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class AdversarialFragility(Rule[ModelView]):
    """A change of the image that is too small to see makes most predictions wrong.

    ## What it measures

    Accuracy after a step against the network: one step by the sign of the gradient (FGSM), and ten that are held within
    the same distance (PGD), for several sizes; beside them random steps of the same sizes.

    ## Why it hurts

    Where somebody gains by a wrong answer, the network can be deceived. Where nobody does, it says that predictions
    hang on details that no person sees, and that other small changes (a JPEG, another camera) may change them too.

    ## How it decides

    Steps of at most `size` of 255 levels take `lost` of the accuracy of images or more. It is an information: nearly
    every network that was not trained against such steps is fragile.

    ## Example

    ```python
    x = x + 2 / 255 * torch.autograd.grad(loss_fn(model(x), y), x)[0].sign()
    ```

    ## Remedies

    Train on such steps (adversarial training), where somebody could gain by a wrong answer. Augmentation with noise
    and weight decay help a little.

    ## Known limits

    Torch modules whose input is one tensor. Of tables the accuracy is shown only: which step is too small to see is
    not known there. Other attacks find more.

    ## References

    Goodfellow, Shlens and Szegedy, *Explaining and harnessing adversarial examples*, 2015; Madry and others, *Towards
    deep learning models resistant to adversarial attacks*, 2018.
    """

    code: ClassVar[str] = "GEN106"
    name: ClassVar[str] = "adversarial-fragility"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("adversarial_accuracy",)
    figures: ClassVar[tuple[str, ...]] = ("model_dependence.adversarial",)

    size: float = threshold(2, unit="of 255 levels", source="a screen shows no such difference")
    lost: float = threshold(0.5, unit="share of the accuracy", source="provisional, see docs/log.md")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """The stronger attack."""
        images = [one for one in view.of(AdversarialAccuracy) if one.unit == "of 255 levels"]
        if not images:
            return
        one = min(images, key=self._left)
        left, whole = self._left(one), one.accuracy[0]
        if whole <= 0 or left > (1 - self.lost) * whole:
            return
        at = one.sizes.index(self._size(one))
        yield self.finding(
            f"steps of at most {number(one.sizes[at])} of 255 levels against the network ({one.attack}) take the "
            f"accuracy of {count(one.examples, 'example')} from {share(whole)} to {share(left)}; random steps of this "
            f"size leave {share(one.random_accuracy[at])}",
            view=view, place=view.place(row=one.rows[0] if one.rows else None),
            evidence=(
                Evidence(key="accuracy_left", label="accuracy after the step", value=left, unit="share",
                         threshold=(1 - self.lost) * whole),
                Evidence(key="accuracy", label="accuracy without", value=whole, unit="share"),
                Evidence(key="random_accuracy", label="after a random step", value=one.random_accuracy[at],
                         unit="share"),
            ),
            examples=view.examples(one.rows, of="rows that change first"), remedies=(_REMEDY,),
        )  # fmt: skip

    def _size(self, one: AdversarialAccuracy) -> float:
        return max(size for size in one.sizes if size <= self.size)

    def _left(self, one: AdversarialAccuracy) -> float:
        return one.accuracy[one.sizes.index(self._size(one))]


_REMEDY = Remedy(
    name="train-on-adversarial-steps",
    text="Train on inputs that took such a step, where somebody could gain by a wrong answer.",
    applicability=Applicability.MANUAL,
    code="x.requires_grad_(True)\nstep = torch.autograd.grad(loss_fn(model(x), y), x)[0].sign()\n"
    "loss = loss_fn(model(x.detach() + 4 / 255 * step), y)",
)
