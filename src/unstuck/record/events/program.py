"""The program and its parts: seeds, loaders, models, optimisers, clipping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from unstuck.record.events.base import Event, Number
from unstuck.record.events.facts import ActiveLayer, ModuleFacts, ParameterFacts, ParamGroup


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
    loads: int = 0
    """states of modules that were loaded before it was made"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler(Event):
    """A learning-rate scheduler was made."""

    kind: ClassVar[str] = "scheduler"
    name: str = ""
    """its class"""
    optimizer: int | None = None
    file: str | None = None
    line: int | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    """constructor arguments that matter, as it keeps them: ``step_size``, ``gamma``, ``T_max``…; since schema 2"""
    first_rate: Number = None
    """rate of the first group once it was made; since schema 2"""
    peak: Number = None
    """the highest rate that it plans, where it says so (``max_lr``); since schema 2"""
    had_schedule: bool = False
    """it begins at its first step, and the groups of the optimiser had an ``initial_lr`` before: of another schedule,
    or out of a checkpoint"""
    restored: bool = False
    """its state was loaded"""


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
class Packed(Event):
    """Sequences were packed for a recurrent layer, sorted by length, and the loader's batch has their lengths."""

    kind: ClassVar[str] = "packed"
    training: int | None = None
    sequences: int = 0
    reordered: bool = False
    """the batch has the same lengths in another order: the program has sorted it"""
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
    """A whole model was called: where gradients were switched off, or at the first batch of a pass over a loader.

    Whether that pass trains is told by the timeline.
    """

    kind: ClassVar[str] = "evaluation"
    training: int | None = None
    model: int | None = None
    training_mode: bool = False
    gradients: bool = False
    """its output carries a gradient"""
    loader: int | None = None
    """id of the loader whose pass had begun"""
    loader_name: str = ""
    """what the user calls that loader"""
    active: tuple[ActiveLayer, ...] = ()
    """layers that behaved as in training"""
    repeated: bool = False
    """the model was called again with the very same input"""
    file: str | None = None
    line: int | None = None
    """where the model is called"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerModes(Event):
    """The modes of layers that depend on it in a forward that was trained on; written again when they change."""

    kind: ClassVar[str] = "layer_modes"
    training: int | None = None
    evaluation: tuple[str, ...] = ()
    """layers in evaluation mode"""
    training_mode: tuple[str, ...] = ()
    """layers in training mode"""
    networks: tuple[str, ...] = ()
    """whole networks in evaluation mode"""
