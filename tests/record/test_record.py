"""Writing and reading a record: every bit comes back, a torn end does no harm, and it never grows without bound."""

from __future__ import annotations

import json
import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstuck.core.errors import RecordError
from unstuck.record import decode, events, schema, writer
from unstuck.record.decode import revive
from unstuck.record.reader import Part, Record
from unstuck.record.schema import Flag, Kind
from unstuck.record.writer import PartWriter, Timeline, dump_json, finite_json, thinned, write_whole

DOUBLES = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
"""every float64 bit pattern, signalling NaN included"""


def bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def part(folder: Path, name: str = "1-0") -> PartWriter:
    write_whole(folder / schema.MANIFEST, dump_json({"schema": schema.SCHEMA_VERSION, "kind": "run"}))
    (folder / schema.PARTS).mkdir(exist_ok=True)
    return PartWriter(folder / schema.PARTS / name, {"pid": 1})


def reopened(folder: Path, name: str = "1-0") -> Part:
    return Part(folder / schema.PARTS / name)


# ---- tape --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(Kind)), DOUBLES, DOUBLES, st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1)),
        max_size=40,
    )
)
def test_rows_come_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("tape")
    written = part(folder)
    for kind, seconds, value, index, source in rows:
        written.timeline.append(kind, seconds, value, index, source, Flag.SAMPLED)
    live = reopened(folder).timeline  # read while it is being written
    assert len(live) == len(rows)
    written.close()
    found = reopened(folder).timeline
    assert (folder / schema.PARTS / "1-0" / schema.TIMELINE_FILE).stat().st_size == schema.ROW.size * len(rows)
    for row, (kind, seconds, value, index, source) in zip(found, rows, strict=True):
        assert bits(row["value"]) == bits(value)
        assert bits(row["time"]) == bits(seconds)
        assert (row["kind"], row["index"], row["source"], row["flags"]) == (kind, index, source, Flag.SAMPLED)


def test_rows_of_one_kind_and_source(tmp_path: Path) -> None:
    written = part(tmp_path)
    for at in range(100):
        written.timeline.append(Kind.BACKWARD if at % 2 else Kind.STEP, at, at * 2.0, at, at % 3)
    written.close()
    found = reopened(tmp_path)
    assert found.rows(Kind.BACKWARD)["index"].tolist() == list(range(1, 100, 2))
    assert found.rows(Kind.STEP, 1)["index"].tolist() == [at for at in range(0, 100, 2) if at % 3 == 1]


def test_the_tape_grows_by_chunks(tmp_path: Path) -> None:
    tape = Timeline(tmp_path / "tape.bin")
    count = 5 * writer.CHUNK_ROWS + 7
    for at in range(count):
        tape.append(Kind.BACKWARD, at, math.sin(at), at, 0)
    tape.close()
    rows = np.fromfile(tmp_path / "tape.bin", dtype=schema.TIMELINE_DTYPE)
    assert len(rows) == count
    assert np.array_equal(rows["value"], np.array([math.sin(at) for at in range(count)]))


def test_a_torn_tape_is_read_up_to_the_last_row(tmp_path: Path) -> None:
    written = part(tmp_path)
    for at in range(10):
        written.timeline.append(Kind.BACKWARD, at, at, at, 0)
    written.close()
    path = tmp_path / schema.PARTS / "1-0" / schema.TIMELINE_FILE
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert len(reopened(tmp_path).timeline) == cut // schema.ROW.size


def test_numbers_that_do_not_fit_do_not_end_the_recording(tmp_path: Path) -> None:
    written = part(tmp_path)
    written.timeline.append(Kind.STEP, 0.0, 1.0, 0, 70_000)
    written.timeline.append(Kind.STEP, 0.0, 2.0, 2**32 + 5, 3)
    written.timeline.append(Kind.STEP, 0.0, 3.0, 1, 1)
    written.close()
    rows = reopened(tmp_path).timeline
    assert rows["source"].tolist() == [schema.NO_SOURCE, 3, 1]
    assert rows["value"].tolist() == [1, 2, 3]


# ---- rows whose value comes later --------------------------------------------------------------------


