"""What a script takes out of the graph and goes on computing with stays in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure
    from unstuck.experiment.interventions.building_blocks.stage import Stage

REMEMBERED = 16
"""values handed out last: tensor, and what the script got of it"""


@dataclass(frozen=True)
class KeepTheGraph(Intervention):
    """Lists, numbers, arrays and detached tensors that are made tensors again are the tensors they came from.

    Also `no_grad` inside of a forward, or around the forward of a network in training mode, has no effect. A value
    that the script computes with in between (in NumPy, by argmax) is lost to the graph for good.
    """

    name: ClassVar[str] = "keep-the-graph"
    remedies: ClassVar[tuple[str, ...]] = ("keep-the-graph",)
    changes: ClassVar[str] = "detach, no_grad and the way over Python or NumPy"

    def install(self, stage: Stage) -> None:
        """Remember what is handed out, and hand back what it came from."""
        import torch

        from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure

        modes = _Modes(stage, NetworkStructure(stage))
        trips = _Trips(stage, modes)
        plain = torch.Tensor.detach
        for name in ("item", "tolist", "numpy", "__array__"):
            stage.replace(torch.Tensor, name, trips.out(plain))
        stage.replace(torch.Tensor, "detach", trips.cut)
        data: Any = vars(torch._C.TensorBase)["data"]
        setattr(torch.Tensor, "data", property(trips.cut(data.__get__), data.__set__))  # noqa: B010
        for owner, name in ((torch, "tensor"), (torch, "as_tensor"), (torch, "from_numpy"),
                            (torch.autograd, "Variable")):  # fmt: skip
            stage.replace(owner, name, trips.back)
        stage.replace(torch.Tensor, "requires_grad_", trips.asked)
        stage.replace(torch.no_grad, "__enter__", modes.enter)


class _Trips:
    """Tensors on their way out of the graph and back."""

    def __init__(self, stage: Stage, modes: _Modes) -> None:
        self.stage = stage
        self.modes = modes
        self.last: deque[tuple[torch.Tensor, Any]] = deque(maxlen=REMEMBERED)

    def out(self, plain: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Remember what a tensor of the graph is handed out as: a number, a list, an array."""

        def make(original: Callable[..., Any]) -> Callable[..., Any]:
            def changed(tensor: torch.Tensor, *more: Any, **options: Any) -> Any:
                if self.stage.turn.ours:
                    return original(tensor, *more, **options)
                source = tensor if tensor.grad_fn is not None else self.source(tensor)
                got = original(plain(tensor) if tensor.grad_fn is not None else tensor, *more, **options)
                if source is not None:
                    self.last.append((source, got))
                return got

            return changed

        return make

    def cut(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Inside of a forward that learns, `detach` and `data` do nothing; elsewhere they are remembered."""

        def changed(tensor: torch.Tensor) -> Any:
            if tensor.grad_fn is None or self.stage.turn.ours:
                return original(tensor)
            if self.modes.learning():
                self.stage.applied("detach inside of a forward has no effect")
                return tensor
            got = original(tensor)
            self.last.append((tensor, got))
            return got

        return changed

    def source(self, value: Any) -> torch.Tensor | None:
        """The tensor that a value was taken from: the very same object, or the very same memory."""
        return next((tensor for tensor, got in reversed(self.last) if got is value), None)

    def back(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """In the place of a tensor made anew, the one that its values came from."""

        def changed(*arguments: Any, **options: Any) -> Any:
            source = self.source(arguments[0]) if arguments and not self.stage.turn.ours else None
            if source is None:
                return original(*arguments, **options)
            dtype = options.get("dtype") or source.dtype
            if not dtype.is_floating_point:
                return original(*arguments, **options)
            self.stage.applied("a tensor made anew is the one that it came from")
            return source.to(dtype)

        return changed

    def asked(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """In the place of a detached tensor that is to have a gradient, the one that it came from."""

        def changed(tensor: torch.Tensor, requires_grad: bool = True) -> Any:
            source = self.source(tensor) if requires_grad and not self.stage.turn.ours else None
            if source is None:
                return original(tensor, requires_grad)
            self.stage.applied("a detached tensor is the one that it came from")
            return source

        return changed


class _Modes:
    """Where gradients are switched off by mistake."""

    def __init__(self, stage: Stage, structure: NetworkStructure) -> None:
        self.stage = stage
        self.structure = structure
        self.learned: set[int] = set()
        """networks that have been called with gradients on"""
        self.switched: list[torch.nn.Module] = []
        structure.before_network.append(self.before)
        structure.after_network.append(self.after)

    def learning(self) -> bool:
        """Whether a network that trains is at its forward, with gradients on."""
        import torch

        return bool(self.structure.stack) and torch.is_grad_enabled() and self.structure.stack[0].training

    def enter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """`no_grad` inside of such a forward changes nothing."""

        def changed(context: Any) -> Any:
            if self.stage.turn.ours or not self.learning():
                return original(context)
            context.prev = True
            self.stage.applied("no_grad inside of a forward has no effect")
            return None

        return changed

    def before(self, network: torch.nn.Module, _: tuple[Any, ...]) -> None:
        """A network that an optimiser holds, and that never had gradients on, has them."""
        import torch

        if torch.is_grad_enabled():
            self.learned.add(id(network))
            return
        held = {id(p) for one in self.stage.optimizers for group in one.param_groups for p in group["params"]}
        mine = any(p.requires_grad and id(p) in held for p in network.parameters())
        if mine and network.training and id(network) not in self.learned and not torch.is_inference_mode_enabled():
            torch.set_grad_enabled(True)
            self.switched.append(network)
            self.stage.applied("no_grad around the forward of a network has no effect")

    def after(self, network: torch.nn.Module) -> None:
        """Gradients are off again."""
        import torch

        if self.switched and self.switched[-1] is network:
            self.switched.pop()
            torch.set_grad_enabled(False)
