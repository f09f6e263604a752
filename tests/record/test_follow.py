"""A record is followed while it grows."""

from __future__ import annotations

from pathlib import Path

from unstuck.record import decode, events, schema
from unstuck.record.follow import RecordFollower
from unstuck.record.schema import Kind
from unstuck.record.writer import PartWriter, dump_json, write_whole


def begun(path: Path, name: str = "1-0") -> PartWriter:
    return PartWriter(path / schema.PARTS / name, {"pid": 1})


def seen(follower: RecordFollower) -> list[events.Event]:
    return [
        event for part in follower.parts.values() for event in decode.lines(part.lines(), schema.SCHEMA_VERSION)
    ]


def test_each_event_is_given_once_and_a_torn_line_only_when_it_is_whole(tmp_path):
    part, follower = begun(tmp_path), RecordFollower(tmp_path)
    assert seen(follower) == []
    part.write(events.Note(step=1, text="first"))
    assert [event.text for event in seen(follower)] == ["first"]
    assert seen(follower) == []
    path = tmp_path / schema.PARTS / "1-0" / schema.EVENTS
    line = b'{"kind":"note","step":2,"text":"second"}\n'
    with path.open("ab") as file:
        file.write(line[:20])
        file.flush()
        assert seen(follower) == []
        file.write(line[20:])
    assert [event.step for event in seen(follower)] == [2]
    part.close()


def test_parts_that_appear_later_are_followed_too(tmp_path):
    follower = RecordFollower(tmp_path)
    for name in ("1-0", "2-0"):
        part = begun(tmp_path, name)
        part.write(events.Note(text=name))
        part.close()
        assert [event.text for event in seen(follower)] == [name]


def test_rows_are_given_once_also_after_the_timeline_was_thinned(tmp_path):
    part, follower = begun(tmp_path), RecordFollower(tmp_path)
    part.timeline.max_rows = 1 << 14
    steps = []
    for step in range(40_000):
        part.timeline.append(Kind.BACKWARD, 0.0, float(step), step, 0)
        if step % 9_000 == 0:
            steps += [row.step for row in next(iter(follower.parts.values())).rows()]
    steps += [row.step for row in next(iter(follower.parts.values())).rows()]
    part.close()
    assert steps == sorted(set(steps)) or len(steps) - len(set(steps)) <= 4  # the last known step may come again
    assert steps[0] == 0
    assert steps[-1] == 39_999


def test_the_end_is_seen_in_the_manifest(tmp_path):
    follower = RecordFollower(tmp_path)
    assert not follower.ended
    write_whole(tmp_path / schema.MANIFEST, dump_json({"schema": 2, "ended": "finished"}))
    assert follower.ended
