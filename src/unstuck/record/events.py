"""The events of a record: one frozen dataclass for each kind, with units, shapes and the schema that brought it.

This is all that the author of a recorder needs: make these values and give them to `writer.PartWriter.write`. A reader
gets the same values back. A field that is added later has a default and says ``since schema N`` in its docstring; what
an older record calls otherwise is put right by `upgrade`.

Conventions: *step* counts backward calls made before the event. ``file`` and ``line`` are the user's own line. A number
that could not be measured is None; NaN and infinity are measured values. Standard library only: the user's process
imports this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

Number = float | None

_OLD = {"class": "class_name", "in": "inputs", "t": "time", "backwards": "backward_calls"}


class Interim:
    """Item access while readers are being moved to attributes; goes away with the last of them."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """The field, or the default where it is None."""
        values = getattr(self, "values", None)
        value = getattr(self, _OLD.get(name, name), None)
        if value is None and isinstance(values, TensorFacts):
            value = getattr(values, name, None)
        return default if value is None else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Interim):
    """Something that a recorder saw."""

    kind: ClassVar[str]
    """the name of the kind in the file"""
    since: ClassVar[int] = 1
    """the first schema version that has it"""
    step: int = 0
    """backward calls made before it"""
    time: float = 0.0
    """seconds since the part began"""


# ---- values inside of events -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFacts(Interim):
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
class FeatureFacts(Interim):
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
class ModuleFacts(Interim):
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
class ParameterFacts(Interim):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamGroup(Interim):
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
class GradientFacts(Interim):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PositiveFacts(Interim):
    """Yes-or-no predictions of one loss call, counted over its elements."""

    predicted: int
    labels: int
    hits: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachableFacts(Interim):
    """Mean squared distance of the targets from a range: what no output within that range can take away."""

    unit: float
    """from 0 to 1"""
    signed_unit: float
    """from -1 to 1"""
    positive: float
    """zero and above"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode(Interim):
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


