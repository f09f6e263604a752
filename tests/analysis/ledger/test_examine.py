"""From a ledger to a part of the record, and to findings."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from unstuck.analysis.data.early_window import early_window
from unstuck.analysis.ledger import examine as module
from unstuck.analysis.ledger.examine import PART, examine
from unstuck.core.subject import SubjectKind
from unstuck.record.events.data.passed import ExampleDynamics, HeldOutPass, NotExamined
from unstuck.record.events.data.splits import Split
from unstuck.record.reader import Record
from unstuck.rules.engine import diagnose
from unstuck.testing import ledgers, synthetic

sklearn = pytest.importorskip("sklearn.datasets")


@pytest.fixture(scope="module")
def digits():
    data = sklearn.load_digits()
    order = np.random.default_rng(0).permutation(len(data.data))
    x, y = (data.data[order] / 16).astype(np.float32), data.target[order].astype(np.int64)
    return x[:900], y[:900], x[900:1300], y[900:1300]


def run(path, *arguments, **given):
    record = synthetic.record(path, loss=np.geomspace(2.3, 0.05, 300), function="cross_entropy")
    assert examine(record.path, ledgers.trained(*arguments, **given))
    return Record(record.path)


def of_data(record):
    return [one.finding for one in diagnose(record).findings if one.finding.subject.kind is SubjectKind.DATASET]


def events(record, kind):
    return [event for part in record.parts for event in part.of(kind)]


def test_sound_data_has_no_findings_and_its_course_is_known(tmp_path, digits):
    x, y, xt, yt = digits
    record = run(tmp_path, x, y, held_out={"X_test": (xt, yt)})
    assert of_data(record) == []
    assert [split.name for split in events(record, Split)] == ["training data", "X_test"]
    assert len(events(record, HeldOutPass)) == 8
    (course,) = events(record, ExampleDynamics)
    assert course.positions == tuple(range(900))
    assert set(course.visits) == {8}
    assert [course.labels[at] for at in range(5)] == y[:5].tolist()


def test_wrong_labels_are_found_in_the_users_positions(tmp_path, digits):
    x, y, xt, yt = digits
    random = np.random.default_rng(1)
    wrong = random.choice(900, 90, replace=False)
    noisy = y.copy()
    noisy[wrong] = (y[wrong] + random.integers(1, 10, 90)) % 10
    record = run(tmp_path, x, noisy, held_out={"X_test": (xt, yt)})
    finding = of_data(record)[0]
    assert finding.code == "DAT103"
    assert finding.measured("noise_share").value == pytest.approx(0.1, abs=0.03)
    listed = set(finding.examples.indices)
    assert len(listed & set(wrong.tolist())) >= 0.85 * len(listed)
    assert (finding.place.file, finding.place.line, finding.place.split) == ("train.py", 3, "training data")


def test_held_out_findings_name_the_users_set(tmp_path, digits):
    x, y, xt, yt = digits
    record = run(tmp_path, x, y, held_out={"X_test": (np.r_[xt, x[:50]], np.r_[yt, y[:50]])})
    (finding,) = of_data(record)
    assert finding.code == "SPL101"
    assert finding.subject.name == "X_test"
    assert sorted(finding.examples.indices) == list(range(400, 450))


def test_a_class_imbalance_of_a_run_is_information(tmp_path, digits):
    x, y, _, _ = digits
    kept = np.r_[np.flatnonzero(y != 0), np.flatnonzero(y == 0)[:30]]
    record = run(tmp_path, x[kept], (y[kept] == 0).astype(np.int64), epochs=2)
    assert [(one.code, one.severity) for one in of_data(record)] == [("DAT101", "info")]


def test_no_example_can_be_found_in_the_record(tmp_path, digits):
    x, y, xt, yt = digits
    record = run(tmp_path, x, y, held_out={"X_test": (xt, yt)}, seen=ledgers.Seen(rows=True), epochs=2)
    written = b"".join(path.read_bytes() for path in (record.path / "parts" / PART).rglob("*") if path.is_file())
    for rows in (x, xt):
        for dtype in (np.float32, np.float64, np.float16):
            table = rows.astype(dtype)
            assert not any(table[at].tobytes()[16:96] in written for at in range(len(table)))
    text = written.decode("utf-8", "ignore")
    for one in x[:300]:
        middle = [f"{value:.6g}" for value in one[18:24]]
        assert ",".join(middle) not in text
        assert str([float(value) for value in one[18:24]])[1:-1].replace(" ", "") not in text
    assert len(written) < 2 << 20


def test_what_a_policy_is_trained_on_is_no_data(tmp_path, digits):
    x, y, _, _ = digits
    record = synthetic.record(tmp_path, loss=-np.linspace(0.1, 1, 300), function=None)
    examine(record.path, ledgers.trained(np.r_[x, x[:100]], np.r_[y, y[:100]], epochs=1))
    assert events(Record(record.path), Split)
    assert of_data(Record(record.path)) == []
    copies = of_data(run(tmp_path, np.r_[x, x[:100]], np.r_[y, y[:100]], epochs=1))
    assert [one.code for one in copies] == ["DAT105"]


def test_a_failure_is_an_event(tmp_path, digits, monkeypatch):
    x, y, _, _ = digits

    def broken(_):
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(module, "examined", broken)
    (event,) = events(run(tmp_path, x, y, epochs=1), NotExamined)
    assert event.broke
    assert "ZeroDivisionError: on purpose" in event.why


def test_an_empty_ledger_and_a_lost_directory_write_nothing(tmp_path, digits):
    x, y, _, _ = digits
    assert not examine(tmp_path, mmap.mmap(-1, 4096))
    (tmp_path / "parts").write_text("a file")
    assert not examine(tmp_path, ledgers.trained(x[:40], y[:40], epochs=1, size=1 << 20))


def test_window_ends_where_the_network_agrees_more_than_neighbours():
    def said(right, number=10):
        values = np.full((number, 2), 0.4)
        values[:right, 0], values[right:, 1] = 0.6, 0.6
        return values

    codes = np.zeros(10, int)
    epochs = [said(3), said(6), said(9), said(10), *[said(10)] * 8]
    assert early_window(epochs, codes, 0.5) == pytest.approx(np.mean(epochs[:2], axis=0))
    assert early_window(epochs, codes, 0.8) == pytest.approx(np.mean(epochs[:3], axis=0))
    assert early_window(epochs, codes, 1.0) == pytest.approx(np.mean(epochs[:4], axis=0))
    assert early_window(epochs[:1], codes, 0.5) is None
    unseen = [np.where(np.arange(10)[:, None] < 5, one, np.nan) for one in epochs]
    assert early_window(unseen, codes, 0.5) is None
