"""Labels of a data set: how often each class occurs, which are in doubt, and whether they belong to the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBalance(DataEvent):
    """How often each class occurs."""

    kind: ClassVar[str] = "class_balance"
    since: ClassVar[int] = 2
    classes: tuple[str, ...]
    """names of the most frequent classes, at most 100, the most frequent first"""
    counts: tuple[int, ...]
    """examples of each of them"""
    number: int
    """of all classes that occur"""
    labelled: int
    """examples with a label"""
    rarest: str
    rarest_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictingLabels(DataEvent):
    """Equal inputs compared by their labels."""

    kind: ClassVar[str] = "conflicting_labels"
    since: ClassVar[int] = 2
    looked_at: int
    """examples with a label"""
    repeated: int
    """inputs that occur more than once"""
    conflicting: int
    """of these, inputs whose labels differ"""
    concerned: int
    """examples of these inputs whose label is not the label of most of their equals"""
    members: int = 0
    """all examples of these inputs"""
    pairs: int = 0
    """pairs of equal inputs with different labels"""
    pairs_by_chance: float = 0.0
    """how many of these are expected because the values of the columns are few"""
    lost: int
    """examples that no prediction can get right, because an equal input has another label"""
    difference: float | None = None
    """regression: mean difference of the targets of equal inputs, in standard deviations of the target"""
    rows: tuple[int, ...] = ()
    other_rows: tuple[int, ...] = ()
    """an equal input with another label"""


class LabelIssue(StrEnum):
    """What is unusual about the labels as they are given."""

    VARIANTS = "variants"
    """two spellings of one class"""
    NOT_ONE_HOT = "not one-hot"
    """rows of 0 and 1 with one 1 each, but for some"""
    PERMUTED = "permuted"
    """in one split the classes have other numbers than in training"""
    UNSEEN = "unseen"
    """classes that the training split does not have"""
    ABSENT = "absent"
    """classes of the training split that a split should have and does not have"""
    GAPS = "gaps"
    """class numbers that never occur between others that do"""
    NOT_FROM_ZERO = "not from zero"
    """class numbers begin at 1, or are -1 and 1"""
    MARKER = "marker"
    """a class number far from the others, such as 255 or -1, that stands for a missing label"""
    FLOATS = "floats"
    """whole class numbers, stored as floats"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEncoding(DataEvent):
    """Labels as they are given."""

    kind: ClassVar[str] = "label_encoding"
    since: ClassVar[int] = 2
    dtype: str
    """``text``, ``integer``, ``float``, ``boolean``, ``one-hot``"""
    number: int
    """of distinct labels"""
    labels: tuple[str, ...] = ()
    """as they are written, at most 20"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelProblem(DataEvent):
    """Unusual things about the labels as they are given."""

    kind: ClassVar[str] = "label_problem"
    since: ClassVar[int] = 2
    issue: LabelIssue
    labels: tuple[str, ...] = ()
    """the labels concerned; of ``variants`` and ``permuted`` in pairs: one, and what it should be"""
    concerned: int = 0
    """examples"""
    agreement: float | None = None
    """of ``permuted``: share of the labels that a model of the training split predicts"""
    agreement_after: float | None = None
    """the same after the classes are exchanged"""
    chance: float | None = None
    """of ``unseen`` and ``absent``: probability of this in a random split"""
    other: int | None = None
    """split that it is compared with"""
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNoise(DataEvent):
    """Labels compared with out-of-sample predictions."""

    kind: ClassVar[str] = "label_noise"
    since: ClassVar[int] = 2
    looked_at: int
    share: float
    """estimated share of wrong labels, by the forest"""
    low: float
    """lower bound (97.5 %) of that share"""
    second: float
    """the same estimate by neighbours and a network"""
    second_low: float
    count: int
    """least plausible labels by the forest, by which ``share`` was estimated"""
    disagreement: float
    """share of the labels that the forest does not predict"""
    unclear: float
    """the same, less the estimated share of wrong labels"""
    unclear_together: float
    """as ``unclear``, by all predictions together"""
    disagreement_together: float = 1.0
    """as ``disagreement``, by all predictions together"""
    rise: float = 1.0
    """how much more often plausible labels contradict the predictions than implausible ones, compared with other
    labels; 1 under noise, 2 and more where labels are honestly hard"""
    rarer: float = 1.0
    """share of the labels that are not of the most frequent class"""
    contrast: Number = None
    """where many are not predicted: share of wrong labels that explains that held-out labels are predicted better"""
    contrast_z: Number = None
    """standard errors of the difference"""
    classes: int = 0
    """their number"""
    tags: tuple[str, ...] = ()
    """of several labels for each example: those that were forgotten in a part of the examples"""
    forgotten: tuple[float, ...] = ()
    """which share of the examples that should have each of them"""
    told: tuple[float, ...] = ()
    """how many of the examples that clearly should have each tag have it, in training and in held-out data, in pairs"""
    rows: tuple[int, ...] = ()
    """labels that are probably wrong, if that share of them is"""
    listed: int = 0
    """how many these are in all"""
    likely: tuple[str, ...] = ()
    """the class that is predicted for each of ``rows``"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusedClasses(DataEvent):
    """Classes whose examples have the label of another class."""

    kind: ClassVar[str] = "confused_classes"
    since: ClassVar[int] = 2
    labelled: str
    """the class as it is given"""
    likely: str
    """the class that is predicted"""
    share: float
    """estimated share of the examples of ``likely`` that are labelled ``labelled``"""
    low: float
    """lower bound (97.5 %) of that share, the lower one of two sources of predictions"""
    unclear: float
    """share of all labels that the forest does not predict, less these, and those that are confused the other way"""
    unclear_together: float = 1.0
    """the same by all predictions together"""
    count: int
    """examples by which it was estimated"""
    classes: int
    """number of all classes"""
    concerned: int
    """labels that are probably wrong, if that share of them is"""
    looked_at: int
    rows: tuple[int, ...] = ()


