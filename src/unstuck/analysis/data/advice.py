"""Advice for a first network, by rules of thumb: every piece says which rule it follows and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.features import features
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.words import count, number, share
from unstuck.record.events.data.advice import Advice

TEACHING = "teachers' rule of thumb; no theorem"
PER_CLASS = 1000
"""images of a class, for a classifier from scratch"""
RATIO = 1000
"""between the largest and the smallest class: a fault to be answered"""
SCALES_APART = 10.0
"""× between standard deviations of columns"""
MOST_UNITS = 1024
KINDS = {
    Form.IMAGE: ("a small convolutional network", "neighbouring pixels belong together and position may shift"),
    Form.TEXT: ("word embeddings with a small recurrent network, convolution or attention", "the order matters"),
    Form.TOKENS: ("token embeddings with a small recurrent network, convolution or attention", "the order matters"),
    Form.TABLE: ("a small dense network (beside boosted trees)", "the columns have no order"),
}  # fmt: skip


def advice(dataset: DataSet) -> Iterator[Advice]:
    """What the rules of thumb say about the training split."""
    sample = dataset.train
    if sample.target is None or sample.target.task is Task.NONE or not len(sample):
        return
    inputs = _inputs(dataset, sample)
    yield _kind(sample)
    yield _units(sample, inputs)
    yield Advice(
        split=0, topic="depth", low=1 if sample.form is Form.TABLE else 3, high=3 if sample.form is Form.TABLE else 8,
        text="begin with 3 to 8 layers" if sample.form is not Form.TABLE else "begin with 1 to 3 hidden layers",
        basis="3 to 8 layers first, for a table of few columns fewer; deeper only when that learns: if a small network "
              "learns nothing, a deep one will not either", source=TEACHING,
    )  # fmt: skip
    yield _batch(len(sample))
    if sample.target.codes is not None:
        yield from _classes(sample)
    if sample.form is Form.TABLE:
        yield from _scaling(sample)
    elif sample.form is Form.IMAGE:
        yield Advice(
            split=0, topic="scaling", text="bring pixels to mean 0 and standard deviation 1, with the numbers of the "
            "training split", basis="zero mean, unit variance", source="LeCun et al., Efficient BackProp (1998)",
        )  # fmt: skip


def _inputs(dataset: DataSet, sample: Sample) -> int:
    """Numbers that a network gets for one example."""
    if sample.form is Form.IMAGE and sample.images is not None and len(sample.images):
        for image in sample.images:
            if isinstance(image, np.ndarray):
                return int(image.size)
    if sample.form is Form.TOKENS and sample.tokens is not None:
        return int(sample.tokens.shape[1])
    return int(features(dataset)[0].values.shape[1])


def _kind(sample: Sample) -> Advice:
    network, why = KINDS[sample.form]
    return Advice(
        split=0, topic="kind of network", text=f"{network}: {why}",
        basis="the network should use the structure that the inputs have; shallow models first where there is little "
              "structure and much noise", source="Goodfellow, Bengio, Courville, Deep Learning (2016), chapter 11",
    )  # fmt: skip


def _units(sample: Sample, inputs: int) -> Advice:
    assert sample.target is not None
    if sample.target.codes is not None or sample.target.task is Task.MULTI_LABEL:
        classes = max(2, len(sample.target.classes))
        low, high = 5 * classes, 10 * classes
        of = f"{count(classes, 'class', 'classes')}, {count(inputs, 'input')}"
        basis = "5 to 10 hidden units for each class"
    else:
        outputs = 1 if sample.target.values is None else sample.target.values.shape[1]
        larger = max(inputs, outputs)
        low, high = 2 * larger, 3 * larger
        of = f"{count(inputs, 'input')}, {count(outputs, 'output')}"
        basis = "2 to 3 hidden units for each input or output"
    low, high = min(low, MOST_UNITS), min(high, MOST_UNITS)
    return Advice(
        split=0, topic="hidden units", low=low, high=high,
        text=f"about {number(low)} to {number(high)} units in the first hidden layer ({of}); "
             "double them while held-out loss falls",
        basis=f"{basis}; somewhere between the numbers of inputs and outputs", source=TEACHING,
    )  # fmt: skip


def _batch(rows: int) -> Advice:
    largest = 2 ** int(np.clip(np.floor(np.log2(max(2, rows / 20))), 3, 8))
    smaller = f"; try 16 before {largest}" if largest > 16 else ""
    return Advice(
        split=0, topic="batch size", low=min(16, largest), high=largest,
        text=f"begin with {min(32, largest)}: {number(-(-rows // min(32, largest)))} steps an epoch{smaller}",
        basis="the smallest with which the training time is bearable; 16 and 8 are fine; the best use of the hardware "
              "is not the best accuracy", source="Masters, Luschi, Revisiting small batch training (2018)",
    )  # fmt: skip


def _classes(sample: Sample) -> Iterator[Advice]:
    assert sample.target is not None
    assert sample.target.codes is not None
    counts = np.bincount(sample.target.codes[sample.target.codes >= 0], minlength=len(sample.target.classes))
    present = counts[counts > 0]
    if not len(present):
        return
    least, most = int(present.min()), int(present.max())
    name = sample.target.classes[int(np.argmin(np.where(counts > 0, counts, most + 1)))]
    if sample.form is Form.IMAGE:
        enough = least >= PER_CLASS
        yield Advice(
            split=0, topic="examples", low=PER_CLASS,
            text=f"the smallest class `{name}` has {count(least, 'image')}: "
            + ("enough to train from scratch" if enough else "begin with a pretrained network, or augment"),
            basis="about 1,000 images of each class to train a classifier from scratch", source=TEACHING,
        )  # fmt: skip
    if most >= 2 * least:
        how = "a fault to be answered: weighted loss or resampling" if most >= RATIO * least else (
            "weight the loss or resample if the rare class matters"
        )
        yield Advice(
            split=0, topic="classes",
            text=f"the largest class has {number(most / least)} × the examples of `{name}`: {how}",
            basis="the same number of examples of each class; 1000 to 1 is a fault", source=TEACHING,
        )  # fmt: skip


def _scaling(sample: Sample) -> Iterator[Advice]:
    spreads = {}
    for column in sample.columns:
        if column.type is ColumnType.NUMBER:
            known = column.values[np.isfinite(column.values)]
            if len(known) and known.std() > 0:
                spreads[column.name] = float(known.std())
    if not spreads:
        return
    low, high = min(spreads, key=lambda name: spreads[name]), max(spreads, key=lambda name: spreads[name])
    ratio = spreads[high] / spreads[low]
    if ratio > SCALES_APART:
        yield Advice(
            split=0, topic="scaling",
            text=f"standardise the columns: the spread of `{high}` is {number(ratio)} × that of `{low}`. Leave a "
                 "column alone if its small range means that it matters little",
            basis="zero mean, unit variance; but is a small range a small unit, or little importance?",
            source="LeCun et al., Efficient BackProp (1998)",
        )  # fmt: skip
    missing = [column for column in sample.columns if column.missing.any()]
    if missing:
        worst = max(missing, key=lambda column: int(column.missing.sum()))
        yield Advice(
            split=0, topic="scaling",
            text=f"fill what is missing ({count(len(missing), 'column')}, most in `{worst.name}`: "
                 f"{share(float(worst.missing.mean()))}) and add a 0/1 column that says where it was missing",
            basis="a network cannot take NaN; that a value is missing may say something",
            source="scikit-learn user guide, imputation of missing values",
        )  # fmt: skip