def test_pending_rows_are_settled(tmp_path: Path) -> None:
    written = part(tmp_path)
    tape = written.timeline
    numbers = []
    for at in range(5):
        numbers.append(tape.rows_ever)
        tape.append(Kind.BACKWARD, at, math.nan, at, 3, Flag.PENDING | Flag.RETAIN_GRAPH)
    for number in numbers[:4]:
        tape.settle(number, number * 1.5)
    tape.settle(numbers[0], 99.0)  # a settled row stays
    tape.settle(-1, 1.0)
    tape.settle(1000, 1.0)
    written.close()
    rows = reopened(tmp_path).timeline
    assert rows["value"][:4].tolist() == [0, 1.5, 3, 4.5]
    assert rows["flags"].tolist() == [Flag.RETAIN_GRAPH] * 4 + [Flag.RETAIN_GRAPH | Flag.PENDING]
    assert rows["time"].tolist() == [0, 1, 2, 3, 4]
    assert rows["source"].tolist() == [3] * 5


def test_pending_rows_are_found_after_thinning(tmp_path: Path) -> None:
    tape = Timeline(tmp_path / "tape.bin", max_rows=256)
    waiting: list[tuple[int, int]] = []
    for at in range(2000):
        waiting.append((tape.rows_ever, at))
        tape.append(Kind.BACKWARD, 0, math.nan, at, 0, Flag.PENDING)
        if len(waiting) == 16:
            for number, wanted in waiting:
                tape.settle(number, float(wanted))
            waiting.clear()
    for number, wanted in waiting:
        tape.settle(number, float(wanted))
    tape.close()
    rows = np.fromfile(tmp_path / "tape.bin", dtype=schema.TIMELINE_DTYPE)
    settled = rows[(rows["flags"] & Flag.PENDING) == 0]
    assert np.array_equal(settled["value"], settled["index"])  # never another row's value
    assert len(settled) > len(rows) / 2


