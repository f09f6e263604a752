"""unstuck, the debugger for training neural networks: says why the network does not learn.

What stands in `EXPORTS` is loaded when it is first asked for: importing this package loads neither numpy nor
torch.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from unstuck import audit as audit
from unstuck import baseline as baseline
from unstuck import evaluate as evaluate
from unstuck import experiment as experiment
from unstuck import fit as fit
from unstuck import preflight as preflight
from unstuck import tune as tune
from unstuck import watch as watch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from unstuck.core.diagnosis import Diagnosis as Diagnosis
    from unstuck.core.errors import UnstuckError as UnstuckError
    from unstuck.core.finding import Finding as Finding
    from unstuck.fit.call import Fitted
    from unstuck.fit.predict import predict as predict
    from unstuck.record.reader import Record as Record
    from unstuck.replay import Replay
    from unstuck.run import Run as Run
    from unstuck.tune.call import Tuned

EXPORTS = {
    "Diagnosis": "unstuck.core.diagnosis",
    "Finding": "unstuck.core.finding",
    "Record": "unstuck.record.reader",
    "Run": "unstuck.run",
    "UnstuckError": "unstuck.core.errors",
    "predict": "unstuck.fit.predict",
}
__all__ = [
    "Diagnosis", "Finding", "Record", "Run", "UnstuckError", "audit", "baseline", "evaluate", "experiment",
    "fit", "predict", "preflight", "tune", "watch",
]  # fmt: skip


class _Watch(ModuleType):
    """The package `unstuck.watch`, which can also be called: ``with unstuck.watch(model) as run``."""

    def __call__(self, *known: object, **options: Any) -> AbstractContextManager[Run]:
        """Watch what is trained inside the ``with`` block; see `unstuck.run.watch`."""
        return import_module("unstuck.run").watch(*known, **options)  # type: ignore[no-any-return]


class _Audit(ModuleType):
    """The package `unstuck.audit`, which can also be called: ``unstuck.audit(X, y)``."""

    def __call__(self, *given: Any, **options: Any) -> Run:
        """Examine a data set; see `unstuck.audit.call.audit`."""
        return import_module("unstuck.audit.call").audit(*given, **options)  # type: ignore[no-any-return]


class _Baseline(ModuleType):
    """The package `unstuck.baseline`, which can also be called: ``unstuck.baseline(X, y)``."""

    def __call__(self, *given: Any, **options: Any) -> Run:
        """Evaluate simple models on a data set; see `unstuck.baseline.call.baseline`."""
        return import_module("unstuck.baseline.call").baseline(*given, **options)  # type: ignore[no-any-return]


class _Evaluate(ModuleType):
    """The package `unstuck.evaluate`, which can also be called: ``unstuck.evaluate(model, data)``."""

    def __call__(self, *given: Any, **options: Any) -> Run:
        """Evaluate a trained model; see `unstuck.evaluate.call.evaluate`."""
        return import_module("unstuck.evaluate.call").evaluate(*given, **options)  # type: ignore[no-any-return]


class _Experiment(ModuleType):
    """The package `unstuck.experiment`, which can also be called: ``unstuck.experiment(model, loss, …)``."""

    def __call__(self, *given: Any, **options: Any) -> Replay:
        """Try changes on a training that is given as objects; see `unstuck.replay.experiment`."""
        return import_module("unstuck.replay").experiment(*given, **options)  # type: ignore[no-any-return]


class _Fit(ModuleType):
    """The package `unstuck.fit`, which can also be called: ``unstuck.fit(X, y, goal="f1>=0.9")``."""

    def __call__(self, *given: Any, **options: Any) -> Fitted:
        """From data and a goal to a model; see `unstuck.fit.call.fit`."""
        return import_module("unstuck.fit.call").fit(*given, **options)  # type: ignore[no-any-return]


class _Preflight(ModuleType):
    """The package `unstuck.preflight`, which can also be called: ``unstuck.preflight(model, loss, …)``."""

    def __call__(self, *given: Any, **options: Any) -> Run:
        """Check a training before its first step; see `unstuck.preflight.call.preflight`."""
        return import_module("unstuck.preflight.call").preflight(*given, **options)  # type: ignore[no-any-return]


class _Tune(ModuleType):
    """The package `unstuck.tune`, which can also be called: ``unstuck.tune(build, …)``."""

    def __call__(self, *given: Any, **options: Any) -> Tuned:
        """Search for hyper-parameters; see `unstuck.tune.call.tune`."""
        import_module("unstuck.tune.libraries").check_installed()
        return import_module("unstuck.tune.call").tune(*given, **options)  # type: ignore[no-any-return]


watch.__class__ = _Watch
audit.__class__ = _Audit
baseline.__class__ = _Baseline
evaluate.__class__ = _Evaluate
experiment.__class__ = _Experiment
fit.__class__ = _Fit
tune.__class__ = _Tune
preflight.__class__ = _Preflight


def __getattr__(name: str) -> Any:
    if name not in EXPORTS:
        raise AttributeError(f"module 'unstuck' has no attribute {name!r}")
    return getattr(import_module(EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *EXPORTS})
