"""Weights of linear and convolution layers drawn anew, with the spread that fits the network's activations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.core.errors import UsageError
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage

SCHEMES = ("fitting", "default", "he", "glorot", "lecun", "orthogonal")
RECTIFIERS = frozenset({"relu", "relu_", "leaky_relu", "gelu", "silu", "elu", "mish", "clamp_min"})
SIGMOIDS = frozenset({"tanh", "sigmoid", "softsign", "hardtanh"})


@dataclass(frozen=True)
class Initialisation(Intervention):
    """Before its first call. Embeddings, norms, frozen and loaded weights are left alone.

    He (2015) for rectifiers, Glorot and Bengio (2010) for tanh and sigmoid, LeCun (1998) for SELU, with biases at
    zero; *default* is what the layer's own class draws.
    """

    name: ClassVar[str] = "initialisation"
    remedies: ClassVar[tuple[str, ...]] = ("suited-initialisation", "leaky-relu", "smaller-inputs-and-weights")
    changes: ClassVar[str] = "the first weights of linear and convolution layers"

    scheme: str = "fitting"

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise UsageError(f"There is no initialisation {self.scheme}. There are: {', '.join(SCHEMES)}.")

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """The one that fits the activations."""
        yield cls()

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Biases at zero are one half of what a rule says against dead units."""
        if remedy in cls.remedies:
            yield cls()

    def further(self) -> Self | None:
        """The layers' own: to draw them wider than that does not suit every network."""
        return type(self)("default") if self.scheme == "fitting" else None

    def install(self, stage: Stage) -> None:
        """Draw the weights of each network anew before its first call."""
        import torch

        layers = (torch.nn.Linear, torch.nn.modules.conv._ConvNd)
        loaded: set[int] = set()
        drawn: set[int] = set()

        def note(original: Any) -> Any:
            def load_state_dict(module: torch.nn.Module, *arguments: Any, **options: Any) -> Any:
                loaded.update(id(parameter) for parameter in module.parameters())
                return original(module, *arguments, **options)

            return load_state_dict

        def draw(network: torch.nn.Module, _: tuple[Any, ...]) -> None:
            embedded = {id(p) for one in network.modules() if "Embedding" in type(one).__name__
                        for p in one.parameters(recurse=False)}  # fmt: skip
            scheme = fitting(network) if self.scheme == "fitting" else self.scheme
            left = loaded | drawn | embedded
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                for layer in network.modules():
                    if isinstance(layer, layers) and _draw(layer, scheme, left):
                        drawn.update(id(p) for p in layer.parameters(recurse=False))
                        stage.applied(f"weights drawn anew ({scheme})")

        stage.replace(torch.nn.Module, "load_state_dict", note)
        stage.on_network(draw)

    @property
    def title(self) -> str:
        """``initialisation``, or with the scheme that was asked for."""
        return self.name if self.scheme == "fitting" else f"{self.name} {self.scheme}"


def _draw(layer: torch.nn.Module, scheme: str, left: set[int]) -> bool:
    import torch

    weight, bias = layer.weight, layer.bias
    lazy = isinstance(weight, torch.nn.parameter.UninitializedParameter)
    if not isinstance(weight, torch.nn.Parameter) or lazy or not weight.requires_grad or id(weight) in left:
        return False
    if scheme == "default":
        reset: Any = layer.reset_parameters
        reset()
        return True
    fresh = torch.empty(weight.shape)
    if scheme == "he":
        torch.nn.init.kaiming_normal_(fresh, nonlinearity="relu")
    elif scheme == "lecun":
        torch.nn.init.kaiming_normal_(fresh, nonlinearity="linear")
    elif scheme == "glorot":
        torch.nn.init.xavier_uniform_(fresh)
    else:
        torch.nn.init.orthogonal_(fresh)
    weight.copy_(fresh)
    if isinstance(bias, torch.Tensor) and id(bias) not in left:
        bias.zero_()
    return True


def fitting(network: torch.nn.Module) -> str:
    """The scheme for the activations of a network: its modules, and the functions that its forwards name."""
    names = {type(module).__name__.lower().replace("leakyrelu", "leaky_relu") for module in network.modules()}
    for module in network.modules():
        code = getattr(type(module).forward, "__code__", None)
        if code is not None and not type(module).__module__.startswith("torch."):
            names.update(code.co_names)
    if names & {"selu"}:
        return "lecun"
    return "he" if names & RECTIFIERS or not names & SIGMOIDS else "glorot"
