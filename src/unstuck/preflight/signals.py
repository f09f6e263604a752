"""What goes into each product with weights, what comes out, and through which activation it goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from unstuck.preflight.context import Context, backward
from unstuck.record.events.probe.network import LayerSignal

Tensor = torch.Tensor
PRODUCTS = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
            "bilinear", "addmm", "matmul", "mm")  # fmt: skip
BY_HAND = ("addmm", "matmul", "mm")
NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")
ACTIVATIONS = ("relu", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus",
               "softsign", "hardtanh", "hardswish", "relu6", "prelu", "rrelu", "hardsigmoid", "logsigmoid",
               "sin")  # fmt: skip
JOINS = ("add", "__add__", "__radd__", "__iadd__", "sub", "__sub__", "mul", "__mul__", "__rmul__")
BOUNDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hardtanh": (-1.0, 1.0), "hardsigmoid": (0.0, 1.0)}
RECTIFIERS = ("relu", "relu6")
NEAR_END = 0.01
ALIKE = 1e-5
"""of the largest weight or gradient: a difference that rounding makes"""
MOST_COMPARED = 1 << 22
"""weights of a layer, beyond which its units are not compared"""
SPREADS: dict[str, Callable[[int, int], float]] = {
    "he": lambda fan_in, _: math.sqrt(2.0 / fan_in),
    "glorot": lambda fan_in, fan_out: math.sqrt(2.0 / (fan_in + fan_out)),
    "lecun": lambda fan_in, _: math.sqrt(1.0 / fan_in),
}
"""initialisation → standard deviation of weights by the inputs and outputs of a unit"""
SUITED = {**dict.fromkeys(("relu", "leaky_relu", "prelu", "rrelu", "elu", "celu", "gelu", "silu", "mish", "relu6",
                           "softplus", "hardswish"), "he"),
          **dict.fromkeys(("tanh", "sigmoid", "softsign", "hardtanh", "hardsigmoid"), "glorot"),
          "selu": "lecun"}  # fmt: skip
"""activation → initialisation: He (2015), Glorot and Bengio (2010), Klambauer and others (2017)"""


@dataclass(slots=True)
class Layer:
    """One product as it was seen."""

    weight: Tensor
    name: str
    class_name: str
    given: Tensor
    output: Tensor
    activation: str = ""
    activated: Tensor | None = None
    normalised: bool = False
    residual: bool = False
    last: bool = True
    gradient: Tensor | None = None
    bias: Tensor | None = None
    before: frozenset[int] = frozenset()
    """identities of the layers that its input comes from, however far"""
    inputs_first: bool = False
    """the weight has its inputs on its first axis: a product written by hand"""


@dataclass(slots=True)
class _Way:
    """What a tensor comes from: the layers before it, since which nothing but moves happened."""

    layers: tuple[Layer, ...]


@dataclass
class SignalMode(TorchFunctionMode):
    """Follows tensors from one product with weights to the next while it is active."""

    context: Context
    layers: list[Layer] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.ways: dict[int, _Way] = {}
        self.alive: list[Tensor] = []
        self.owners: dict[int, tuple[str, str]] = {}
        for network in self.context.networks:
            for module in network.modules():
                for parameter in module.parameters(recurse=False):
                    name = self.context.names.get(id(module), "")
                    self.owners.setdefault(id(parameter), (name, type(module).__name__))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call it, and follow what it gives."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").rstrip("_") if not getattr(func, "__name__", "").startswith("__") else (
            func.__name__
        )
        if name == "multi_head_attention_forward":
            return func(*args, **kwargs)
        before = self._ways(args, kwargs)
        result = func(*args, **kwargs)
        if isinstance(result, Tensor):
            self._follow(name, args, kwargs, result, before)
        elif isinstance(result, tuple | list):  # parts of one tensor come from where it comes from
            layers = tuple({id(layer): layer for way in before for layer in way.layers}.values())
            for one in result:
                if isinstance(one, Tensor):
                    self._keep(one, layers)
        return result

    def _ways(self, args: Any, kwargs: Any) -> list[_Way]:
        values = [*args, *kwargs.values()]
        return [self.ways[id(one)] for one in values if isinstance(one, Tensor) and id(one) in self.ways]

    def _follow(self, name: str, args: Any, kwargs: Any, result: Tensor, before: list[_Way]) -> None:
        layers = tuple({id(layer): layer for way in before for layer in way.layers}.values())
        if name in PRODUCTS:
            for layer in layers:
                layer.last = False
            made = self._product(name, args, kwargs, result)
            if made is not None:
                made.before = _with_origins(layers)
                self._keep(result, (made,))
            return
        if name in ACTIVATIONS:
            for layer in layers:
                if not layer.activation:
                    layer.activation, layer.activated = name, result.detach()
            self._keep(result, layers)
        elif name in NORMS:
            for layer in layers:
                layer.normalised = True
            self._keep(result, layers)
        elif name in JOINS:
            tensors = [one for one in (*args, *kwargs.values()) if isinstance(one, Tensor) and one.requires_grad]
            if len(tensors) > 1:
                for layer in layers:
                    layer.residual = True
                self._mark_branch([self.ways[id(one)] for one in tensors if id(one) in self.ways])
            self._keep(result, layers)
        elif layers:
            self._keep(result, layers)  # whatever it is, what comes behind it comes behind these layers

    def _mark_branch(self, joined: list[_Way]) -> None:
        """The layers of a branch alone: what they do to the spread is added, and multiplies nothing."""
        if len(joined) < 2:
            return
        origins = [_with_origins(way.layers) for way in joined]
        alone = frozenset.union(*origins) - frozenset.intersection(*origins)
        for layer in self.layers:
            layer.residual = layer.residual or id(layer) in alone

    def _product(self, name: str, args: Any, kwargs: Any, result: Tensor) -> Layer | None:
        values = [*args, *kwargs.values()]
        weights = [one for one in values if isinstance(one, Tensor) and id(one) in self.owners and one.dim() > 1]
        given = next((one for one in values if isinstance(one, Tensor) and id(one) not in self.owners), None)
        if not weights or given is None or not result.is_floating_point():
            return None
        owner, class_name = self.owners[id(weights[0])]
        by_hand = name in BY_HAND
        own = [one for one in values if isinstance(one, Tensor) and id(one) in self.owners]
        bias = next((one for one in own if one.dim() == 1), None)
        layer = Layer(
            weights[0], owner, class_name, given.detach(), result.detach().clone(), bias=bias, inputs_first=by_hand
        )
        if result.requires_grad:

            def hear(gradient: Tensor) -> None:
                layer.gradient = gradient.detach()

            result.register_hook(hear)  # type: ignore[no-untyped-call]
        self.layers.append(layer)
        return layer

    def _keep(self, result: Tensor, layers: Sequence[Layer]) -> None:
        if layers:
            self.ways[id(result)] = _Way(tuple(layers))
            self.alive.append(result)  # so that its id is not used again


def _with_origins(layers: Sequence[Layer]) -> frozenset[int]:
    return frozenset(id(layer) for layer in layers).union(*(layer.before for layer in layers))


def watched(context: Context, run: Callable[[], Tensor]) -> list[Layer]:
    """The layers that a forward goes through, each once, after the backward of what it returns."""
    context.zero_grad()
    with torch.enable_grad():
        with SignalMode(context) as mode:
            loss = run()
        if loss.requires_grad and bool(torch.isfinite(loss.detach()).all()):
            backward(loss)
    found: dict[int, Layer] = {}
    for layer in mode.layers:
        found.setdefault(id(layer.weight), layer)
    return list(found.values())


def fans(layer: Layer) -> tuple[int, int]:
    """Inputs and outputs of one unit; groups of a convolution are in the shape already."""
    shape = layer.weight.shape
    field_size = math.prod(shape[2:])
    first, second = shape[1] * field_size, shape[0] * field_size
    return (second, first) if "Transpose" in layer.class_name or layer.inputs_first else (first, second)


def scheme_of(activation: str) -> str:
    """Name of the initialisation that suits an activation; "" where none is known to."""
    return SUITED.get(activation, "")


def fitting_spread(scheme: str, layer: Layer) -> float | None:
    """Standard deviation of the weights that it draws for a layer."""
    return SPREADS[scheme](*fans(layer)) if scheme in SPREADS else None


def signal(layer: Layer, axis: int) -> LayerSignal:
    """Its numbers."""
    weight, output = layer.weight.detach(), layer.output
    scheme = scheme_of(layer.activation)
    fan_in, fan_out = fans(layer)
    units = weight.shape[1 if "Transpose" in layer.class_name or layer.inputs_first else 0]
    activated, inactive, saturated = layer.activated, None, None
    if activated is not None and layer.activation in RECTIFIERS:
        inactive = float(_by_unit(activated, output, units).le(0).all(0).double().mean())
    if activated is not None and layer.activation in BOUNDS:
        low, high = BOUNDS[layer.activation]
        margin = NEAR_END * (high - low)
        saturated = float(((activated < low + margin) | (activated > high - margin)).double().mean())
    gradient = layer.weight.grad
    return LayerSignal(
        name=layer.name, class_name=layer.class_name, activation=layer.activation, normalised=layer.normalised,
        residual=layer.residual, last=layer.last, units=units, fan_in=fan_in, fan_out=fan_out,
        input_scale=scale(layer.given), output_mean=float(output.double().mean()), output_spread=spread(output),
        example_spread=_over_examples(output, axis), activation_scale=None if activated is None else scale(activated),
        inactive=inactive, saturated=saturated,
        gradient_scale=None if layer.gradient is None else scale(layer.gradient),
        weight_gradient=None if gradient is None else float(gradient.double().norm()),
        weight_mean=float(weight.double().mean()), weight_spread=spread(weight),
        fitting=scheme, fitting_spread=fitting_spread(scheme, layer),
        distinct_units=_distinct(layer),
    )  # fmt: skip


def scale(tensor: Tensor) -> float:
    """Root mean square."""
    return float(tensor.detach().double().square().mean().sqrt()) if tensor.numel() else 0.0


def spread(tensor: Tensor) -> float:
    """Population standard deviation."""
    return float(tensor.detach().double().std(correction=0)) if tensor.numel() else 0.0


def _over_examples(output: Tensor, axis: int) -> float:
    flat = output.double()
    if flat.dim() < 2 or flat.shape[min(axis, flat.dim() - 1)] < 2:
        return 0.0
    return float(flat.var(min(axis, flat.dim() - 1), correction=0).mean().sqrt())


def _by_unit(activated: Tensor, output: Tensor, units: int) -> Tensor:
    """(rows, units): the unit axis is the second of convolutions and the last of dense layers."""
    axes = [at for at in (activated.dim() - 1, 1) if at < activated.dim() and activated.shape[at] == units]
    if activated.dim() > 2 and len(axes) == 2 and output.dim() > 2:
        axes = [1] if output.shape[1] == units else axes
    axis = axes[0] if axes else activated.dim() - 1
    return activated.movedim(axis, -1).reshape(-1, activated.shape[axis])


def _distinct(layer: Layer) -> int:
    """Units that differ from all others in their weights or in the gradient of these."""
    weight, gradient = layer.weight.detach(), layer.weight.grad
    tensors = [weight] if gradient is None else [weight, gradient]
    along = 1 if "Transpose" in layer.class_name or layer.inputs_first else 0
    rounded = [torch.round(one / one.abs().max().clamp_min(1e-30) / ALIKE) for one in tensors]
    rows = torch.cat([one.movedim(along, 0).reshape(one.shape[along], -1) for one in rounded], 1)
    return int(torch.unique(rows, dim=0).shape[0]) if rows.numel() <= MOST_COMPARED else rows.shape[0]


def redraw(layers: Sequence[Layer], scheme: str | None = None) -> None:
    """Draw the weights of layers anew, each by what suits its activation, or all by one scheme; biases to zero."""
    for layer in layers:
        wanted = scheme or scheme_of(layer.activation) or "lecun"
        size = fitting_spread(wanted, layer)
        if size is None:
            continue
        with torch.no_grad():
            layer.weight.detach().normal_(0.0, size)


