"""Rung *evaluate*: the test set is used, once, on the model that is delivered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import Form
from unstuck.core.words import number
from unstuck.fit.compare import interval
from unstuck.fit.data import target_of
from unstuck.fit.delivered import Delivered
from unstuck.fit.pixels import pixels_of
from unstuck.fit.score import Worth, worth
from unstuck.fit.work import Candidate, Work

Array = np.ndarray[Any, Any]
KEPT = "evaluated.json"
MOST_SAID = 4


def evaluate_once(work: Work, chosen: Candidate, why: str, delivered: Delivered) -> Worth:
    """Measure the delivered model on the test set, and print what was found."""
    rung = work.narrator.begin("evaluate", "How good is it on data that nobody used?")
    truth = target_of(work.data.test)
    given = delivered.given(work.data.test, truth)
    found = worth(work.goal, given, delivered.point)
    groups = work.data.test.groups
    low, high = interval(
        work.goal, given, delivered.point, None if groups is None else groups.astype(str), work.settings.seed
    )
    rung.tried.append(f"delivered: {chosen.title}. {why[:1].upper()}{why[1:]}.")
    point = delivered.point
    if point.threshold is not None:
        rung.tried.append(
            f"{work.data.classes[work.data.positive]} is predicted from a probability of {number(point.threshold)} on, "
            "as cross-validation chose"
        )
    if point.margin is not None:
        rung.tried.append(f"no prediction where the first class is less than {number(point.margin)} ahead of the next")
    beside = "" if found.beside is None or work.goal.at is None else (
        f", {work.goal.at.about.title} {number(found.beside)}"
    )
    rung.found.append(
        f"{work.goal.first.about.title} {number(found.value)} [{number(low)}, {number(high)}]{beside} on "
        f"{len(truth)} test examples; {number(work.worth(chosen).value)} in cross-validation"
    )
    record, said = _evaluation(work, delivered, truth)
    rung.record = record
    rung.found += said[:MOST_SAID]
    work.facts.update(
        test_value=found.value, test_low=low, test_high=high, test_beside=found.beside, delivered=chosen.title,
        why=why, met=found.meets(work.goal),
    )
    if work.facts.get("no_signal"):
        so = f"{work.facts['stopped']}: do not rely on this model. More examples or other columns are needed."
    elif work.goal.open:
        so = "no threshold was asked for, so this is the answer."
    elif found.meets(work.goal):
        sure = low >= work.goal.first.threshold if work.goal.first.about.higher_is_better else (
            high <= work.goal.first.threshold
        )
        so = f"the goal {work.goal} is met" + ("." if sure else ", though the interval reaches beyond it.")
    else:
        so = f"the goal {work.goal} is not met. {_what_stands_in_the_way(work)}"
    work.narrator.end(rung, so)
    return found


def _what_stands_in_the_way(work: Work) -> str:
    stopped = work.facts.get("stopped")
    if stopped:
        return f"What stands in the way: {stopped}."
    points = work.facts.get("learning_curve")
    if points and points[-2][1] - points[-1][1] > 0.02 * abs(points[-1][1]):
        return "What stands in the way: too few examples (the held-out loss still falls with their number)."
    return "What stands in the way: these inputs; more examples of them would hardly help, other columns may."


def _evaluation(work: Work, delivered: Delivered, truth: Array) -> tuple[str, list[str]]:
    """The record of `unstuck evaluate`, and its findings."""
    from unstuck.core.data_types import Task

    if work.data.task is Task.MULTI_LABEL:
        return "", []
    kept = work.folder / KEPT
    if not kept.exists():
        kept.write_text(json.dumps(_evaluated(work, delivered, truth)), encoding="utf-8")
    known = json.loads(kept.read_text(encoding="utf-8"))
    work.facts["failures"] = known["findings"]
    work.facts["card"] = known["card"]
    return known["record"], [f"{text}" for text in known["findings"]]


def _evaluated(work: Work, delivered: Delivered, truth: Array) -> dict[str, Any]:
    from unstuck.evaluate.call import evaluate

    test, train, size = work.data.test, work.data.train, work.preparation.size

    def model(batch: Any) -> Array:
        return delivered.scores(sample_of(batch, test))

    run = evaluate(
        model, (inputs_for_evaluation(test, size), truth), train=(inputs_for_evaluation(train, size), work.y),
        task=str(work.data.task), classes=work.data.classes if work.data.task.has_classes else None,
        outputs="probabilities" if work.data.task.has_classes else None, baselines=False, seed=work.settings.seed,
        dir=work.records, progress=lambda what, _: work.narrator.progress(f"evaluate: {what}", 1.0),
        batch_size=1024,
    )  # fmt: skip
    answer = run.answer()
    found = [f"{one.finding.severity} {one.finding.code}: {one.finding.message}" for one in answer.diagnosis.findings]
    return {"record": str(Path("records") / run.path.name), "findings": found, "card": answer.card()}




def inputs_for_evaluation(sample: Sample, size: Sequence[int]) -> Any:
    """A frame of the columns, texts, or images of this size."""
    if sample.form is Form.TABLE:
        import polars

        return polars.DataFrame({
            column.name: polars.Series(
                column.name, column.values.tolist(),
                dtype=polars.String if column.values.dtype == object else polars.Float64, strict=False,
            ) for column in sample.columns
        })  # fmt: skip
    if sample.form is Form.TEXT:
        return np.array(sample.texts, dtype=object)
    assert sample.images is not None
    return pixels_of(sample.images, size).transpose(0, 2, 3, 1)


def sample_of(batch: Any, sample: Sample) -> Sample:
    """Rows of the frame as a sample again."""
    if sample.form is not Form.TABLE:
        texts = tuple(batch) if sample.form is Form.TEXT else None
        images = None if texts is not None else Images(count=len(batch), load=lambda at: np.asarray(batch[at]))
        return replace(sample, rows=np.arange(len(batch)), columns=(), images=images, texts=texts, target=None,
                       facts={}, groups=None, times=None, names=None)  # fmt: skip
    columns = []
    for column in sample.columns:
        values = batch[column.name].to_list()
        if column.values.dtype == object:
            made = np.empty(len(values), dtype=object)
            made[:] = values
        else:
            made = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        columns.append(replace(column, values=made))
    return replace(sample, rows=np.arange(len(batch)), columns=tuple(columns), target=None, facts={}, groups=None,
                   times=None, names=None)  # fmt: skip
