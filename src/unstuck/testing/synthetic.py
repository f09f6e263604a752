"""Real run records on disk from a few lists of numbers, for the tests of rules, figures and reports.

One line makes one record::

    record = synthetic.record(tmp_path, loss=[2.3] * 300, evals={100: 2.3, 200: 2.3}, lr=0.1)
    training = synthetic.training(tmp_path, loss=..., layers={"0.weight": {"gradient": {"norm": [1.0, 0.1]}}})

Everything that is left out gets a quiet default, and any event can be given in full: what is passed as
``loss_call={...}``, ``graph=[...]``, ``window={...}`` and so on is merged over the default of its kind, and
a list of dictionaries makes several events. ``events=[("kind", step, {...})]`` writes anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from unstuck.analysis.run.training import Training, trainings
from unstuck.record import decode, schema
from unstuck.record.events import Event
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record
from unstuck.record.schema import Kind
from unstuck.record.writer import PartWriter, dump_json, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from unstuck.record.events.data.base import DataEvent
    from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split

Fields = Mapping[str, Any]
Some = Fields | Sequence[Fields] | None
"""No event, one event, or several of a kind."""

SCRIPT = "train.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One training, as numbers; the fields are documented at `record`."""

    loss: Sequence[float] = ()
    evals: Mapping[int, float] | Sequence[float] = field(default_factory=dict)
    lr: float | Sequence[float] = 0.1
    accumulate: int = 1
    function: str | None = "cross_entropy"
    optimizer: Some = None
    model: Some = None
    loss_call: Some = None
    input: Some = None
    graph: Sequence[Fields] | Fields | None = None
    window: Some = None
    loader: Some = None
    epochs: int | Sequence[int] = 0
    layers: Mapping[str, Mapping[str, Mapping[str, float | Sequence[float]]]] = field(default_factory=dict)
    sampled: Sequence[int] = ()
    notes: Sequence[str] = ()
    rows: Sequence[tuple[Kind, float, int, int]] = ()
    events: Sequence[tuple[str, int, Fields]] = ()


def record(
    path: Path,
    *,
    manifest: Fields | None = None,
    part: Fields | None = None,
    seconds_per_step: float = 0.01,
    trainings: Sequence[Fields] = (),
    **plan: Any,
) -> Record:
    """A record in a new directory under ``path``, read back.

    Args:
        path: where the record's directory ``synthetic-<n>`` is made.
        manifest: merged over the default manifest.
        part: merged over the default ``part.json``.
        seconds_per_step: seconds between two backward calls.
        trainings: several trainings in one run, each the arguments below; else these are one training:
        plan: ``loss`` one value a backward call; ``evals`` held-out losses, a list spread evenly or a mapping
            from the number of backward calls before; ``lr`` one rate or one a step; ``accumulate`` backward
            calls a step; ``function`` of the loss; ``optimizer``, ``model``, ``loss_call``, ``input``,
            ``window``, ``loader`` events; ``graph`` a list of nodes ``{"op", "in", ...}`` or a whole event;
            ``epochs`` a number of them or the backward counts at which they begin; ``layers`` place name ->
            ``weight | gradient | update | output | activation`` -> quantity -> values (or one for all);
            ``sampled`` the steps those values belong to (else spread evenly); ``notes`` texts of what was not
            seen; ``rows`` more rows of the timeline (kind, value, index, source); ``events`` (kind, step, fields).
    """
    directory = _new_directory(path)
    write_whole(directory / schema.MANIFEST, dump_json({**_MANIFEST, **(manifest or {})}))
    writer = PartWriter(directory / schema.PARTS / "1-0", {"pid": 1, "rank": 0, **(part or {})})
    ids = count(1)
    for at, one in enumerate(trainings or [plan]):
        _write(writer, Plan(**one), training=at, ids=ids, seconds_per_step=seconds_per_step)
    writer.close()
    return Record(directory)


def data_record(
    path: Path, splits: Sequence[Split], columns: Sequence[ColumnProfile], *, manifest: Fields | None = None,
    events: Sequence[DataEvent] = (),
) -> Record:  # fmt: skip
    """A record of a data set in a new directory under ``path``, read back.

    Args:
        path: where the record's directory ``synthetic-<n>`` is made.
        splits: the splits of the data set.
        columns: the profiles of their columns; ``column.split`` is the id of a split.
        manifest: merged over the default manifest.
        events: everything else that is known about the splits.
    """
    directory = _new_directory(path)
    sources = list(dict.fromkeys(split.source for split in splits if split.source))
    about = {"schema": schema.SCHEMA_VERSION, "kind": "data", "argv": sources, "ended": "finished", "cwd": str(path)}
    write_whole(directory / schema.MANIFEST, dump_json({**about, **(manifest or {})}))
    writer = PartWriter(directory / schema.PARTS / "1-0", {"pid": 1, "rank": 0})
    for event in (*splits, *columns, *events):
        writer.write(event)
    writer.close()
    return Record(directory)


