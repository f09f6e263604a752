"""Hyper-parameters over time: rates, momenta, decay, clipping, loss scale, batch size.  T = times, G = groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure, Level
from unstuck.core.words import number, share
from unstuck.figures.learning_curve import span, steps_axis
from unstuck.figures.learning_rate import DECADE, learning_rate, optimizer_name
from unstuck.figures.reduce import columns_of, extremes
from unstuck.record.events import Clip
from unstuck.record.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training
    from unstuck.record.events import Optimizer, ParamGroup

Array = np.ndarray[Any, Any]
NAMES = {
    "lr": "learning rate", "weight_decay": "weight decay", "alpha": "smoothing constant alpha", "eps": "epsilon",
    "betas[0]": "beta 1", "betas[1]": "beta 2",
}  # fmt: skip
NUMERIC = ("lr", "momentum", "weight_decay", "betas", "eps", "alpha", "rho", "dampening")
"""fields of a parameter group that are shown"""
MOST_FIGURES = 6
MOST_GROUPS = 4
"""parameter groups drawn of one hyper-parameter"""
FEW = 60


@dataclass(frozen=True, slots=True)
class HyperParameters:
    """Figures of those that change, in order, and the others in words."""

    figures: tuple[Figure, ...]
    constant: tuple[str, ...]
    """``AdamW: weight decay 0.01, beta 1 0.9``"""
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Values:
    """One hyper-parameter of one optimiser's groups over time."""

    optimizer: str
    name: str
    steps: Array
    """(T,) backward counts"""
    values: Array
    """(T, G)"""

    @property
    def changes(self) -> bool:
        return bool((self.values != self.values[0]).any())

    @property
    def differs(self) -> bool:
        """Between the groups."""
        return bool((self.values != self.values[:, :1]).any())


def hyper_parameters(training: Training) -> HyperParameters:
    """Rates first; a hyper-parameter is drawn where it changes, and listed where it does not."""
    found = list(_values(training))
    figures = [learning_rate(training)]
    figures += [_changing(training, one) for one in found if one.changes and (one.name != "lr" or one.differs)]
    clipped = _clipping(training)
    figures += [clipped[0] if clipped else None, _scale(training), _batch_size(training)]
    constant: dict[str, list[str]] = {}
    for one in found:
        if not one.changes:
            text = f"{NAMES.get(one.name, one.name)} {_of_groups(one.values[0])}"
            constant.setdefault(one.optimizer, []).append(text)
    return HyperParameters(
        tuple([figure for figure in figures if figure][:MOST_FIGURES]),
        tuple(f"{name}: {', '.join(parts)}" for name, parts in constant.items()),
        clipped[1] if clipped else (),
    )


def _of_groups(values: Array) -> str:
    distinct = dict.fromkeys(values.tolist())
    text = " / ".join(number(value) for value in list(distinct)[:MOST_GROUPS])
    return f"{text} (by group)" if len(distinct) > 1 else text


def _values(training: Training) -> Iterator[_Values]:
    by_id: dict[int, list[Optimizer]] = {}
    for optimizer in training.optimizers:
        if optimizer.groups:
            by_id.setdefault(optimizer.id, []).append(optimizer)
    for states in by_id.values():
        last = states[-1]
        name = optimizer_name(last, several=len(by_id) > 1)
        flat = [[dict(_flat(group)) for group in state.groups] for state in states]
        num_groups = len(flat[-1])
        for key in flat[-1][0]:
            rows = {  # of what was recorded at one step the last state counts
                state.step: [group[key] for group in groups]
                for state, groups in zip(states, flat, strict=True)
                if len(groups) == num_groups and all(key in group for group in groups)
            }
            yield _Values(name, key, np.array(list(rows), float), np.array(list(rows.values()), float))


def _flat(group: ParamGroup) -> Iterator[tuple[str, float]]:
    """The numbers of a parameter group by name; each of several values by its position."""
    for name in NUMERIC:
        value = getattr(group, name)
        if isinstance(value, tuple):
            yield from ((f"{name}[{n}]", float(item)) for n, item in enumerate(value))
        elif value is not None:
            yield name, float(value)


def _changing(training: Training, found: _Values) -> Figure:
    """The values of each group at the sampled steps."""
    low, high = span(training)
    name = NAMES.get(found.name, found.name)
    x = np.clip(found.steps - low, 0, high - low)
    shown = dict.fromkeys(map(tuple, found.values.T[:MOST_GROUPS].tolist()))
    num_groups = found.values.shape[1]
    curves = [
        Curve(
            name=f"group {group + 1} of {num_groups}" if num_groups > 1 else found.optimizer, group=group,
            x=tuple(x.tolist()), y=values, dots=len(x) <= FEW,
        )
        for group, values in enumerate(shown)
    ]  # fmt: skip
    title = f"{name[0].upper()}{name[1:]} of {found.optimizer}" + (", by parameter group" if num_groups > 1 else "")
    label = f"{name} (by group)" if num_groups > 1 else name
    return _figure(training, title, label, curves, "At the sampled steps.")


