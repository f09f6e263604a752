"""`unstuck.evaluate` as a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from unstuck.analysis.data.measure import Progress, silent
from unstuck.analysis.model.metrics import METRICS
from unstuck.analysis.model.outputs import SCALES
from unstuck.audit.call import settings_of
from unstuck.audit.sources.modules import attribute, is_spelled, look_up
from unstuck.core.errors import UsageError
from unstuck.evaluate.asked import Asked
from unstuck.evaluate.model import Predictor
from unstuck.evaluate.produce import produce
from unstuck.evaluate.settings import EvaluateSettings
from unstuck.run import Run
from unstuck.watch.directory import DEFAULT


def evaluate(
    model: Any,
    data: Any = None,
    *,
    train: Any = None,
    target: str | int | Sequence[str] | None = None,
    task: str | None = None,
    types: Mapping[str, str] | None = None,
    classes: Sequence[str] | None = None,
    metric: str | None = None,
    outputs: str | None = None,
    against: Any = None,
    predictions: Path | str | None = None,
    meta: Path | str | None = None,
    prepare: Callable[[Any], Any] | str | None = None,
    human: float | None = None,
    stages: Sequence[str] = (),
    stage_truth: Path | str | Mapping[str, Any] | None = None,
    batch_size: int = EvaluateSettings.batch_size,
    device: str | None = None,
    rows: int = EvaluateSettings.rows,
    baselines: bool = True,
    seconds: float = EvaluateSettings.seconds,
    look: int = EvaluateSettings.look,
    inside: int | Sequence[int] = (),
    landscape: bool = False,
    seed: int = EvaluateSettings.seed,
    dir: Path | str = DEFAULT,  # noqa: A002 - as the option of `unstuck evaluate`
    progress: Progress = silent,
) -> Run:
    """Where a trained network fails: ``unstuck.evaluate(model, test_loader, train=train_loader).show()``.

    The model predicts in evaluation mode; modes, buffers and random generators are afterwards as before.

    Args:
        model: a torch module, an estimator of scikit-learn, a function of a batch, or ``module:name`` of one of these;
            None with ``predictions``.
        data: held-out data: a torch data set or loader, ``(X, y)``, a path, a frame, ``module:name``.
        train: training data in the same form: simple models are fitted to it, and copies are looked for.
        target: target columns of a table.
        task: ``binary``, ``multi-class``, ``multi-label``, ``regression``; told from outputs and labels by default.
        types: of columns, by name.
        classes: names in the order of the model's outputs.
        metric: that decides; by default by the task, and by how rare the rarest class is.
        outputs: ``logits``, ``probabilities`` or ``log-probabilities``; told from the values by default.
        against: a second model, or a file of its predictions: both are compared on the same examples.
        predictions: a file of scores and labels in the place of a model.
        meta: a table with a row for each example, to look for weak slices in.
        prepare: makes what the model takes: of a frame of a table, of one image of a folder, of a list of texts, of a
            batch.
        human: share of examples that a person gets wrong.
        stages: names of submodules of a composed model, to say which one its error comes from.
        stage_truth: right outputs of stages, as arrays by their names or in an ``.npz``.
        batch_size: examples of a batch.
        device: to predict on; that of the model by default.
        rows: examples that are predicted at most.
        baselines: fit simple models to the training data.
        seconds: for all simple models together.
        look: worst examples to show.
        inside: rows for which attention, attribution and feature maps are shown.
        landscape: evaluate the loss around the weights, in random directions.
        seed: of every random choice.
        dir: folder of the records.
        progress: called with what is being done and the share that is done.

    Raises:
        UsageError: something cannot be read or predicted; the message says what was expected.
    """
    reading = settings_of(target, task, types, None, rows=rows, look=0, seed=seed)
    settings = EvaluateSettings(
        target=reading.target, task=reading.task, classes=None if classes is None else tuple(map(str, classes)),
        metric=metric, outputs=outputs, batch_size=batch_size, device=device, rows=rows, human=human,
        inside=(inside,) if isinstance(inside, int) else tuple(inside), landscape=landscape,
        meta=None if meta is None else Path(meta), stages=tuple(stages),
        stage_truth=Path(stage_truth) if isinstance(stage_truth, str) else stage_truth, baselines=baselines,
        seconds=seconds, look=look, seed=seed,
    )  # fmt: skip
    check_settings(settings)
    asked = Asked(
        data=data, train=train, model=None if model is None else predictor_of(model, device),
        predictions=None if predictions is None else Path(predictions), against=rival_of(against, device),
        prepare=prepare_of(prepare), settings=settings, reading=reading,
    )  # fmt: skip
    run = Run(produce(asked, Path(dir), progress=progress))
    run.answer().keep()
    return run


def check_settings(settings: EvaluateSettings) -> None:
    """Refuse words that nobody knows, before anything is read.

    Raises:
        UsageError: one of them.
    """
    if settings.metric is not None and settings.metric not in METRICS:
        raise UsageError(f"There is no metric {settings.metric}. Metrics: {', '.join(METRICS)}.")
    if settings.outputs is not None and settings.outputs not in SCALES:
        raise UsageError(f"Outputs are {', '.join(SCALES)}. Got {settings.outputs}.")
    if settings.batch_size < 1:
        raise UsageError(f"A batch has at least one example. Got {settings.batch_size}.")
    if settings.human is not None and not 0 <= settings.human <= 1:
        raise UsageError(f"The human error is a share between 0 and 1. Got {settings.human:g}.")


def predictor_of(model: Any, device: str | None) -> Predictor:
    """A model ready to predict; of a function without arguments what it returns.

    Raises:
        UsageError: it is none.
    """
    if isinstance(model, str):
        if not is_spelled(model):
            raise UsageError(f"A model is named module:attribute, such as models:network for models.py. Got {model}.")
        return Predictor(_named(model), model, device)
    if not callable(model) and not hasattr(model, "predict"):
        raise UsageError(f"The model must be a torch module, an estimator or a function. Got {type(model).__name__}.")
    return Predictor(model, getattr(model, "__name__", type(model).__name__), device)


def _named(text: str) -> Any:
    """A module, an estimator, what a function or class without arguments makes; else the function itself."""
    import inspect

    found = look_up(text)
    if isinstance(found, type) or (inspect.isfunction(found) and not _needed(found)):
        found = attribute(text)
    if isinstance(found, (dict, str)) or not (callable(found) or hasattr(found, "predict")):
        raise UsageError(
            f"{text} is a {type(found).__name__}, and no model. Name a torch module, an estimator, or a function that "
            "makes one, for example `def network(): model = Net(); model.load_state_dict(torch.load('best.pt')); "
            "return model`."
        )
    return found


def _needed(function: Any) -> list[str]:
    import inspect

    return [
        name for name, one in inspect.signature(function).parameters.items()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]  # fmt: skip


def rival_of(against: Any, device: str | None) -> Predictor | Path | None:
    """The second model, or the file of its predictions."""
    if against is None:
        return None
    if isinstance(against, Path) or (isinstance(against, str) and (Path(against).exists() or not is_spelled(against))):
        return Path(against)
    return predictor_of(against, device)


def prepare_of(prepare: Callable[[Any], Any] | str | None) -> Callable[[Any], Any] | None:
    """The user's own preparation.

    Raises:
        UsageError: it cannot be called.
    """
    found = look_up(prepare) if isinstance(prepare, str) else prepare
    if found is not None and not callable(found):
        raise UsageError(f"--prepare names a function of one input. Got a {type(found).__name__}.")
    return found
