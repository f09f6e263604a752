"""What depends on what, in which mode, and whether it can be repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.probe.base import ProbeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMixing(ProbeEvent):
    """Influence of the examples of a batch on each other."""

    kind: ClassVar[str] = "batch_mixing"
    since: ClassVar[int] = 2
    examples: int
    influence: float
    """change of the outputs of the other examples / change of its own, when one example is exchanged"""
    influenced: int = 0
    """other examples whose outputs change"""
    layer: str | None = None
    """the first module at which they do"""
    axis: int = 0
    """of the examples, in the input"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceReach(ProbeEvent):
    """Which positions of a sequence reach which outputs."""

    kind: ClassVar[str] = "sequence_reach"
    since: ClassVar[int] = 2
    positions: int
    future: float
    """change of the outputs before a position / of those from it on, when the position is exchanged"""
    shifted: bool = False
    """the target at each position is the input at the next one"""
    same: bool = False
    """the target at each position is the input at this position"""
    layer: str | None = None
    """the first module at which outputs before the position change"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputReach(ProbeEvent):
    """Input elements that reach the output."""

    kind: ClassVar[str] = "input_reach"
    since: ClassVar[int] = 2
    elements: int
    """of one example"""
    unused: int = 0
    """elements that the output does not depend on, for any example"""
    reached: bool = True
    """the output depends on the input at all"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes(ProbeEvent):
    """Outputs in training and in evaluation mode."""

    kind: ClassVar[str] = "modes"
    since: ClassVar[int] = 2
    change: float
    """of the outputs from training to evaluation mode, relative"""
    explained: tuple[str, ...] = ()
    """layers that answer differently by design: dropout, batch norm"""
    random_in_training: float = 0.0
    """relative change between two calls in training mode"""
    random_in_evaluation: float = 0.0
    """the same in evaluation mode"""
    single: Number = None
    """largest relative change of an example's output when it is predicted alone, in evaluation mode"""
    examples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAndLoaded(ProbeEvent):
    """Outputs and further training of a network that was saved and loaded."""

    kind: ClassVar[str] = "saved_and_loaded"
    since: ClassVar[int] = 2
    change: float
    """of the outputs, relative"""
    lost: tuple[str, ...] = ()
    """tensors that the network uses, that training changes, and that ``state_dict`` does not hold"""
    error: str = ""
    """of loading"""
    steps: int = 0
    """of training that were compared after the optimiser was saved and loaded"""
    parted: int | None = None
    """the first of them with another loss; None where all are the same"""
    difference: Number = None
    """relative, of the loss at that step"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(ProbeEvent):
    """A few steps of training, made twice from the same random states."""

    kind: ClassVar[str] = "repeated"
    since: ClassVar[int] = 2
    steps: int
    parted: int | None = None
    """the first step with another loss; None where all are the same bit for bit"""
    difference: Number = None
    """relative, of the loss at that step"""
    whole: bool = False
    """the script was run twice from its start; else noted steps were made twice"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFunction:
    """One hand-written backward pass, compared with numerical derivatives."""

    name: str
    """of the class"""
    file: str | None = None
    line: int | None = None
    derivatives: int = 0
    """that were compared"""
    wrong: int = 0
    """of them, that differ"""
    error: float = 0.0
    """the largest difference / the larger of the two"""
    argument: int | None = None
    """position of the input with the largest difference"""
    intended: str = ""
    """why a difference is no fault: the function gives its input back, or it is piecewise constant"""
    skipped: str = ""
    """why it could not be compared"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradients(ProbeEvent):
    """Hand-written backward passes."""

    kind: ClassVar[str] = "gradients"
    since: ClassVar[int] = 2
    functions: tuple[CheckedFunction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFacts(ProbeEvent):
    """Batches that follow each other."""

    kind: ClassVar[str] = "batch_facts"
    since: ClassVar[int] = 2
    batches: int
    examples: int = 0
    """of the first"""
    identical: bool = False
    """all batches are the same"""
    whole: bool = False
    """a batch is all the data"""
    same_order: bool | None = None
    """a second pass over the loader begins with the same batch; None where there was no second pass"""
    shuffles: bool | None = None
    """the loader is one that draws at random; None where that is not known"""
    classes: tuple[tuple[int, ...], ...] = ()
    """(class, examples) for each batch: how often each class occurs in it, in order of the classes"""
    all_classes: int = 0
    """classes in all batches together"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftmaxCall:
    """A softmax or log-softmax of the network or of its loss."""

    layer: str | None = None
    """module in which it is called; None outside of all"""
    shape: tuple[int, ...] = ()
    dim: int = 0
    """from 0"""
    batch: int | None = None
    """axis of the examples; None where it is not known"""
    guessed: bool = False
    """no ``dim`` was given: torch guesses one"""
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Softmaxes(ProbeEvent):
    """Axes over which softmax is taken."""

    kind: ClassVar[str] = "softmaxes"
    since: ClassVar[int] = 2
    calls: tuple[SoftmaxCall, ...] = ()