class ComparedWith(StrEnum):
    """What says whether a target belongs to its input."""

    NEIGHBOURS = "neighbours"
    """examples that are alike have the same label"""
    EDGES = "edges"
    """of an image lie upon those of its target image"""
    TOKENS = "tokens"
    """a token mostly has the same tag, and both sequences end together"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAgreement(DataEvent):
    """Targets compared with what tells them, row by row and shifted."""

    kind: ClassVar[str] = "label_agreement"
    since: ClassVar[int] = 2
    looked_at: int
    z: float
    """agreement of a target with what tells it, in standard deviations of permuted targets"""
    agreement: float
    """share of neighbours with the same label, of numbers the correlation with their mean; correlation of edges; share
    of positions whose tag is the one that the token mostly has"""
    chance: float
    """the same for permuted labels"""
    lag: int = 0
    """shift of the labels at which they agree most"""
    lag_z: float = 0.0
    ordered: bool = True
    """rows are in the order of the split, and all are there: a shift can be seen"""
    start: int | None = None
    """first row of the stretch with the least agreement"""
    stop: int | None = None
    """row after the last one of that stretch"""
    stretch_z: float = 0.0
    """how far its agreement is below the rest, in standard errors"""
    stretch_shuffled_z: float = 0.0
    """the same for the worst stretch of shuffled rows"""
    stretch_agreement: float = 0.0
    stretch_expected: float = 0.0
    """agreement of all other rows"""
    stretch_lag: int = 0
    """shift at which the labels of the stretch agree again; 0: none"""
    compared_with: ComparedWith = ComparedWith.NEIGHBOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(DataEvent):
    """Models compared with the same models on permuted labels."""

    kind: ClassVar[str] = "signal"
    since: ClassVar[int] = 2
    looked_at: int
    models: tuple[str, ...]
    scores: tuple[float, ...]
    """of each model: correlation of its out-of-sample predictions with the target"""
    z: tuple[float, ...]
    """of each score, in standard deviations of the scores with permuted labels"""
    chance: tuple[float, ...]
    """mean score of each model with permuted labels"""
