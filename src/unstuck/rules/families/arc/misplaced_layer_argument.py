"""ARC117: a constant that landed in the wrong argument of a layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeGuard

from unstuck.analysis.run.curves import evaluations
from unstuck.analysis.run.dropout import dropouts
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.record.events import ModuleFacts
from unstuck.rules.rule import Rule, threshold

NORMS = ("BatchNorm", "InstanceNorm", "GroupNorm", "LayerNorm", "SyncBatchNorm")
CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d")


class Misplaced(NamedTuple):
    """An argument that no layer of its kind has, and what it does."""

    what: str
    value: float
    limit: float
    effect: str
    remedy: str
    code: str
    severity: Severity | None = None


@dataclass(frozen=True)
class MisplacedLayerArgument(Rule[TrainingView]):
    """A layer has an argument that makes sense for its neighbour in the signature, but not for itself.

    ## What it measures

    The constructor arguments of the layers that the loss reaches, and how many steps the run has.

    ## Why it hurts

    Nothing raises: the layer runs with a constant that nobody chose. `nn.BatchNorm1d(64, 0.8)` sets `eps`, not
    `momentum`: every channel is divided by the root of its variance plus 0.8. A running average with a momentum of
    0.001 (Keras counts the other way round) is still at its initial values when the run ends, and evaluation uses it.

    ## How it decides

    One of these holds:

    - `eps` of a normalisation is 0.01 or more (a warning from 0.1);
    - `momentum` of batch normalisation is so small that after all steps more than 30 % of the initial running mean and
      variance are left, and the network is evaluated; or it is 0.9 or more, so that evaluation uses the last batches
      alone (info);
    - the slope of a leaky ReLU is 1 or more, or below 0;
    - a dropout of 0.9 or more: the share that is kept, given as the share that is dropped;
    - the padding of a convolution is larger than its kernel reaches, or half of its input is skipped by the stride.

    ## Example

    ```python
    nn.BatchNorm2d(128, 0.8)     # eps=0.8; momentum is the third argument
    nn.LeakyReLU(2.0)            # the slope of negative values
    nn.Dropout(0.95)             # drops 95 %
    ```

    ## Remedies

    Write the argument with its name.

    ## Known limits

    Functions (`F.leaky_relu(x, 2.0)`) are judged by the modules' rules only where they keep their constant.

    ## References

    PyTorch documentation, `torch.nn`; Keras documentation, `BatchNormalization`: its momentum is 1 minus that of
    PyTorch.
    """

    code: ClassVar[str] = "ARC117"
    name: ClassVar[str] = "misplaced-layer-argument"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss", "model")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    eps: float = threshold(0.01, unit="added to a variance of about 1", source="PyTorch 1e-5, Keras 1e-3")
    large_eps: float = threshold(0.1, unit="added to a variance of about 1", source="5 % of every output's scale")
    initial_left: float = threshold(0.3, unit="share of the running average", source="PyTorch's 0.1: 2e-5 in 100 steps")
    last_only: float = threshold(0.9, unit="momentum", source="the last batch has nine tenths of the weight")
    slope: float = threshold(1.0, unit="slope", source="from 1 on the layer is linear or turned over")
    dropped: float = threshold(0.9, unit="share that is dropped", source="Srivastava and others 2014: at most 0.8")
    skipped: float = threshold(0.5, unit="share of the input", source="more is skipped than read")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each kind of misplaced argument once, at the first layer that has it."""
        found: dict[tuple[str, float], list[tuple[ModuleFacts, Misplaced]]] = {}
        evaluated, steps = bool(evaluations(view.training)), view.status.steps
        for module in view.training.modules.values():
            for misplaced in self._of(module, steps, evaluated=evaluated):
                found.setdefault((misplaced.what, misplaced.value), []).append((module, misplaced))
        for dropout in dropouts(view.training):
            if dropout.p >= self.dropped:
                misplaced = _dropout(dropout.what, dropout.p, self.dropped)
                yield self._finding(view, misplaced, dropout.place, 1)
                break
        for same in found.values():
            module, misplaced = same[0]
            yield self._finding(view, misplaced, view.module_place(module.name), len(same))

    def _of(self, module: ModuleFacts, steps: int, *, evaluated: bool) -> Iterator[Misplaced]:
        values = {name: value for name, value in module.settings.items() if _is_number(value)}
        if module.class_name.startswith(NORMS):
            yield from self._norm(module, values, steps, evaluated=evaluated)
        slope = values.get("negative_slope")
        if slope is not None and (slope >= self.slope or slope < 0):
            effect = "makes it linear" if slope == 1 else "makes it grow faster below zero" if slope > 1 else "folds it"
            yield Misplaced(
                f"negative_slope of nn.{module.class_name}", slope, self.slope, effect, "usual: 0.01 to 0.3",
                "nn.LeakyReLU(negative_slope=0.01)",
            )
        if module.class_name in CONVOLUTIONS:
            yield from self._convolution(module)

    def _norm(
        self, module: ModuleFacts, values: Mapping[str, float], steps: int, *, evaluated: bool
    ) -> Iterator[Misplaced]:
        name = f"nn.{module.class_name}"
        eps = values.get("eps", 0.0)
        if eps >= self.eps:
            scale = 1 / (1 + eps) ** 0.5
            yield Misplaced(
                f"eps of {name}", eps, self.eps, f"shrinks outputs of variance 1 to {words.share(scale)}",
                "usual: 1e-5; momentum is the third argument", f"{name}(num_features, momentum=0.1)",
                None if eps >= self.large_eps else Severity.INFO,
            )
        momentum = values.get("momentum")
        if momentum is None or not module.settings.get("track_running_stats") or not module.training or module.loaded:
            return  # statistics out of a checkpoint may be meant to stay
        left = (1.0 - momentum) ** steps
        if evaluated and left > self.initial_left and momentum < 0.1 and steps >= 20:
            yield Misplaced(
                f"momentum of {name}", momentum, self.initial_left,
                f"leaves {words.share(left)} of the initial running mean and variance after {steps} steps, and "
                "evaluation uses them", "usual: 0.1; Keras's 0.99 is 0.01 here", f"{name}(num_features, momentum=0.1)",
            )
        elif evaluated and momentum >= self.last_only:
            yield Misplaced(
                f"momentum of {name}", momentum, self.last_only, "makes evaluation use the last batch alone",
                "usual: 0.1", f"{name}(num_features, momentum={max(0.01, 1 - momentum):.2g})", Severity.INFO,
            )

    def _convolution(self, module: ModuleFacts) -> Iterator[Misplaced]:
        axes = zip(*(_axes(module.settings.get(key)) for key in ("kernel_size", "stride", "padding", "dilation")),
                   strict=False)  # fmt: skip
        for kernel, stride, padding, dilation in axes:
            reach = dilation * (kernel - 1)
            skipped = 1 - (kernel / stride if stride > kernel else 1.0)
            if padding > reach and kernel > 1:
                yield Misplaced(
                    f"padding of nn.{module.class_name}", padding, reach, f"is larger than its kernel of {kernel:g} "
                    "reaches: outputs at the border see no input", "usual: half of the kernel",
                    f"nn.{module.class_name}(inputs, outputs, kernel_size={kernel:g}, padding={kernel // 2:g})",
                )
                return
            if kernel > 1 and skipped >= self.skipped:
                yield Misplaced(
                    f"stride of nn.{module.class_name}", stride, kernel, f"skips {words.share(skipped)} of the input "
                    f"along an axis: the kernel reads {kernel:g} of every {stride:g} places", "usual: 1 or 2",
                    f"nn.{module.class_name}(inputs, outputs, kernel_size={kernel:g}, stride=1)",
                )
                return

    def _finding(self, view: TrainingView, misplaced: Misplaced, place: Place, layers: int) -> Finding:
        more = f" ({layers} layers)" if layers > 1 else ""
        return self.finding(
            f"{misplaced.what} is {misplaced.value:g}{more}, which {misplaced.effect}; {misplaced.remedy}",
            view=view, place=place, used_at=view.loss_place(), first_step=0, severity=misplaced.severity,
            evidence=(
                Evidence(key="argument", label=misplaced.what, value=misplaced.value, threshold=misplaced.limit),
                Evidence(key="num_layers", label="layers with it", value=float(layers)),
            ),
            remedies=(
                Remedy(
                    name="no-dropout" if "dropped" in misplaced.what else "name-the-argument",
                    text="Write the argument with its name, and a usual value.",
                    applicability=Applicability.TRIAL if "dropped" in misplaced.what else Applicability.MANUAL,
                    code=misplaced.code,
                ),
            ),
        )


def _dropout(what: str, p: float, limit: float) -> Misplaced:
    return Misplaced(
        f"share dropped by {what}", p, limit, f"keeps {words.share(1 - p)} of the values",
        "p is the share that is dropped, not the share that is kept", f"nn.Dropout(p={1 - p:.2g})",
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _axes(value: object) -> tuple[float, ...]:
    if isinstance(value, list | tuple):
        return tuple(float(one) for one in value if isinstance(one, int | float))
    return (float(value),) if isinstance(value, int | float) else ()
