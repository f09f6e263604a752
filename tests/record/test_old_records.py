"""Records of earlier schema versions are read for ever, and say what they said."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from unstuck.record import events, schema
from unstuck.record.damage import damage
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record
from unstuck.record.upgrade import from_1
from unstuck.rules.engine import diagnose

ASSETS = Path(__file__).parent / "assets"
OLD = sorted(ASSETS.glob("schema_*/*.zip"))


def unpacked(archive: Path, folder: Path) -> Record:
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder)
    return Record(folder)


def expected(archive: Path) -> dict[str, object]:
    return json.loads((archive.parent / "expected.json").read_text(encoding="utf-8"))[archive.stem]


def test_there_are_ten_records_at_least():
    assert len(OLD) >= 10


@pytest.mark.parametrize("archive", OLD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_old_record_gives_the_diagnosis_that_it_gave(archive, tmp_path):
    diagnosis = diagnose(unpacked(archive, tmp_path))
    findings = [ranked.finding for ranked in diagnosis.findings]
    causes = [ranked.explained_by for ranked in diagnosis.findings]
    assert {
        "verdict": diagnosis.verdict,
        "findings": [[f.code, f.severity, f.place.line, cause] for f, cause in zip(findings, causes, strict=True)],
        "trainings": len(diagnosis.trainings),
    } == expected(archive)


@pytest.mark.parametrize("archive", OLD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_line_of_an_old_record_becomes_an_event(archive, tmp_path):
    record = unpacked(archive, tmp_path)
    assert record.manifest.kind is RecordKind.RUN
    assert record.manifest.schema == schema.SCHEMA_VERSION
    assert record.manifest.target is not None
    assert record.manifest.target.kind == "script"
    for part in record.parts:
        lines = (part.path / schema.EVENTS).read_bytes().splitlines()
        assert len(part.events) == len(lines) > 0
        nodes = [node for graph in part.of(events.GraphSeen) for node in graph.nodes]
        assert all(node.op == node.op.lower() for node in nodes)


@pytest.mark.parametrize("archive", OLD, ids=lambda path: path.stem)
def test_a_whole_record_is_not_called_damaged(archive, tmp_path):
    assert damage(unpacked(archive, tmp_path)) == ()


DAMAGE = {
    "a part removed": (schema.PART, lambda path: path.unlink(), "The record is damaged and cannot be judged"),
    "no events": (schema.EVENTS, lambda path: path.write_bytes(b""), "The record is damaged and cannot be judged"),
    "random events": (schema.EVENTS, lambda path: path.write_bytes(b"\xf3\n" * 90), "The record is damaged"),
    "events cut": (schema.EVENTS, lambda path: path.write_bytes(path.read_bytes()[:-700]), None),
    "timeline cut": (schema.TIMELINE_FILE, lambda path: path.write_bytes(path.read_bytes()[:100]), None),
    "layers cut": (schema.LAYERS_FILE, lambda path: path.write_bytes(path.read_bytes()[:-9]), None),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_record_says_so(name, tmp_path):
    file, harm, answer = DAMAGE[name]
    record = unpacked(ASSETS / "schema_1" / "overfitting.zip", tmp_path)
    harm(record.parts[0].path / file)
    diagnosis = diagnose(Record(tmp_path))
    assert any(note.startswith("the record is damaged") for note in diagnosis.not_seen)
    if answer is not None:
        assert diagnosis.answer.startswith(answer)


def test_private_names_of_operations_become_canonical():
    names = {"NllLoss2D": "nll_loss", "MkldnnRnnLayer": "rnn", "LogSoftmax": "log_softmax", "AccumulateGrad": "leaf",
             "MaxPool2DWithIndices": "max_pool2d_with_indices", "L1Loss": "l1_loss", "relu": "relu"}  # fmt: skip
    assert {name: from_1.operation(name) for name in names} == names
