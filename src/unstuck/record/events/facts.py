"""Values inside of events: tensors, modules, parameters, hyper-parameters, gradients, operations of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unstuck.record.events.base import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFacts:
    """A tensor in few numbers; its values are not kept."""

    shape: tuple[int, ...] | None = None
    dtype: str = ""
    """``float32``, ``int64``…; "" where it is no tensor"""
    type: str | None = None
    """the class, where it is no tensor"""
    mean: Number = None
    std: Number = None
    """population standard deviation"""
    min: Number = None
    max: Number = None
    zeros: Number = None
    """share of elements that are exactly zero"""
    norm: Number = None
    """Euclidean norm"""
    nonfinite: Number = None
    """number of NaN and infinite elements"""

    @property
    def moments(self) -> tuple[float, float] | None:
        """Mean and standard deviation, where they were measured."""
        return (self.mean, self.std) if self.mean is not None and self.std is not None else None

    @property
    def is_floating_point(self) -> bool:
        """Whether its elements are floating-point numbers."""
        return self.dtype.startswith(("float", "bfloat"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFacts:
    """How the features of one input batch differ in scale. A feature is an element of the last axis, or a channel."""

    count: int
    """number of features"""
    rms_max: float
    """largest root mean square of a feature"""
    rms_max_at: int
    """position of that feature"""
    rms_median: float
    mean_max: float
    """largest absolute mean of a feature"""
    std_median: float
    std_max: float
    constant: int
    """features with a spread of zero"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFacts:
    """One module of a model."""

    name: str
    """full name; with the model's name before it where a run has several models"""
    class_name: str = ""
    file: str | None = None
    line: int | None = None
    """where it was made"""
    leaf: bool = False
    """it has no modules below it"""
    training: bool = True
    """it was in training mode"""
    loaded: bool = False
    """its parameters came from a checkpoint or a copy"""
    settings: Mapping[str, object] = field(default_factory=dict)
    """constructor arguments that matter: ``out_features``, ``p``…"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterFacts:
    """One parameter of a model."""

    id: int
    name: str = ""
    layer: str = ""
    """name of the module that owns it"""
    shape: tuple[int, ...] = ()
    requires_grad: bool = True
    loaded: bool = False
    values: tuple[float, float, float, float, float] | None = None
    """of a frozen one: mean, standard deviation, minimum, maximum, share of distinct values"""
    empty_rows: float | None = None
    """of a frozen embedding: share of its vectors that are zero, that of the padding left out"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamGroup:
    """The hyper-parameters of one parameter group of an optimiser; None where the optimiser has none of that name."""

    count: int = 0
    """number of parameters"""
    lr: Number = None
    initial_lr: Number = None
    momentum: Number = None
    weight_decay: Number = None
    betas: tuple[float, ...] | None = None
    eps: Number = None
    alpha: Number = None
    rho: Number = None
    dampening: Number = None
    nesterov: bool | None = None
    amsgrad: bool | None = None
    maximize: bool | None = None
    max_iter: int | None = None
    history_size: int | None = None
    line_search_fn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientFacts:
    """The gradients of one optimiser within one sampled step."""

    entries: int = 0
    """backward calls before its step"""
    clean: int = 0
    """of them, those that began with no gradient left over"""
    stale_norm: float = 0.0
    """norm of what was left over when the first backward began"""
    stepped: bool = False
    parameters: int = 0
    none: int = 0
    """parameters without a gradient"""
    zero: int = 0
    """parameters whose gradient is all zero"""
    norm: float = 0.0
    """joint Euclidean norm at the step"""
    moved: int = 0
    """parameters that the step changed"""
    zeroed: int = 0
    """calls of ``zero_grad`` so far"""
    intact: bool = False
    """the step used the gradients as the last backward left them, where the recorder could tell"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLayer:
    """A layer that behaves as in training while its network is called outside of a training step."""

    what: str = "dropout"
    """``dropout``, or ``statistics``: batch normalisation that uses and updates those of the batch"""
    layer: str | None = None
    """its full name; None where it is no part of the network: a function, or a layer made within forward"""
    file: str | None = None
    line: int | None = None
    explicit: bool = False
    """its call says ``training=True``"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositiveFacts:
    """Yes-or-no predictions of one loss call, counted over its elements."""

    predicted: int
    labels: int
    hits: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachableFacts:
    """Mean squared distance of the targets from a range: what no output within that range can take away."""

    unit: float
    """from 0 to 1"""
    signed_unit: float
    """from -1 to 1"""
    positive: float
    """zero and above"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFacts:
    """The sequences of one call of ``ctc_loss``."""

    blank: int
    """the class that stands for no label"""
    sequences: int
    labels: int
    """labels of all sequences, without padding"""
    blanks: int
    """labels that are the blank"""
    blanks_at_end: int
    """those of them after which no other label comes in their sequence"""
    short: int
    """sequences with fewer frames than their labels need"""
    log_normaliser: Number = None
    """mean |log sum exp| of a frame's scores: 0 for log-probabilities"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """One operation of an autograd graph."""

    op: str
    """canonical name, see `core.vocabulary`"""
    inputs: tuple[int | None, ...] = ()
    """positions of its inputs in the graph; None for a constant (no gradient)"""
    shape: tuple[int, ...] | None = None
    """of its first output"""
    dim: int | None = None
    """its axis, where it has one"""
    dims: tuple[int, ...] | None = None
    """its axes, where it has several"""
    leaf: int | None = None
    """id of the parameter, where this is a leaf"""
    layer: str | None = None
    """the module that made it"""
    file: str | None = None
    line: int | None = None
    via: str | None = None
    """the library function that the user's line called"""
    settings: Mapping[str, float] = field(default_factory=dict)
    """further facts, such as ``groups`` of a convolution or a constant ``factor``"""