# ---- the program and its parts -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed(Event):
    """A random seed was set."""

    kind: ClassVar[str] = "seed"
    seed: int | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader(Event):
    """A data loader was made."""

    kind: ClassVar[str] = "loader"
    id: int
    """the source number of its epochs in the timeline"""
    batch_size: int | None = None
    sampler: str | None = None
    """class of the sampler"""
    workers: int = 0
    drop_last: bool = False
    dataset: str = ""
    """class of the data set"""
    size: int | None = None
    """examples in the data set"""
    labels: Mapping[int, int] | None = None
    """class → examples, where the data set holds its labels as one tensor"""
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Event):
    """A model as it was when a loss first reached it, or when its parameters changed."""

    kind: ClassVar[str] = "model"
    id: int
    training: int | None = None
    name: str = ""
    class_name: str = ""
    modules: tuple[ModuleFacts, ...] = ()
    parameters: tuple[ParameterFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimizer(Event):
    """An optimiser and its hyper-parameters; written again when they change."""

    kind: ClassVar[str] = "optimizer"
    id: int
    """the source number of its steps in the timeline"""
    training: int | None = None
    class_name: str = ""
    file: str | None = None
    line: int | None = None
    made_at: int | None = None
    """backward calls made before it was constructed"""
    groups: tuple[ParamGroup, ...] = ()
    parameters: tuple[int, ...] = ()
    """ids of all its parameters"""
    by_group: tuple[tuple[int, ...], ...] = ()
    """ids of the parameters of each group, where there are several groups"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler(Event):
    """A learning-rate scheduler was made."""

    kind: ClassVar[str] = "scheduler"
    name: str = ""
    """its class"""
    optimizer: int | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip(Event):
    """A line that clips gradients."""

    kind: ClassVar[str] = "clip"
    id: int
    """the source number of its rows in the timeline"""
    function: str = ""
    threshold: Number = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Autocast(Event):
    """Automatic mixed precision was entered for the first time."""

    kind: ClassVar[str] = "autocast"
    device: str = ""
    dtype: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutogradGrad(Event):
    """The program calls ``autograd.grad``."""

    kind: ClassVar[str] = "autograd_grad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Event):
    """A whole model was called with gradients off."""

    kind: ClassVar[str] = "evaluation"
    training: int | None = None
    model: int | None = None
    training_mode: bool = False
    gradients: bool = False


# ---- losses ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Event):
    """A loss over time began: its values are rows of the timeline."""

    kind: ClassVar[str] = "series"
    id: int
    """the source number of its rows in the timeline"""
    role: str = "train"
    """``train`` (a backward followed) or ``eval`` (none did)"""
    training: int | None = None
    function: str | None = None
    """canonical name of the loss function; None for a loss written by hand"""
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCall(Event):
    """One call of a loss function. N = examples, C = classes; every field that does not apply is None."""

    kind: ClassVar[str] = "loss_call"
    function: str = ""
    phase: str = "train"
    """``train``, ``eval``, ``other`` (a gradient, but no backward) or ``raised``"""
    training: int | None = None
    series: int | None = None
    file: str | None = None
    line: int | None = None
    input: TensorFacts = TensorFacts()
    target: TensorFacts = TensorFacts()
    raised: str | None = None
    """the error that the call ended in"""
    reduction: str | None = None
    label_smoothing: Number = None
    ignore_index: int | None = None
    delta: Number = None
    beta: Number = None
    weight: tuple[float, ...] | None = None
    """(C,) class weights"""
    pos_weight: tuple[float, ...] | None = None
    mean: Number = None
    """the loss with its reduction set to the mean"""
    constant: Number = None
    """mean loss of always predicting the batch's median"""
    absolute_deviation: Number = None
    """mean absolute distance of the targets from their median"""
    column_mean: tuple[float, ...] | None = None
    """mean of each target column"""
    column_variance: tuple[float, ...] | float | None = None
    """sample variance of each target column; the mean of them where there are many"""
    classes: int | None = None
    """C, width of the predictions"""
    row_sum_error: Number = None
    """largest |sum over classes - 1| of a prediction"""
    row_min: Number = None
    """smallest element of the predictions"""
    log_normaliser: Number = None
    """mean |log sum exp| of a prediction: 0 for log-probabilities"""
    predicted: Mapping[int, int] | None = None
    """class → examples predicted as it"""
    labels: Mapping[int, int] | None = None
    """class → examples labelled as it"""
    hits: Mapping[int, int] | None = None
    """class → examples of it that were predicted right"""
    positive: PositiveFacts | None = None
    target_row_sum: tuple[float, float] | None = None
    """smallest and largest sum over the classes of a target"""
    one_hot: bool | None = None
    """every target has exactly one 1 and zeros else"""
    distinct: tuple[tuple[float, float], ...] | None = None
    """(value, count) of the distinct target values, where there are few"""
    outside_unit: Number = None
    """share of targets below 0 or above 1"""
    outside_signed_unit: Number = None
    """share of targets below -1 or above 1"""
    negative: Number = None
    """share of targets below 0"""
    unreachable: UnreachableFacts | None = None
    broadcast: tuple[int, ...] | None = None
    """shape that input and target are broadcast to, where their shapes differ"""
    example_losses: tuple[float, ...] | None = None
    """(N,) loss of each example, NaN where it is ignored"""
    loader: int | None = None
    """id of the loader that the batch came from"""
    indices: tuple[int, ...] | None = None
    """(N,) positions of the examples in the loader's data set"""

    @property
    def ignored_label(self) -> int:
        """The label that the loss leaves out."""
        return self.ignore_index if self.ignore_index is not None else IGNORED_LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached(Event):
    """A loss was computed with gradients enabled and carries none: the graph is cut before it."""

    kind: ClassVar[str] = "detached"
    training: int | None = None
    function: str = ""
    count: int = 0
    """such calls so far"""
    input: TensorFacts | None = None
    training_mode: bool | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonfinite(Event):
    """The first loss of a training that is not finite, and where that comes from."""

    kind: ClassVar[str] = "nonfinite"
    training: int | None = None
    series: int | None = None
    batch: tuple[int, ...] | None = None
    """positions of the batch's examples in the data set"""
    weights: tuple[str, ...] = ()
    """parameters that were not finite already"""
    leaves: int | None = None
    """parameters that the loss reaches"""
    inputs_nonfinite: int | None = None
    """non-finite elements of the data that entered the network"""
    target_nonfinite: int | None = None
    op: str | None = None
    """the first operation that gave a non-finite value"""
    count: int | None = None
    """its non-finite values …"""
    of: int | None = None
    """… of so many"""
    layer: str | None = None
    file: str | None = None
    line: int | None = None


# ---- sampled steps -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledStep(Event):
    """One step that was measured in detail."""

    kind: ClassVar[str] = "sampled_step"
    training: int | None = None
    backward_calls: int = 0
    optimizers: Mapping[int, GradientFacts] = field(default_factory=dict)
    """optimiser id → its gradients; `RAW_LEAVES` for tensors that no optimiser holds"""
    cost: float = 0.0
    """CPU seconds that the measuring took"""
    memory: int | None = None
    """bytes of resident memory"""


IGNORED_LABEL = -100
"""the label that class losses leave out unless told otherwise"""
RAW_LEAVES = -1
"""key of `SampledStep.optimizers` for tensors that the user's code moves without an optimiser"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSeen(Event):
    """The autograd graph above a loss, once for each structure; node 0 is the loss."""

    kind: ClassVar[str] = "graph"
    training: int = 0
    series: int = 0
    truncated: bool = False
    nodes: tuple[GraphNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorPlace(Event):
    """A tensor that is summarised again and again: its summaries are rows of the layer frames."""

    kind: ClassVar[str] = "place"
    id: int
    """the place number of its rows"""
    training: int | None = None
    what: str = ""
    """``weight``, ``gradient``, ``update``, ``output``, ``activation``, or ``ungraded`` (called with gradients off)"""
    name: str = ""
    layer: str | None = None
    op: str | None = None
    """canonical name of the activation"""
    parameter: int | None = None
    """id of the parameter"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSeen(Event):
    """Data that entered the first layers."""

    kind: ClassVar[str] = "input"
    training: int | None = None
    op: str = ""
    """the operation that read it"""
    layer: str | None = None
    values: TensorFacts = TensorFacts()
    features: FeatureFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindStep(Event):
    """An optimiser stepped before any backward was seen."""

    kind: ClassVar[str] = "blind_step"
    training: int | None = None
    optimizer: int = 0
    steps: int = 0
    parameters: int = 0
    none: int = 0
    """parameters without a gradient"""
    norm: float = 0.0
    """joint norm of the gradients"""
    file: str | None = None
    line: int | None = None
    made_at: int | None = None


# ---- the recorder itself -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Event):
    """Something that the recorder cannot see; every answer says so."""

    kind: ClassVar[str] = "note"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Event):
    """The recorder failed, and recording ended."""

    kind: ClassVar[str] = "failure"
    error: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingFailure(Event):
    """Measuring a sampled step failed: no more sampled steps, losses and steps are recorded on."""

    kind: ClassVar[str] = "sampling_failure"
    error: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Event):
    """The last event of a part: how the process ended, and what watching cost."""

    kind: ClassVar[str] = "end"
    ended: str | None = None
    """``finished``, ``exception`` or ``interrupted``"""
    exception: str | None = None
    """class of the uncaught exception"""
    message: str | None = None
    file: str | None = None
    line: int | None = None
    traceback: tuple[tuple[str, int, str], ...] = ()
    """(file, line, function) of each frame, the innermost last"""
    steps: Mapping[int, int] = field(default_factory=dict)
    """optimiser id → steps"""
    spent: float = 0.0
    """CPU seconds that sampled steps took"""
    windows: int = 0
    """number of sampled steps"""
    dropped_events: int = 0
    detached: int = 0
    """losses that carried no gradient"""
    pending: int = 0


# ---- data sets ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Event):
    """A data set, or one split of it."""

    kind: ClassVar[str] = "split"
    since: ClassVar[int] = 2
    id: int
    name: str = "train"
    """``train``, ``val``, ``test``, or the user's own name"""
    source: str = ""
    """the file or object that it was read from"""
    rows: int = 0
    """number of examples"""
    target: str | None = None
    """name of the target column"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile(Event):
    """One column of a split in numbers."""

    kind: ClassVar[str] = "column"
    since: ClassVar[int] = 2
    split: int
    name: str
    type: str = "number"
    """``number``, ``category``, ``text`` or ``time``"""
    count: int = 0
    """values that are present"""
    missing: int = 0
    distinct: int | None = None
    mean: Number = None
    std: Number = None
    """population standard deviation"""
    min: Number = None
    max: Number = None
    most_common: str | None = None
    """the most frequent value, as text"""
    most_common_count: int | None = None


def _all_kinds(base: type[Event]) -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for kind in base.__subclasses__():
        found[kind.kind] = kind
        found |= _all_kinds(kind)
    return found


KINDS: Mapping[str, type[Event]] = _all_kinds(Event)
"""the name in the file → the event"""