def _figure(
    training: Training, title: str, label: str, curves: list[Curve], description: str, levels: tuple[Level, ...] = (),
    not_numbers: tuple[float, ...] = (), unit: str = "",
) -> Figure:  # fmt: skip
    values = [value for curve in curves for value in curve.y] + [level.y for level in levels]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if low > 0 and high / low > DECADE:
        axis = Axis(label=label, unit=unit, low=low / 1.5, high=high * 1.5, log=True)
    elif low > 0 and high > low and (high - low) < 0.3 * high:
        axis = Axis(label=label, unit=unit, low=low - 0.2 * (high - low), high=high + 0.2 * (high - low))
    else:
        axis = Axis(label=label, unit=unit, low=min(0.0, low), high=1.15 * high if high > 0 else 1.0)
    return Figure(
        title=title, description=description, x=steps_axis(training), y=axis, curves=tuple(curves), levels=levels,
        not_numbers=not_numbers,
    )  # fmt: skip


def _clipping(training: Training) -> tuple[Figure, tuple[str, ...]] | None:
    """The norm before clipping beside the threshold; rows that follow a backward call of this training."""
    rows = training.part.rows(Kind.CLIP)
    if not len(rows) or training.loss is None:
        return None
    mine = np.isin(rows["index"].astype(np.int64) - 1, np.concatenate([one.index for one in training.losses]))
    rows = rows[mine]
    norms = rows["value"]
    finite = np.isfinite(norms)
    if not finite.any():
        return None
    sites = {site.id: site for site in training.part.of(Clip)}
    start = span(training)[0]
    x = rows["index"].astype(np.float64) - 1 - start
    at, y = extremes(x[finite], norms[finite])
    thresholds = {
        site.threshold
        for source in np.unique(rows["source"]).tolist()
        if (site := sites.get(source)) and site.function == "clip_grad_norm_" and site.threshold is not None
    }  # fmt: skip
    levels = tuple(Level(y=one, label=f"clipped at {number(one)}") for one in sorted(thresholds) if one < 1e30)
    above = np.mean(norms[finite] > min(thresholds)) if thresholds else 0.0
    curve = Curve(name="norm before clipping", group=0, x=tuple(at.tolist()), y=tuple(y.tolist()), dots=len(at) <= FEW)
    size = number(int(finite.sum()))
    clipped = f"{share(float(above))} of {size} gradient norms were above the threshold and clipped."
    figure = _figure(
        training, "Gradient norm before clipping", "gradient norm before clipping", [curve], clipped, levels,
        tuple(columns_of(x[~finite]).tolist()),
    )  # fmt: skip
    if not thresholds:
        return figure, ()
    remarks = (clipped,) if above > 0.5 else ("The clipping threshold was never reached.",) if above == 0 else ()
    return figure, remarks


def _scale(training: Training) -> Figure | None:
    """The factor of the gradient scaler, at the sampled steps."""
    rows = training.part.rows(Kind.SCALER)
    low, high = span(training)
    rows = rows[(rows["index"] >= low) & (rows["index"] <= high) & np.isfinite(rows["value"])]
    if not len(rows):
        return None
    x = rows["index"].astype(np.float64) - low
    curve = Curve(name="loss scale", group=0, x=tuple(x.tolist()), y=tuple(rows["value"].tolist()), dots=len(x) <= FEW)
    return _figure(training, "Loss scale of mixed precision", "loss scale", [curve], "At the sampled steps.")


def batch_sizes(training: Training) -> tuple[Array, Array]:
    """(steps, examples in the first training loss call of each sampled step)."""
    found: dict[int, int] = {}
    for call in training.loss_calls:
        shape = call.target.shape or call.input.shape
        if call.phase == "train" and shape:
            found.setdefault(call.step, shape[0])
    return np.array(list(found), float), np.array(list(found.values()), float)


def _batch_size(training: Training) -> Figure | None:
    """Where it changes; a constant one is listed with the batches."""
    steps, sizes = batch_sizes(training)
    if len(set(sizes.tolist())) < 2:
        return None
    x = steps - span(training)[0]
    curve = Curve(name="examples", group=0, x=tuple(x.tolist()), y=tuple(sizes.tolist()), dots=len(x) <= FEW)
    description = f"Between {number(sizes.min())} and {number(sizes.max())} at the sampled steps."
    return _figure(training, "Batch size", "examples in a batch", [curve], description)
