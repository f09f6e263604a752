"""Layers and parameters of a network: sizes, and what is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.probe.base import ProbeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerShape:
    """One module that has no modules in it, as it was called."""

    name: str
    class_name: str
    input: tuple[int, ...] = ()
    """shape of its first tensor"""
    output: tuple[int, ...] = ()
    dtype: str = ""
    """of its output"""
    parameters: int = 0
    trainable: int = 0
    multiply_adds: int = 0
    """for the whole batch; of linear, convolution, recurrent and attention layers"""
    output_bytes: int = 0
    calls: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape(ProbeEvent):
    """Shapes through the network."""

    kind: ClassVar[str] = "network_shape"
    since: ClassVar[int] = 2
    layers: tuple[LayerShape, ...] = ()
    examples: int = 0
    """in the batch"""
    parameters: int = 0
    trainable: int = 0
    multiply_adds: int = 0
    """for the whole batch"""
    parameter_bytes: int = 0
    buffer_bytes: int = 0
    gradient_bytes: int = 0
    optimizer_bytes: int = 0
    """what the optimiser keeps for each parameter, as measured after one step"""
    activation_bytes: int = 0
    """outputs of all layers, kept for the backward"""
    saved_bytes: int = 0
    """what autograd keeps for the backward, shared memory counted once, parameters left out"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterReach(ProbeEvent):
    """Parameters that the loss reaches and that the optimiser holds."""

    kind: ClassVar[str] = "parameter_reach"
    since: ClassVar[int] = 2
    trainable: int
    """parameters with gradients switched on"""
    elements: int
    """in them"""
    unreached: tuple[str, ...] = ()
    """trainable parameters that no batch's loss depends on"""
    unreached_elements: int = 0
    zero: tuple[str, ...] = ()
    """reached, with a gradient that is zero throughout"""
    not_held: tuple[str, ...] = ()
    """reached, and in no optimiser"""
    held: int = 0
    """parameters in the optimisers"""
    frozen: tuple[str, ...] = ()
    """parameters with gradients switched off"""
    batches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSignal:
    """One product with weights: what goes into it, what comes out, and what comes back."""

    name: str
    """of the layer"""
    class_name: str = ""
    activation: str = ""
    """canonical name of the activation function that its output goes through; "" where there is none"""
    normalised: bool = False
    """a normalisation lies between it and its activation, or it and the next layer"""
    residual: bool = False
    """its output, or what its activation makes of it, is added to something else"""
    last: bool = False
    """no further layer comes behind it"""
    units: int = 0
    fan_in: int = 0
    fan_out: int = 0
    input_scale: Number = None
    """root mean square of what goes in"""
    output_mean: Number = None
    output_spread: Number = None
    """standard deviation over all elements of the output"""
    example_spread: Number = None
    """root mean square over units of the standard deviation over the examples"""
    activation_scale: Number = None
    """root mean square behind the activation function"""
    inactive: Number = None
    """share of units that are zero for every example, behind a rectifier"""
    saturated: Number = None
    """share of elements within 1 % of an end of a bounded activation"""
    gradient_scale: Number = None
    """root mean square of the gradient of the loss by its output"""
    weight_gradient: Number = None
    """norm of the gradient of its weight"""
    weight_mean: Number = None
    weight_spread: Number = None
    """standard deviation of its weights"""
    fitting_spread: Number = None
    """of the initialisation that suits its activation"""
    fitting: str = ""
    """name of that initialisation: he, glorot, lecun"""
    distinct_units: int = 0
    """units whose incoming weights are not the same as those of another"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals(ProbeEvent):
    """Activations and gradients layer by layer."""

    kind: ClassVar[str] = "signals"
    since: ClassVar[int] = 2
    layers: tuple[LayerSignal, ...] = ()
    """in the order of their calls"""
    examples: int = 0
    input_scale: Number = None
    """root mean square of the data"""
    repaired: tuple[LayerSignal, ...] = ()
    """the same with every layer drawn anew by the initialisation that suits it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CureTrial:
    """One change of the network, trained for a few steps."""

    name: str
    """``as it is``, ``he``, ``batch norm`` …"""
    first_loss: float
    last_loss: float
    """mean over the last quarter of the steps"""
    losses: tuple[float, ...] = ()
    gradient_ratio: Number = None
    """norm of the gradient of the first layer's weights / of the last layer's, at the start"""
    inactive: Number = None
    """mean share of inactive units, at the end"""
    gradients: tuple[float, ...] = ()
    """norm of the gradient of each layer's weights, at the start"""
    inactives: tuple[float, ...] = ()
    """share of inactive units of each layer, at the end"""
    dominating: tuple[float, ...] = ()
    """largest unit's share of what each layer gives on, in units of an equal share, at the end"""
    changes: tuple[float, ...] = ()
    """relative change of each layer's weights from start to end"""
    rate: Number = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthCures(ProbeEvent):
    """Known cures of a network that is too deep, each tried."""

    kind: ClassVar[str] = "depth_cures"
    since: ClassVar[int] = 2
    layers: tuple[str, ...] = ()
    depth: int = 0
    baseline_loss: Number = None
    steps: int = 0
    trials: tuple[CureTrial, ...] = ()
    """the best first"""
