"""What a model's predictions depend on: attributes of the input, the range of the training data, small steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.model.base import ModelEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedAttribute(ModelEvent):
    """Whether predictions follow an attribute of the input: it is taken from another example, and the rest stays."""

    kind: ClassVar[str] = "followed_attribute"
    since: ClassVar[int] = 2
    attribute: str
    """``colour``, ``border`` …; of a table the column"""
    sort: str = "column"
    """``appearance`` of a whole image, ``place`` in an image, or ``column``"""
    examples: int = 0
    """that were given the attribute of another example"""
    followed: float = 0.0
    """share that is then predicted as that other example, which was predicted otherwise before"""
    control: float = 0.0
    """the same share where the attribute comes from an example with the same prediction: the edit alone"""
    p_value: float = 1.0
    """one-sided, that ``followed`` is no larger than ``control``"""
    accuracy: float = 0.0
    """of the examples as they are"""
    accuracy_edited: float = 0.0
    """of the same with the attribute of another example"""
    excess: float = 0.0
    """mean difference between predicted and true class shares in groups of examples that are alike in the attribute"""
    excess_chance: float = 0.0
    """the same, were every probability right"""
    excess_high: float = 0.0
    """99 % quantile of it"""
    agreement: float = 1.0
    """how far the true shares move from group to group, for 1 that the predicted ones move"""
    tells_train: Number = None
    """share of the training examples whose class a small tree tells by the attribute alone, out of fold"""
    tells_here: Number = None
    """the same tree on the examples that were predicted"""
    majority: Number = None
    """share of the most frequent class in the training examples"""
    rows: tuple[int, ...] = ()
    """whose prediction follows the attribute"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRange(ModelEvent):
    """Held-out examples outside the range of the training data, and what the model makes of them."""

    kind: ClassVar[str] = "outside_range"
    since: ClassVar[int] = 2
    along: str
    """``sharpness``, ``brightness`` …; of a table the column; ``everything together``: the distance from the centre"""
    low: float = 0.0
    """ends of the range that holds 99 % of the training examples"""
    high: float = 0.0
    outside: int = 0
    """examples beyond it"""
    inside: int = 0
    accuracy_outside: Number = None
    accuracy_inside: Number = None
    confidence_outside: Number = None
    confidence_inside: Number = None
    bin_distance: tuple[float, ...] = ()
    """distance from the median of the training data, in widths of half the range; a bin for each tenth of the
    examples"""
    bin_accuracy: tuple[float, ...] = ()
    bin_confidence: tuple[float, ...] = ()
    rows: tuple[int, ...] = ()
    """outside, the farthest first"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedInputs(ModelEvent):
    """Inputs that are pushed beyond the data step by step, and how confident the model stays."""

    kind: ClassVar[str] = "pushed_inputs"
    since: ClassVar[int] = 2
    way: str
    """``noise``, ``blur``, ``rotation``, ``all columns`` …"""
    unit: str = ""
    """of ``amounts``"""
    examples: int = 0
    amounts: tuple[float, ...] = ()
    """0 first: the inputs as they are"""
    usual: float = 0.0
    """largest amount that inputs in use have"""
    confidence: tuple[float, ...] = ()
    """mean probability of the predicted class"""
    accuracy: tuple[float, ...] = ()
    """empty where the push may change the class"""
    threshold: float = 0.0
    """confidence below which the least confident twentieth of the inputs as they are lies"""
    rejected: tuple[float, ...] = ()
    """share below the threshold"""
    accepted_accuracy: tuple[float, ...] = ()
    """of those above it; empty where the push may change the class, NaN where none is left"""
    temperature: Number = None
    """that is best on the inputs as they are"""
    cooled: tuple[float, ...] = ()
    """the confidence with the temperature"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdversarialAccuracy(ModelEvent):
    """What is left of the accuracy when each input takes a small step against the model."""

    kind: ClassVar[str] = "adversarial_accuracy"
    since: ClassVar[int] = 2
    attack: str
    """``FGSM`` or ``PGD``"""
    unit: str = ""
    """of ``sizes``: ``of 255 levels`` of an image, ``standard deviations`` of a table"""
    examples: int = 0
    sizes: tuple[float, ...] = ()
    """largest change of a value; 0 first"""
    accuracy: tuple[float, ...] = ()
    random_accuracy: tuple[float, ...] = ()
    """with random steps of the same size"""
    rows: tuple[int, ...] = ()
    """right as they are, and wrong after the smallest step that changes any"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageError(ModelEvent):
    """A stage of a composed model, and what would be gained if it were right."""

    kind: ClassVar[str] = "stage_error"
    since: ClassVar[int] = 2
    stage: str
    """name of the submodule"""
    position: int = 0
    """in the order in which the stages are run, from 0"""
    known: bool = False
    """the right output of the stage was given"""
    error: Number = None
    """of its own output: share of wrong classes, or the error of numbers in standard deviations"""
    error_alone: Number = None
    """the same with the right outputs of all stages before it"""
    error_name: str = ""
    score: Number = None
    """of the model, by the metric that decides, with this stage replaced by the right output"""
    score_before: Number = None
    """the same as it is"""
    score_up_to: Number = None
    """with this stage and all before it replaced"""
    low: Number = None
    """ends of the 95 % interval of what replacing this stage gains"""
    high: Number = None
    parameters: int = 0
    seconds: float = 0.0
    """of its forward call for all examples"""
