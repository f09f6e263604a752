"""Hugging Face and Dask: the same answer as for a frame in memory."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.measure import silent
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.read import read
from unstuck.core.data_types import Form, Task
from unstuck.core.errors import UsageError

pandas = pytest.importorskip("pandas")
dask_frames = pytest.importorskip("dask.dataframe")
datasets = pytest.importorskip("datasets")
pytestmark = pytest.mark.filterwarnings("ignore")

RANDOM = np.random.default_rng(0)
FRAME = pandas.DataFrame({
    "a": RANDOM.normal(size=3000), "b": RANDOM.integers(0, 9, 3000).astype(float),
    "kind": [f"k{at % 4}" for at in range(3000)], "mark": ["?" if at % 50 == 7 else str(at / 7) for at in range(3000)],
    "y": np.arange(3000) % 3,
})  # fmt: skip
PIXELS = RANDOM.integers(0, 255, (20, 12, 10, 3), dtype=np.uint8)


def loaded(source, **options):
    return read({"train": source}, AuditSettings(**options), silent)


def test_partitions_of_dask_are_profiled_and_merged():
    (whole,) = loaded(FRAME, target=("y",))
    (merged,) = loaded(dask_frames.from_pandas(FRAME, npartitions=7), target=("y",))
    assert merged.split.rows == 3000
    assert merged.split.classes == whole.split.classes
    for ours, other in zip(merged.profiles, whole.profiles, strict=True):
        assert (ours.name, ours.type, ours.count, ours.missing) == (other.name, other.type, other.count, other.missing)
        assert ours.mean == pytest.approx(other.mean)
        assert ours.quantiles == pytest.approx(other.quantiles)
        assert ours.values == other.values
    np.testing.assert_array_equal(merged.sample.columns[0].values, whole.sample.columns[0].values)
    assert merged.events[0].marks == whole.events[0].marks == (("?", 60),)
    assert merged.events[0].rows == whole.events[0].rows


def test_the_sample_of_dask_is_drawn_from_all_partitions():
    (one,) = loaded(dask_frames.from_pandas(FRAME, npartitions=7), target=("y",), rows=500)
    assert len(one.sample) == 500
    assert one.split.looked_at == 500
    assert (np.diff(one.sample.rows) > 0).all()
    np.testing.assert_array_equal(one.sample.columns[0].values, FRAME["a"].to_numpy()[one.sample.rows])
    np.testing.assert_array_equal(one.sample.target.codes, one.sample.rows % 3)
    counts = np.histogram(one.sample.rows, 7, (0, 3000))[0]
    assert counts.min() > 45


def test_a_failing_task_of_dask_is_a_message():
    def fail(_frame):
        raise RuntimeError("no such disk")

    lazy = dask_frames.from_pandas(FRAME, npartitions=3)
    with pytest.raises(UsageError, match="no such disk"):
        loaded(lazy.map_partitions(fail, meta=FRAME.head(0)), target=("y",))


def test_hugging_face_tables_know_their_classes():
    data = datasets.Dataset.from_dict(
        {"x": FRAME["a"].tolist(), "kind": FRAME["kind"].tolist(), "label": FRAME["y"].tolist()},
        features=datasets.Features({
            "x": datasets.Value("float32"), "kind": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["low", "middle", "high"]),
        }),
    )  # fmt: skip
    one, test = loaded(datasets.DatasetDict({"train": data, "test": data.select(range(50))}))
    assert one.split.classes == ("low", "middle", "high")
    np.testing.assert_array_equal(one.sample.target.codes, FRAME["y"])
    assert (test.split.name, test.split.rows) == ("test", 50)
    assert one.split.task is Task.MULTI_CLASS


def test_hugging_face_images_and_tokens():
    from PIL import Image

    data = datasets.Dataset.from_dict(
        {"image": [Image.fromarray(one) for one in PIXELS], "label": [at % 2 for at in range(20)]},
        features=datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])}),
    )
    (one,) = loaded(data)
    assert one.split.form is Form.IMAGE
    np.testing.assert_array_equal(one.sample.images.load(3), PIXELS[3])
    assert one.split.classes == ("cat", "dog")
    tokens = datasets.Dataset.from_dict({"input_ids": [[1, 2, 3], [4], [5, 6]] * 9, "label": [0, 1, 1] * 9})
    (one,) = loaded(tokens)
    assert one.split.form is Form.TOKENS
    assert one.sample.tokens[:3].tolist() == [[1, 2, 3], [4, 0, 0], [5, 6, 0]]


def test_hugging_face_texts():
    texts = [f"a sentence, which has the number {at}" for at in range(40)]
    rows = {"text": texts, "label": [at % 2 for at in range(40)]}
    (one,) = loaded(datasets.Dataset.from_dict(rows))
    assert one.split.form is Form.TEXT
    assert one.sample.texts[3] == rows["text"][3]
