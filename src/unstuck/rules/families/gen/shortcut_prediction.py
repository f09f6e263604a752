"""GEN104: the prediction follows an attribute of the input that does not make the class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.record.events.model.robustness import FollowedAttribute
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ShortcutPrediction(Rule[ModelView]):
    """The prediction follows colour, border, background or a single column, and the truth does not.

    ## What it measures

    Each example gets one attribute of another example, which is predicted otherwise, and keeps the rest: its colour,
    the ends of its brightness, its sharpness, its background, its border, its corners, its position, or the value of
    one column. How often does it get the prediction of the other, and how often by the edit alone (an attribute of an
    example that is predicted alike)? Beside that, groups of examples that are alike in the attribute: how far do the
    predicted shares of the classes lie from the true ones?

    ## Why it hurts

    All red cars were Ferraris in the training data, so red is enough. The network is right as long as that holds, and
    fails on the first red car of another make.

    ## How it decides

    `followed` of the predictions or more follow the attribute beyond what the edit alone does (exact test on the pairs,
    p < `p_value`), and in groups by the attribute the predicted shares differ from the true ones by `excess` beyond
    chance: the network expects of the attribute what does not hold here. The true shares move less than `agreement`
    times as far from group to group as the predicted ones: else the network is only too sure of something true. Where
    the attribute is a place that shows no object (border, corners), `place` of the predictions alone is enough. What
    makes the class in truth, as the colour of flowers does, gives predictions that agree with the truth in every group,
    and is not reported. With the training data (`--train`) the message says how well the attribute alone tells the
    class there and here.

    ## Example

    ```python
    image[..., label % 3] = digit   # the colour gives the class, in the training data only
    ```

    ## Remedies

    Change the attribute at random in training, remove it from the inputs, or collect examples in which attribute and
    class do not go together.

    ## Known limits

    At least 200 examples with one class each. Where held-out examples have the same shortcut as the training examples,
    only border and corners are reported: that colour does not make the class must be known to be seen. Of a table the
    6 columns by which predictions differ most from the truth are exchanged, one at a time.

    ## References

    Geirhos and others, *Shortcut learning in deep neural networks*, 2020; Beery, Van Horn and Perona, *Recognition in
    terra incognita*, 2018.
    """

    code: ClassVar[str] = "GEN104"
    name: ClassVar[str] = "shortcut-prediction"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("followed_attribute",)
    figures: ClassVar[tuple[str, ...]] = ("model_dependence.followed",)

    followed: float = threshold(
        0.15, unit="share of the examples", source="sound networks: up to 0.1; shortcuts: 0.26 to 0.8"
    )
    excess: float = threshold(
        0.1, unit="share of the predictions", source="sound networks: up to 0.03; shortcuts: 0.17 to 0.7"
    )
    place: float = threshold(0.4, unit="share of the examples", source="sound networks on cifar10: up to 0.1")
    agreement: float = threshold(
        0.5, unit="of the predicted dependence", source="over-confident networks: 0.5 to 1; shortcuts: 0 to 0.3"
    )
    p_value: float = threshold(1e-4, unit="p value", source="a dozen attributes are tried")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """The attribute that is followed most first."""
        events = [one for one in view.of(FollowedAttribute) if self.follows(one)]
        events.sort(key=lambda one: one.control - one.followed - one.excess)
        columns = [one for one in events if one.sort == "column"]
        yield from (self._found(view, one, ()) for one in columns)
        if events and not columns:  # border and corners, colour and brightness overlap: one cause shows in several
            yield self._found(view, events[0], tuple(one.attribute for one in events[1:]))

    def follows(self, one: FollowedAttribute) -> bool:
        """Whether it is a shortcut."""
        more = one.followed - one.control
        if one.p_value >= self.p_value:
            return False
        if one.sort == "place" and more >= self.place:
            return True
        beyond = one.excess - one.excess_chance
        held = one.agreement < self.agreement and one.excess > one.excess_high
        return more >= self.followed and beyond >= self.excess and held

    def _found(self, view: ModelView, one: FollowedAttribute, also: tuple[str, ...]) -> Finding:
        column = one.attribute if one.sort == "column" else None
        what = f"column `{one.attribute}`" if column is not None else f"{one.attribute}"
        evidence = [
            Evidence(key="followed", label="predicted as the example that gave the attribute", value=one.followed,
                     unit="share", threshold=one.control + self.followed),
            Evidence(key="control", label="the same by the edit alone", value=one.control, unit="share"),
            Evidence(key="excess", label="predicted beside true class shares, by the attribute", value=one.excess,
                     unit="share", threshold=one.excess_chance + self.excess),
        ]  # fmt: skip
        told, others = "", f"; also {', '.join(also)}" if also else ""
        if one.tells_train is not None and one.tells_here is not None:
            told = (
                f"; a small tree tells the class by it alone for {share(one.tells_train)} of the training examples, "
                f"and for {share(one.tells_here)} here"
            )
            evidence.append(Evidence(key="tells_train", label="told by the attribute in the training data",
                                     value=one.tells_train, unit="share"))  # fmt: skip
            evidence.append(Evidence(key="tells_here", label="the same here", value=one.tells_here, unit="share"))
        return self.finding(
            f"predictions follow {what}: with that of another example, {share(one.followed)} of {number(one.examples)} "
            f"become the prediction of the other (by the edit alone {share(one.control)}){told}{others}",
            view=view, place=view.place(row=one.rows[0] if one.rows else None, column=column), evidence=tuple(evidence),
            examples=view.examples(one.rows, of="rows that follow it"), remedies=(_remedy(one),),
        )  # fmt: skip


CODE = {
    "colour": "transforms.ColorJitter(hue=0.5)   # or transforms.RandomGrayscale(p=0.5)",
    "brightness": "transforms.ColorJitter(brightness=0.5, contrast=0.5)",
    "sharpness": "transforms.GaussianBlur(kernel_size=5, sigma=(0.1, 2.0))",
    "background": "image[mask == 0] = torch.rand(3, 1)   # a background at random",
    "border": "images = images[:, :, margin:-margin, margin:-margin]",
    "corners": "images = images[:, :, margin:-margin, margin:-margin]",
    "position": "transforms.RandomAffine(degrees=0, translate=(0.2, 0.2))",
}
"""for each attribute of an image"""


def _remedy(one: FollowedAttribute) -> Remedy:
    text = "Collect training examples in which it does not go with the class; until then, "
    if one.sort == "column":
        return Remedy(
            name="drop-the-shortcut", text=f"{text}train without the column.", applicability=Applicability.MANUAL,
            code=f"train = train.drop(columns=[{one.attribute!r}])",
        )  # fmt: skip
    return Remedy(
        name="vary-the-attribute", text=f"{text}change it at random in training, or cut it off.",
        applicability=Applicability.MANUAL, code=CODE.get(one.attribute, ""),
    )  # fmt: skip
