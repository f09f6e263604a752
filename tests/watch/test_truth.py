"""Every number that evidence may cite, against the program's own slow computation on the same tensors.

The programs in ``tests/programs/truth`` work their numbers out in float64, with exactly rounded sums, and write
them to a file; the record of the same run must agree for every window. Tolerances: what is only handed on (losses,
rates, scales, counts, extremes, shares) is equal, or equal once rounded to the float32 of a layer frame; sums and
norms agree to 2e-7 of their size (float32 storage), joint norms taken with float32 sums to 2e-6.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unstuck.analysis.run.training import Track, Training, trainings
from unstuck.analysis.run.updates import relative_updates_of
from unstuck.record import events
from unstuck.record.reader import Part
from unstuck.record.schema import Kind
from unstuck.testing.warm import Ran, Warm

PROGRAMS = Path(__file__).parents[1] / "programs" / "truth"
STORED = 2e-7
"""relative: float32, as in a layer frame"""
JOINT = 2e-6
"""relative: a joint norm from float32 norms"""
AFTER_STEP = ("weight", "gradient", "update")
LOOKED_AT = 16
"""backward calls of one step that are looked at closely"""
ALL_STEPS = 1e6
"""a budget under which every step is a window, until windows grow apart"""


@dataclass
class Watched:
    """One program, its record and its own numbers."""

    ran: Ran
    truth: dict[str, Any]
    part: Part
    trainings: tuple[Training, ...]

    @property
    def training(self) -> Training:
        return self.trainings[0]


def watch(warm: Warm, folder: Path, program: str, *arguments: object) -> Watched:
    truth = folder / "truth.json"
    ran = warm.run(
        PROGRAMS / program, folder / "record", arguments=[str(truth), *map(str, arguments)], budget=ALL_STEPS
    )
    assert ran.returncode == 0, ran.stderr
    record = ran.record
    assert record.main is not None
    assert not [*record.main.of(events.Failure), *record.main.of(events.SamplingFailure)]
    return Watched(ran, json.loads(truth.read_text()), record.main, trainings(record))


def close(found: float, wanted: float, relative: float = STORED, least: float = 0.0) -> bool:
    return found == wanted or abs(found - wanted) <= relative * abs(wanted) + least


def same_summary(found: dict[str, float], wanted: dict[str, Any], where: object, rounded: float = 0.0) -> None:
    """All columns that the truth names; ``rounded``: each element is itself a float32 difference."""
    for name, value in wanted.items():
        if name in ("count", "min", "max", "units", "silent", "nonfinite"):
            assert np.float32(found[name]) == np.float32(value), (where, name, found[name], value)
        elif name in ("zeros", "saturated", "norm"):
            assert close(found[name], value), (where, name, found[name], value)
    if "norm" not in wanted:
        return
    size = wanted["norm"] / math.sqrt(wanted["count"])
    least = (1e-13 + rounded) * size
    assert close(found["mean"], wanted["mean"], least=least), (where, "mean", found["mean"], wanted["mean"])
    # A spread far below the mean is found from a difference that cancels, in float64.
    assert abs(found["std"] ** 2 - wanted["std"] ** 2) <= 2 * STORED * wanted["std"] ** 2 + 1e-14 * size**2, (
        where, found["std"], wanted["std"],
    )  # fmt: skip


def key_of(track: Track) -> str:
    place = track.place
    if place.what == "activation":
        nameless = place.layer is None and place.name.partition(".")[0].isdigit() and "." in place.name
        return f"activation {'?' if nameless else place.layer or place.name}:{place.op}"
    return f"{place.what} {place.name}"


def rows_of(track: Track) -> dict[int, list[dict[str, float]]]:
    """Step → its rows; of outputs and activations there is one for each backward of the step."""
    rows: dict[int, list[dict[str, float]]] = {}
    for at, step in enumerate(track.step.tolist()):
        rows.setdefault(step, []).append({name: float(column[at]) for name, column in track.columns.items()})
    return rows


def backwards_of(watched: Watched) -> dict[int, int]:
    """Step at which a window began → backward calls in it."""
    return {event.step: event.backward_calls for event in watched.part.of(events.SampledStep)}


def within(rows: dict[str, Any], step: int, backwards: int, *, after: bool) -> list[Any]:
    """What the truth tells of one window, in order; what is measured after a step is counted after its backward."""
    told = {int(index): row for of_step in rows.values() for index, row in of_step.items()}
    first = step + after
    return [told[index] for index in range(first, first + backwards) if index in told]


def same_summaries(watched: Watched, least: int, kinds: set[str]) -> None:
    """Every row of every track is in the truth and agrees; nothing of the truth is without a track."""
    wanted = watched.truth["summaries"]
    backwards = backwards_of(watched)
    compared: dict[str, int] = {}
    for training in watched.trainings:
        for track in training.tracks:
            key = key_of(track)
            assert key in wanted, key
            for step, rows in rows_of(track).items():
                told = within(wanted[key], step, backwards[step], after=track.place.what in AFTER_STEP)
                assert len(rows) == min(len(told), LOOKED_AT), (key, step)
                for row, one in zip(rows, told, strict=False):
                    same_summary(row, one, (key, step), rounded=STORED if "update" in key else 0.0)
                compared[key] = compared.get(key, 0) + 1
    assert set(compared) == set(wanted)
    assert {key.split()[0] for key in compared} == kinds
    assert min(compared.values()) >= least, compared


def same_losses(watched: Watched) -> None:
    """Every training loss, every held-out loss and every rate, at every step, to the last bit."""
    found = {}
    for training in watched.trainings:
        for series in training.all_series:
            found[series.role, series.line] = list(zip(series.index.tolist(), series.value.tolist(), strict=True))
    for role, kind in (("train", "losses"), ("eval", "evals")):
        mine = sorted(rows for (of, _), rows in found.items() if of == role)
        assert mine == sorted([tuple(row) for row in rows] for rows in watched.truth[kind].values())
    steps = {}
    for row in watched.part.rows(Kind.STEP):
        steps.setdefault(int(row["source"]), []).append([int(row["index"]), float(row["value"])])
    assert sorted(steps.values()) == sorted(watched.truth["rates"].values())


def same_gradients(watched: Watched, names: dict[int, str] | None = None, least: int = 3) -> None:
    """Joint norm, what was left over before, what moved: of every optimiser in every window."""
    compared = 0
    for training in watched.trainings:
        for event in training.sampled_steps:
            for number, found in event.optimizers.items():
                if not found.stepped:
                    continue
                name, step = (names or {}).get(number, "0"), event.step
                at, wanted = next(row for row in watched.truth["joint"][name] if row[0] > step)
                entered = [norm for index, norm in watched.truth["entered"][name] if step <= index < at]
                assert close(found.norm, wanted["norm"], JOINT), (name, step, found, wanted)
                for column in ("none", "zero", "moved", "parameters"):
                    assert getattr(found, column) == wanted[column], (name, step, column, found, wanted)
                assert found.entries == min(len(entered), LOOKED_AT), (name, step, found, entered)
                assert found.clean == sum(norm == 0 for norm in entered[:LOOKED_AT]), (name, step, found, entered)
                assert close(found.stale_norm, entered[0], JOINT), (name, step, found, entered)
                compared += 1
    assert compared >= least


def same_ratios(watched: Watched) -> None:
    """Update to weight before it: exact where the step before was sampled too, else within what the norms allow."""
    compared = 0
    for training in watched.trainings:
        movement = relative_updates_of(training)
        assert movement is not None
        matrices = [name for name in watched.truth["ratio"] if name.endswith("weight") and "norm" not in name]
        backwards = backwards_of(watched)
        for step, typical, largest in zip(movement.step, movement.ratio, movement.largest, strict=True):
            rows = [row for name in matrices for row in watched.truth["ratio"][name]]
            told = [ratio for index, ratio in rows if step < index <= step + backwards[int(step)] and ratio > 0]
            top = max(told)
            relative = 4 * STORED if backwards.get(int(step) - 1) == 1 else 2 * top / (1 - 2 * top)
            assert close(largest, top, relative), (step, largest, top)
            assert close(typical, float(np.median(told)), relative), (step, typical)
            compared += 1
    assert compared >= 6


def dead_of(silent: dict[str, list[int]], steps: list[int], at: int) -> float:
    """Units silent on all of the last eight sampled batches; NaN before there are eight."""
    if at < 7:
        return math.nan
    return float(len(set.intersection(*(set(silent[str(step)]) for step in steps[at - 7 : at + 1]))))


def plain(call: events.LossCall, name: str) -> Any:
    """A field as the truth has it: the keys of JSON are texts."""
    value = getattr(call, name)
    return {str(key): count for key, count in value.items()} if isinstance(value, dict) else value


def same_dead(watched: Watched, least: int) -> None:
    compared = 0
    for track in watched.training.tracked("activation"):
        silent = watched.truth["silent"].get(key_of(track).removeprefix("activation ").removesuffix(":relu"))
        if silent is None:
            continue
        for at, found in enumerate(track["dead"].tolist()):
            wanted = dead_of(silent, track.step.tolist(), at)
            assert found == wanted or (math.isnan(found) and math.isnan(wanted)), (key_of(track), at)
            compared += not math.isnan(wanted)
    assert compared >= least


def same_inputs(watched: Watched, least: int) -> None:
    compared = 0
    for event in watched.training.inputs:
        wanted = watched.truth["inputs"][event.layer][str(event.step)]
        values = {k: v for k, v in wanted.items() if k != "features"}
        same_summary({**asdict(event.values), "count": wanted["count"]}, values, "input")
        if event.features is not None:
            compared += 1
            found = asdict(event.features)
            for name, value in wanted["features"].items():
                tolerance = 0 if isinstance(value, int) else 1e-5  # sums in float32
                assert close(found[name], value, tolerance, 1e-6), (name, found, wanted)
    assert compared >= least


def same_histograms(watched: Watched) -> None:
    """As many counted as there are elements, between the extremes of the same row."""
    rows = {}
    for frame in watched.part.frames:
        for place, values in zip(frame.places.tolist(), frame.values, strict=True):
            rows[frame.what, frame.step, place] = values
    compared = 0
    for (what, step, place), values in rows.items():
        if what == 2:
            summary = rows[1, step, place]
            assert (values[0], values[1]) == (summary[3], summary[4])
            assert values[2:].sum() == summary[0]
            compared += 1
    assert compared


@pytest.mark.parametrize("workers", [0, 2])
def test_classifier(workers: int, warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "mlp.py", workers)
    same_losses(watched)
    same_summaries(watched, 15, {"weight", "gradient", "update", "output", "activation"})
    same_gradients(watched, least=15)
    same_ratios(watched)
    same_dead(watched, 10)
    same_inputs(watched, 4)
    same_histograms(watched)
    dead = {track.place.name: track["dead"] for track in watched.training.tracked("activation")}
    assert np.nanmin(dead["1"]) >= 5
    # Clipping: the total norm before it, at every step.
    clips = [[int(row["index"]), float(row["value"])] for row in watched.part.rows(Kind.CLIP)]
    assert len(clips) == len(watched.truth["clips"])
    for (index, found), (at, wanted) in zip(clips, watched.truth["clips"], strict=True):
        assert index == at
        assert close(found, wanted, JOINT)
    # Labels, answers, hits, sums of rows, the loss of each example and its number in the data set.
    calls = [call for call in watched.training.loss_calls if call.phase == "train"]
    assert len(calls) >= 15
    for call in calls:
        wanted = watched.truth["classes"][str(call.step)]
        for name in ("labels", "predicted", "hits", "classes"):
            assert plain(call, name) == wanted[name], name
        assert close(call.row_sum_error, wanted["row_sum_error"], JOINT, 1e-6)
        assert call.row_min == wanted["row_min"]
        same_summary({**asdict(call.input), "count": wanted["input"]["count"]}, wanted["input"], "scores")
        assert list(call.indices) == watched.truth["indices"][str(call.step)]
        examples = watched.truth["examples"][str(call.step)]
        assert np.allclose(call.example_losses, examples, rtol=1e-5, atol=1e-5)
        assert close(call.mean, math.fsum(examples) / len(examples), JOINT)
    held_out = [call for call in watched.training.loss_calls if call.phase == "eval"]
    wanted_by_step = dict(watched.truth["eval_classes"])
    assert len(held_out) >= 2
    for call in held_out:
        for name in ("labels", "predicted", "hits"):
            assert plain(call, name) == wanted_by_step[call.step][name]


def test_convolutions(warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "cnn.py")
    same_losses(watched)
    same_summaries(watched, 15, {"weight", "gradient", "update", "output", "activation"})
    same_gradients(watched, least=15)
    same_dead(watched, 10)
    same_ratios(watched)
    second = next(t for t in watched.training.tracked("activation") if t.place.layer == "second")
    assert np.nanmin(second["dead"]) >= 2
    calls = watched.training.loss_calls
    assert len(calls) >= 15
    for call in calls:
        wanted = watched.truth["targets"][str(call.step)]
        same_summary({**asdict(call.input), "count": wanted["input"]["count"]}, wanted["input"], "scores")
        same_summary({**asdict(call.target), "count": wanted["target"]["count"]}, wanted["target"], "targets")
        assert [list(pair) for pair in call.distinct] == wanted["distinct"]
        predicted, labels, hits = watched.truth["facts"][f"positive {call.step}"]
        assert call.positive == events.PositiveFacts(predicted=predicted, labels=labels, hits=hits, of=24)


def test_bounded_activations_and_targets(warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "tanh.py")
    same_losses(watched)
    same_summaries(watched, 20, {"weight", "gradient", "update", "output", "activation"})
    same_gradients(watched, least=20)
    same_ratios(watched)
    same_inputs(watched, 5)
    windows = [event.optimizers[0] for event in watched.training.sampled_steps]
    assert all(found.stale_norm > 0 for found in windows[1:])  # never set to zero: the truth above says how much
    saturated = next(t for t in watched.training.tracked("activation") if t.place.op == "tanh")["saturated"]
    assert saturated.min() > 0.3
    calls = [call for call in watched.training.loss_calls if call.phase == "train"]
    assert len(calls) >= 20
    for call in calls:
        wanted = watched.truth["targets"][str(call.step)]
        same_summary({**asdict(call.input), "count": wanted["input"]["count"]}, wanted["input"], "answers")
        same_summary({**asdict(call.target), "count": wanted["target"]["count"]}, wanted["target"], "targets")
        for name in ("absolute_deviation", "outside_unit", "outside_signed_unit", "negative"):
            assert close(getattr(call, name), wanted[name], JOINT), name
        for name, value in wanted["unreachable"].items():
            assert close(getattr(call.unreachable, name), value, 1e-5, 1e-7), name
        assert np.allclose(call.column_mean, wanted["column_mean"], rtol=1e-5, atol=1e-6)
        assert np.allclose(call.column_variance, wanted["column_variance"], rtol=1e-5)


def test_two_networks(warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "gan.py")
    same_losses(watched)
    same_summaries(watched, 8, {"weight", "gradient", "update", "output", "activation"})
    names = {event.id: {"Adam": "m", "SGD": "j"}[event.class_name] for event in watched.part.of(events.Optimizer)}
    same_gradients(watched, names, least=12)
    same_ratios(watched)
    assert len({series.line for training in watched.trainings for series in training.losses}) == 3


@pytest.mark.parametrize("calls", [4, 40])
def test_accumulation(calls: int, warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "accumulation.py", calls)
    same_losses(watched)
    same_summaries(watched, 3, {"weight", "gradient", "update", "output", "activation"})
    same_gradients(watched)
    assert {event.backward_calls for event in watched.training.sampled_steps} == {calls}


@pytest.mark.parametrize("evaluations", [30])
def test_lbfgs(evaluations: int, warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "lbfgs.py", evaluations)
    same_losses(watched)
    same_summaries(watched, 3, {"weight", "gradient", "update", "output", "activation"})
    same_gradients(watched)
    assert all(row["flags"] & 1 for row in watched.part.rows(Kind.BACKWARD))


def test_raw_tensors(warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "raw.py")
    same_losses(watched)
    same_summaries(watched, 15, {"weight", "gradient", "update", "activation"})


def test_autocast_and_scaler(warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "autocast.py")
    same_losses(watched)
    same_summaries(watched, 15, {"weight", "gradient", "update", "output", "activation"})
    same_gradients(watched, least=15)
    scales = [[int(row["index"]), float(row["value"])] for row in watched.part.rows(Kind.SCALER)]
    assert len(scales) >= 15
    assert all(watched.truth["scales"][str(index)] == value for index, value in scales)
    assert {value for _, value in scales} > {1024.0, 2048.0}


def test_half_weights_and_huge_gradients(warm: Warm, tmp_path: Path) -> None:
    watched = watch(warm, tmp_path, "half.py")
    same_losses(watched)
    same_summaries(watched, 6, {"weight", "gradient", "update", "output"})
    same_gradients(watched, least=6)