def _new_directory(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    number = next(n for n in count(1) if not (path / f"synthetic-{n}").exists())
    directory = path / f"synthetic-{number}"
    directory.mkdir()
    return directory


def event(kind: str, step: int, fields: Fields) -> Event:
    """The event that a dictionary of schema 1's shape stands for: short to write, and read as an old record is."""
    made = decode.event({**fields, "kind": kind, "step": step}, 1)
    if made is None:
        raise ValueError(f"no event {kind!r} can be made of {fields!r}")
    return made


def training(path: Path, **plan: Any) -> Training:
    """The first training of such a record."""
    return trainings(record(path, **plan))[0]


_MANIFEST: Fields = {
    "schema": schema.SCHEMA_VERSION,
    "kind": RecordKind.RUN,
    "argv": [SCRIPT],
    "target": {"kind": "script", "what": SCRIPT},
    "ended": "finished",
    "returncode": 0,
}


def _write(
    writer: PartWriter, plan: Plan, *, training: int, ids: count[int], seconds_per_step: float
) -> None:
    mine = _Events(writer, training)
    train, held_out, optimizer, loader = (next(ids) for _ in range(4))
    place = {"file": SCRIPT, "function": plan.function}
    mine.write("series", 0, {"id": train, "role": "train", "line": 20, **place})
    if plan.evals:
        mine.write("series", 0, {"id": held_out, "role": "eval", "line": 30, **place})
    rates = _per_step(plan.lr, len(plan.loss))
    mine.some("model", plan.model, {
        "id": training, "name": "model", "class": "Sequential", "modules": [], "parameters": [],
    })
    mine.some("optimizer", plan.optimizer, {
        "id": optimizer, "class": "SGD", "file": SCRIPT, "line": 10, "parameters": [],
        "groups": [{"lr": rates[0] if rates else 0.0}],
    })  # fmt: skip
    if plan.epochs or plan.loader is not None:
        mine.some("loader", plan.loader, {"id": loader, "class": "DataLoader", "file": SCRIPT, "line": 12})
    mine.some("loss_call", plan.loss_call, {
        "series": train, "phase": "train", "function": plan.function, "input": {}, "target": {},
    }, absent=True)  # fmt: skip
    mine.some("input", plan.input, {"phase": "train"}, absent=True)
    mine.some("window", plan.window, {"optimizers": {}}, absent=True)
    _write_graph(mine, plan.graph, train)
    _write_layers(mine, plan, ids)
    for text in plan.notes:
        mine.write("note", 0, {"text": text})
    for name, step, fields in plan.events:
        mine.write(name, step, fields)
    rows = _timeline(plan, train, held_out, optimizer, loader, rates)
    for index, _, kind, value, source in sorted(rows, key=lambda row: row[:2]):
        writer.timeline.append(kind, index * seconds_per_step, value, index, source)


@dataclass(frozen=True, slots=True)
class _Events:
    """Writes events of one training."""

    writer: PartWriter
    training: int

    def write(self, kind: str, step: int, fields: Fields) -> None:
        self.writer.write(event(kind, int(fields.get("step", step)), {"training": self.training, **fields}))

    def some(self, kind: str, given: Some, default: Fields, *, absent: bool = False) -> None:
        """The default with what is given merged over it, once for each; nothing, where it may be absent."""
        if given is None:
            given = () if absent else {}
        for one in [given] if isinstance(given, Mapping) else given:
            self.write(kind, 0, {**default, **one})


def _write_graph(mine: _Events, graph: Sequence[Fields] | Fields | None, series: int) -> None:
    if graph is None:
        return
    given: Fields = graph if isinstance(graph, Mapping) else {"nodes": list(graph)}
    mine.write("graph", 0, {"series": series, "truncated": False, **given})


def _write_layers(mine: _Events, plan: Plan, ids: count[int]) -> None:
    columns: list[tuple[int, Mapping[str, float | Sequence[float]]]] = []
    for name, kinds in plan.layers.items():
        for what, quantities in kinds.items():
            parameter = what in ("weight", "gradient", "update") and "." in name
            layer = name.rsplit(".", 1)[0] if parameter else name
            columns.append((next(ids), quantities))
            mine.write("place", 0, {"id": columns[-1][0], "what": what, "name": name, "layer": layer})
    if not columns:
        return
    lengths = [len(v) for _, q in columns for v in q.values() if isinstance(v, Sequence)]
    frames = max([len(plan.sampled), *lengths]) if plan.sampled or lengths else 1
    steps = list(plan.sampled) or _spread(frames, len(plan.loss))
    for at, step in enumerate(steps):
        values = [
            _at(quantities.get(name), at) for _, quantities in columns for name in schema.SUMMARY_NAMES
        ]
        places = [place for place, _ in columns]
        mine.writer.frame(schema.SUMMARY_FRAME, step, places, values, len(schema.SUMMARY_NAMES))


def _timeline(
    plan: Plan, train: int, held_out: int, optimizer: int, loader: int, rates: list[float]
) -> list[tuple[int, int, Kind, float, int]]:
    """Rows (index, order within the index, kind, value, source)."""
    steps = len(plan.loss)
    rows = [(at, 4, Kind.BACKWARD, value, train) for at, value in enumerate(plan.loss)]
    rows += [
        (at + 1, 0, Kind.STEP, rates[at], optimizer)
        for at in range(plan.accumulate - 1, steps, plan.accumulate)
    ]
    if isinstance(plan.evals, Mapping):
        evals = dict(plan.evals)
    else:
        ends = [round((n + 1) * steps / len(plan.evals)) for n in range(len(plan.evals))]
        evals = dict(zip(ends, plan.evals, strict=True))
    rows += [(at, 1, Kind.EVAL_LOSS, value, held_out) for at, value in evals.items()]
    begins = _spread(plan.epochs, steps) if isinstance(plan.epochs, int) else plan.epochs
    rows += [(at, 2, Kind.EPOCH, float(n), loader) for n, at in enumerate(begins)]
    rows += [(index, 3, kind, value, source) for kind, value, index, source in plan.rows]
    return rows


def _spread(how_many: int, steps: int) -> list[int]:
    return [n * steps // max(1, how_many) for n in range(how_many)]


def _per_step(values: float | Sequence[float], steps: int) -> list[float]:
    return list(values) if isinstance(values, Sequence) else [values] * steps


def _at(values: float | Sequence[float] | None, position: int) -> float:
    if isinstance(values, Sequence):
        return values[position] if position < len(values) else float("nan")
    return float("nan") if values is None else values
