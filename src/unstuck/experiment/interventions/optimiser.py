"""Another optimiser over the same groups of parameters, at its own usual rate."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage

CLASSES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
USUAL = {"sgd": 0.01, "adam": 1e-3, "adamw": 1e-3}
"""rates that users begin with; those of the Adams are the defaults of their papers (Kingma and Ba 2015; Loshchilov and
Hutter 2019)"""
MOMENTUM = 0.9
KEPT = ("weight_decay", "maximize", "foreach", "fused", "differentiable", "capturable")
"""settings that mean the same in every optimiser; those of the script stay"""
UNUSUAL = 3.0
"""times the usual rate, up or down, from which on the same optimiser at its usual rate is another one"""
LEFT_ALONE = ("LBFGS", "SparseAdam")
"""one steps by another rule altogether, the other takes gradients that most optimisers refuse"""


@dataclass(frozen=True)
class Optimiser(Intervention):
    """The script's optimiser becomes one of another class: schedules, scalers and `zero_grad` keep the object."""

    name: ClassVar[str] = "optimiser"
    remedies: ClassVar[tuple[str, ...]] = ("change-optimiser",)
    changes: ClassVar[str] = "the optimiser, and its rate with it"
    prompt: ClassVar[bool] = True

    kind: str = "adam"
    rate: float = 0.0
    """of the group that has the highest one, the others in proportion; 0 for the usual rate"""

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """Adam, and SGD with momentum; AdamW differs from Adam by its weight decay alone."""
        yield from (cls("adam"), cls("sgd"))

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Both of the panel."""
        if remedy in cls.remedies:
            yield from cls.proposed()

    def install(self, stage: Stage) -> None:
        """Exchange the class of each optimiser of torch when the script makes it."""
        import torch

        if self.kind not in CLASSES:
            raise ValueError(f"no optimiser {self.kind}; there are: {', '.join(CLASSES)}")
        wanted = getattr(torch.optim, CLASSES[self.kind])
        fresh: dict[int, dict[str, Any]] = {}

        def begin(optimizer: torch.optim.Optimizer) -> None:
            """What the other class has put into it since belongs to the other rule."""
            settings = fresh.pop(id(optimizer), None)
            if settings is not None:
                optimizer.state.clear()
                for group in optimizer.param_groups:
                    group.update(settings | group)

        def exchange(optimizer: torch.optim.Optimizer) -> None:
            own = type(optimizer)
            if own.__name__ in LEFT_ALONE or not replaceable(own):
                return
            highest = max(float(group.get("lr", 0.0)) for group in optimizer.param_groups)
            usual = self._rate / UNUSUAL < highest < UNUSUAL * self._rate
            if own is wanted and usual and (self.kind != "sgd" or optimizer.defaults.get("momentum") == MOMENTUM):
                return
            settings = self._settings(wanted)
            for group in optimizer.param_groups:
                share = float(group.get("lr", 0.0)) / highest if highest > 0 else 1.0
                kept = {name: group[name] for name in KEPT if name in group and name in settings}
                if self.kind == "adamw" and not kept.get("weight_decay"):
                    kept.pop("weight_decay", None)
                group.update(settings | kept | {"lr": self._rate * share})
            optimizer.defaults = {**optimizer.defaults, **settings}
            optimizer.__class__ = wanted
            optimizer._patch_step_function()
            fresh[id(optimizer)] = settings
            stage.applied(f"{own.__name__} became {wanted.__name__} at a rate of {self._rate:g}")

        stage.on_optimizer(exchange)
        stage.before_step(begin)

    @property
    def _rate(self) -> float:
        return self.rate or USUAL[self.kind]

    def _settings(self, wanted: type) -> dict[str, Any]:
        """The settings of a group of that class, all at their defaults."""
        parameters = inspect.signature(wanted).parameters.values()
        settings = {one.name: one.default for one in parameters if one.name != "params"}
        settings["lr"] = self._rate
        if self.kind == "sgd":
            settings["momentum"] = MOMENTUM
        else:
            settings["decoupled_weight_decay"] = self.kind == "adamw"
        return settings

    @property
    def title(self) -> str:
        """``optimiser Adam, rate 0.001``."""
        return f"{self.name} {CLASSES.get(self.kind, self.kind)}, rate {self._rate:g}"


def replaceable(own: type) -> bool:
    """Whether it does no more than step: a class of torch's, or one by hand without other methods of its own."""
    for kind in own.__mro__:
        if kind is object or kind.__module__.startswith(("torch.", "typing")):
            continue
        methods = {name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}
        if methods - {"step", "zero_grad"}:
            return False
    return True