# ---- thinning ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_thinning_keeps_ends_extremes_and_nan(data: st.DataObject) -> None:
    count = data.draw(st.integers(64, 600))
    rows = np.zeros(count, dtype=schema.TIMELINE_DTYPE)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    sources = data.draw(st.integers(1, 3))
    rows["source"] = rng.integers(0, sources, count)
    rows["kind"] = 1
    rows["value"] = np.cumsum(rng.standard_normal(count))
    bad = data.draw(st.lists(st.integers(0, count - 1), max_size=2))
    rows["value"][bad] = math.nan
    keep = thinned(rows, count // 2)
    assert len(keep) <= 0.7 * count + 8
    assert np.all(np.diff(keep) > 0)
    edge = count // 2 // 8
    assert set(range(edge)) <= set(keep.tolist())
    assert set(range(count - edge, count)) <= set(keep.tolist())
    assert set(bad) <= set(keep.tolist()) or len(set(bad)) > 1
    kept = rows[keep]
    assert np.isnan(kept["value"]).any() == bool(bad)
    for source in range(sources):
        before, after = (of["value"][of["source"] == source] for of in (rows, kept))
        if len(before) and not np.isnan(before).any():
            assert (after.min(), after.max()) == (before.min(), before.max())


def test_thinning_again_and_again_keeps_the_turning_points(tmp_path: Path) -> None:
    """10⁶ rows in a small tape: beginning, end, a spike, a dip, a NaN and a step of the rate are still there."""
    tape = Timeline(tmp_path / "tape.bin", max_rows=1 << 13)
    count = 300_000
    for at in range(count):
        value = 2 + math.cos(at / 20_000)
        value = {123_456: 50.0, 200_001: -7.0, 77_777: math.nan}.get(at, value)
        tape.append(Kind.BACKWARD, at, value, at, 0)
        tape.append(Kind.STEP, at, 0.1 if at < 150_000 else 0.01, at, 0)
    tape.close()
    assert (tmp_path / "tape.bin").stat().st_size <= schema.ROW.size << 13
    rows = np.fromfile(tmp_path / "tape.bin", dtype=schema.TIMELINE_DTYPE)
    losses, rates = rows[rows["kind"] == Kind.BACKWARD], rows[rows["kind"] == Kind.STEP]
    assert losses["index"][0] == 0
    assert losses["index"][-1] == count - 1
    at = dict(zip(losses["index"].tolist(), losses["value"].tolist(), strict=True))
    assert (at[123_456], at[200_001]) == (50.0, -7.0)
    assert math.isnan(at[77_777])
    assert np.all(np.diff(rows["index"].astype(np.int64)) >= 0)
    # Between the turning points the curve is followed closely, too.
    good = losses[np.isfinite(losses["value"]) & (np.abs(losses["value"] - 2) < 1.5)]
    grid = np.linspace(0, count - 1, 997)
    assert np.abs(np.interp(grid, good["index"], good["value"]) - 2 - np.cos(grid / 20_000)).max() < 0.1
    assert set(rates["value"].tolist()) == {0.1, 0.01}
    before = rates["index"][rates["value"] == 0.1].max()
    after = rates["index"][rates["value"] == 0.01].min()
    assert after - before < count / 100
    # A gap is marked at the row after it.
    gaps = np.flatnonzero(np.diff(rows["index"].astype(np.int64)) > 1) + 1
    assert len(gaps)
    assert (rows["flags"][gaps] & Flag.THINNED).all()


def test_rows_of_one_moment_are_thinned_by_their_number() -> None:
    rows = np.zeros(1000, dtype=schema.TIMELINE_DTYPE)
    rows["kind"], rows["value"] = Kind.EVAL_LOSS, np.arange(1000)  # a program that only evaluates
    keep = thinned(rows, 500)
    assert 300 < len(keep) <= 520
    assert np.diff(keep).max() < 12


def test_what_a_thinning_keeps_is_bounded_for_many_series() -> None:
    rng = np.random.default_rng(3)
    rows = np.zeros(4096, dtype=schema.TIMELINE_DTYPE)
    rows["kind"] = rng.integers(1, 4, 4096)
    rows["source"] = rng.integers(0, 300, 4096)
    rows["index"] = np.arange(4096)
    rows["value"] = rng.standard_normal(4096)
    assert len(thinned(rows, 2048)) < 2700


def test_a_million_steps_are_bounded(tmp_path: Path) -> None:
    """A loss and a rate at each of 1.5·10⁶ steps: more rows than the tape holds."""
    tape = Timeline(tmp_path / "tape.bin")
    count = 1_100_000
    for at in range(count):
        tape.append(Kind.BACKWARD, at * 1e-3, 1.0 / (at + 1) if at != 1_000_003 else 9.0, at, 0)
        tape.append(Kind.STEP, at * 1e-3, 1e-3, at, 0)
    tape.close()
    assert (tmp_path / "tape.bin").stat().st_size <= schema.ROW.size * writer.MAX_TIMELINE_ROWS < 51_000_000
    rows = np.fromfile(tmp_path / "tape.bin", dtype=schema.TIMELINE_DTYPE)
    losses = rows[rows["kind"] == Kind.BACKWARD]
    assert losses["index"][:1000].tolist() == list(range(1000))
    assert losses["index"][-1000:].tolist() == list(range(count - 1000, count))
    assert losses["value"].max() == 9.0
    assert len(losses) > 400_000


# ---- events ------------------------------------------------------------------------------------------

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | DOUBLES | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and math.isnan(wanted):
        return isinstance(found, float) and math.isnan(found)
    if isinstance(wanted, float):
        return isinstance(found, float) and bits(found) == bits(wanted)
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    return bool(found == wanted and type(found) is type(wanted))


@settings(max_examples=150, deadline=None)
@given(PLAIN.filter(lambda value: not any(word in repr(value) for word in ("'NaN'", "Infinity'"))))
def test_events_come_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    assert same(revive(json.loads(dump_json(value))), value)
    folder = tmp_path_factory.mktemp("events")
    written = part(folder)
    written.write(events.Model(step=7, id=1, modules=(events.ModuleFacts(name="0", settings={"value": value}),)))
    written.close()
    (model,) = reopened(folder).of(events.Model)
    assert same(model.modules[0].settings["value"], value)
    assert model.step == 7


def test_what_json_cannot_say_is_said_in_words() -> None:
    assert json.loads(dump_json({"path": Path("a"), 3: (1, {2})})) == {"path": repr(Path("a")), "3": [1, "{2}"]}
    assert finite_json([math.nan, math.inf, -math.inf, 1.0]) == ["NaN", "Infinity", "-Infinity", 1.0]


def test_torn_lines_are_left_out(tmp_path: Path) -> None:
    written = part(tmp_path)
    for at in range(20):
        written.write(events.Note(step=at, text="ä" * at))
    written.close()
    path = tmp_path / schema.PARTS / "1-0" / schema.EVENTS
    whole = path.read_bytes()
    for cut in range(0, len(whole), 3):
        path.write_bytes(whole[:cut])
        steps = [event.step for event in reopened(tmp_path).events]
        assert steps == list(range(len(steps)))
        lines = whole[:cut].count(b"\n")
        assert len(steps) in (lines, lines + 1)  # the last may be whole but for its newline


def test_events_are_bounded_and_the_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_EVENT_BYTES", 10_000)
    monkeypatch.setattr(writer, "MAX_ESSENTIAL_BYTES", 20_000)
    written = part(tmp_path)
    for at in range(1000):
        written.write(events.InputSeen(step=at, layer="x" * 50))
        written.write(events.Series(step=at, id=at, file="y" * 50), essential=True)
    written.write(events.Note(step=1, text="something"), essential=True)
    written.write(events.End(step=1000), essential=True)
    written.close()
    found = reopened(tmp_path)
    assert written.event_bytes < 21_000
    assert type(found.events[-1]) is events.End
    assert found.of(events.Note)
    assert len(found.of(events.Series)) > len(found.of(events.InputSeen)) > 10
    assert written.dropped_events == 2000 - len(found.of(events.Series)) - len(found.of(events.InputSeen))


# ---- frames ------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.lists(st.floats(width=32), min_size=12, max_size=12)), max_size=6))
def test_frames_come_back(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("frames")
    written = part(folder)
    places = [place for place, _ in rows]
    values = [value for _, row in rows for value in row]
    written.frame(schema.SUMMARY_FRAME, 3, places, values, 12)
    written.close()
    (frame,) = reopened(folder).frames
    assert (frame.what, frame.step, frame.places.tolist()) == (schema.SUMMARY_FRAME, 3, places)
    assert np.array_equal(frame.values.reshape(-1), np.array(values, dtype=np.float32), equal_nan=True)


def test_numbers_beyond_single_precision_are_infinite(tmp_path: Path) -> None:
    written = part(tmp_path)
    written.frame(schema.SUMMARY_FRAME, 0, [1], [1e300, -1e300, math.nan, 1.0], 4)
    written.close()
    values = reopened(tmp_path).frames[0].values[0]
    assert values[:2].tolist() == [math.inf, -math.inf]


def test_a_torn_frame_is_left_out(tmp_path: Path) -> None:
    written = part(tmp_path)
    for step in range(5):
        written.frame(schema.SUMMARY_FRAME, step, [1, 2], [float(step)] * 6, 3)
    written.close()
    path = tmp_path / schema.PARTS / "1-0" / schema.LAYERS_FILE
    whole = path.read_bytes()
    size = len(whole) // 5
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert [frame.step for frame in reopened(tmp_path).frames] == list(range(cut // size))
    path.write_bytes(whole[:size] + b"XXXX" + whole[size + 4 :])
    assert len(reopened(tmp_path).frames) == 1


def test_frames_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_FRAME_BYTES", 50_000)
    written = part(tmp_path)
    for step in range(2000):
        written.frame(schema.SUMMARY_FRAME, step, [1, 2], [float(step)] * 24, 12)
        if step % 8 == 0:
            written.frame(schema.HISTOGRAM_FRAME, step, [1], [0.0] * 26, 26)
        assert written.frame_bytes <= 50_000
    written.close()
    path = tmp_path / schema.PARTS / "1-0" / schema.LAYERS_FILE
    assert path.stat().st_size == written.frame_bytes
    frames = reopened(tmp_path).frames
    summaries = [frame.step for frame in frames if frame.what == schema.SUMMARY_FRAME]
    assert summaries == sorted(summaries)
    assert summaries[:5] == [0, 1, 2, 3, 4]
    assert summaries[-5:] == [1995, 1996, 1997, 1998, 1999]
    # Evenly for their age: a tenth of the run apart at the end at most, and nowhere a hole.
    steps = np.array(summaries)
    assert (np.diff(steps) / (10 + steps[1:])).max() < 0.1
    assert all((frame.values == frame.step).all() for frame in frames if frame.what == schema.SUMMARY_FRAME)
    assert any(frame.what == schema.HISTOGRAM_FRAME for frame in frames)
    assert sorted(file.name for file in path.parent.iterdir()) == [
        schema.EVENTS, schema.LAYERS_FILE, schema.PART, schema.TIMELINE_FILE,
    ]  # fmt: skip


def test_all_bounds_together_stay_below_100_mb() -> None:
    tape = writer.MAX_TIMELINE_ROWS * schema.ROW.size
    assert tape + writer.MAX_ESSENTIAL_BYTES + writer.MAX_FRAME_BYTES < 97e6


# ---- the whole record --------------------------------------------------------------------------------


def test_parts_in_order_and_the_main_one(tmp_path: Path) -> None:
    for name, rows in (("9-0", 1), ("3-0", 5), ("5-0", 2)):
        written = part(tmp_path, name)
        for at in range(rows):
            written.timeline.append(Kind.BACKWARD, 0, 0, at, 0)
        written.close()
    (tmp_path / schema.PARTS / "7-0").mkdir()  # killed before its first word
    record = Record(tmp_path)
    assert [one.path.name for one in record.parts] == ["9-0", "3-0", "5-0"]
    assert record.main is not None
    assert record.main.path.name == "3-0"


def test_an_empty_part_is_read(tmp_path: Path) -> None:
    part(tmp_path).close()
    found = reopened(tmp_path)
    assert (len(found.timeline), found.events, found.frames) == (0, (), ())
    for name in (schema.EVENTS, schema.TIMELINE_FILE, schema.LAYERS_FILE):
        (tmp_path / schema.PARTS / "1-0" / name).unlink()
    found = reopened(tmp_path)
    assert (len(found.timeline), found.events, found.frames) == (0, (), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No run record"), ("{", "cannot be read"), ("[]", "JSON object"),
        ('{"schema": 99}', "Update unstuck"), ("\x00\xff", "cannot be read"),
    ],
)  # fmt: skip
def test_broken_and_newer_records_are_told(text: str | None, words: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / schema.MANIFEST).write_bytes(text.encode("latin-1"))
    with pytest.raises(RecordError, match=words):
        Record(tmp_path)


def test_a_part_is_never_written_over(tmp_path: Path) -> None:
    part(tmp_path).close()
    with pytest.raises(FileExistsError):
        part(tmp_path)


def test_a_forked_child_leaves_the_files_alone(tmp_path: Path) -> None:
    written = part(tmp_path)
    written.timeline.append(Kind.BACKWARD, 0, 1.0, 0, 0)
    child = os.fork()
    if child == 0:
        written.abandon()
        os._exit(0)
    os.waitpid(child, 0)
    written.timeline.append(Kind.BACKWARD, 0, 2.0, 1, 0)
    written.write(events.End(step=1))
    written.close()
    found = reopened(tmp_path)
    assert found.timeline["value"].tolist() == [1, 2]
    assert len(found.events) == 1


def test_closing_twice(tmp_path: Path) -> None:
    written = part(tmp_path)
    written.close()
    written.close()
    written.abandon()


def test_a_category_that_is_called_nan_is_no_number():
    text = b'{"kind":"column","split":0,"name":"country","most_common":"NaN","values":[["Infinity",2]],"mean":"NaN"}'
    event = decode.line(text, schema.SCHEMA_VERSION)
    assert (event.most_common, event.values) == ("NaN", (("Infinity", 2),))
    assert math.isnan(event.mean)
