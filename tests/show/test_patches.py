"""Patches of whole answers: which remedies get one, from which file, and what `--write-patch` writes."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from contextlib import chdir
from pathlib import Path

import pytest
from experiment_runs import CLIP, OUT, effect, results, trial
from show_runs import SCRIPT, SOFTMAX, sick_diagnosis, sick_record

from unstuck.cli.verify import write_patch
from unstuck.core.errors import UsageError
from unstuck.core.experiment import TrialVerdict
from unstuck.core.finding import Applicability, Place, Remedy
from unstuck.experiment.answer_patches import patch_of_proof, patches
from unstuck.record.manifest import Target
from unstuck.run import Answer

REMEDY = Remedy(name="remove-output-activation", text="take it out", applicability=Applicability.SAFE)
PROVED = dataclasses.replace(OUT, remedies=(REMEDY.name,))
LOOP = SCRIPT + "opt = torch.optim.SGD(head.parameters(), lr=0.5)\nloss.backward()\nopt.step()\n"
RATE = trial("learning-rate × 0.1", TrialVerdict.VERIFIED, effect())
CLEAR = trial("zero-grad", TrialVerdict.VERIFIED, effect())


def answered(path, *trials, script=SCRIPT, remedy=REMEDY, **changes):
    record = sick_record(path)
    (path / "train.py").write_text(script)
    record.manifest = dataclasses.replace(record.manifest, target=Target(path=str(path / "train.py")))
    finding = dataclasses.replace(SOFTMAX, remedies=(remedy,), **changes.pop("finding", {}))
    diagnosis = sick_diagnosis(record)
    first = dataclasses.replace(diagnosis.findings[0], finding=finding)
    tried = results(*trials, **changes) if trials else None
    return dataclasses.replace(diagnosis, findings=(first,), experiments=tried), record


def test_a_plain_mistake_has_a_patch_without_any_experiment(tmp_path):
    found = patches(*answered(tmp_path))
    assert "+head = nn.Sequential(nn.Linear(64, 10))\n" in found[1, REMEDY.name]
    assert found[1, REMEDY.name].startswith("--- train.py\n+++ train.py\n")


@pytest.mark.parametrize("applicability", [Applicability.TRIAL, Applicability.MANUAL])
def test_what_must_be_tried_has_none_before_it_was(tmp_path, applicability):
    remedy = dataclasses.replace(REMEDY, applicability=applicability)
    assert patches(*answered(tmp_path, remedy=remedy)) == {}


@pytest.mark.parametrize(
    ("proof", "there"),
    [(TrialVerdict.VERIFIED, True), (TrialVerdict.REFUTED, False), (TrialVerdict.NO_DIFFERENCE, False)],
)
def test_what_was_tried_has_one_where_it_helped(tmp_path, proof, there):
    rate = dataclasses.replace(RATE, verdict=proof, codes=("LOS101",), remedies=("lower-learning-rate",))
    remedy = Remedy(name="lower-learning-rate", text="", applicability=Applicability.TRIAL)
    found = patches(*answered(tmp_path, rate, script=LOOP, remedy=remedy))
    assert bool(found) is there


def test_a_script_that_has_changed_since_has_none(tmp_path):
    diagnosis, record = answered(tmp_path)
    os.utime(tmp_path / "train.py", (record.manifest.began + 9,) * 2)
    assert patches(diagnosis, record) == {}
    (tmp_path / "train.py").unlink()
    assert patches(diagnosis, record) == {}


def test_files_that_are_no_text_or_not_the_users_have_none(tmp_path):
    diagnosis, record = answered(tmp_path)
    (tmp_path / "train.py").write_bytes(b"\xff\xfe\n\n\n")
    assert patches(diagnosis, record) == {}
    foreign = Place(file="lib/site-packages/net.py", line=2)
    (tmp_path / "lib/site-packages").mkdir(parents=True)
    (tmp_path / "lib/site-packages/net.py").write_text(SCRIPT)
    assert patches(*answered(tmp_path, finding={"place": foreign, "used_at": None})) == {}


def test_where_the_places_lie_in_two_files_each_is_asked(tmp_path):
    (tmp_path / "net.py").write_text("\n\n\nhead = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))\n")
    places = {"place": Place(file="train.py", line=3), "used_at": Place(file="net.py", line=4)}
    assert patches(*answered(tmp_path, finding=places))[1, REMEDY.name].startswith("--- net.py\n")


# ---- of the whole proof ------------------------------------------------------------------------------------


def test_the_patch_of_the_proof_has_every_change_of_the_sufficient_set(tmp_path):
    titles = (OUT.title, CLEAR.title, RATE.title)
    diagnosis, record = answered(tmp_path, PROVED, CLEAR, RATE, script=LOOP, sufficient=titles)
    patch = patch_of_proof(diagnosis, record)
    put = [line for line in patch.splitlines()[2:] if line.startswith("+")]
    assert put == [
        "+head = nn.Sequential(nn.Linear(64, 10))", "+opt = torch.optim.SGD(head.parameters(), lr=0.05)",
        "+opt.zero_grad()",
    ]  # fmt: skip
    subprocess.run(["patch", "-p0"], cwd=tmp_path, input=patch, text=True, check=True, capture_output=True)


@pytest.mark.parametrize("titles", [(), (OUT.title, "batch-norm"), (OUT.title, CLIP.title)])
def test_half_a_proof_is_no_patch(tmp_path, titles):
    assert patch_of_proof(*answered(tmp_path, PROVED, CLIP, script=LOOP, sufficient=titles)) is None


def test_without_experiments_there_is_no_proof(tmp_path):
    assert patch_of_proof(*answered(tmp_path)) is None


def test_the_patch_is_written_and_the_script_stays(tmp_path, capsys):
    diagnosis, record = answered(tmp_path, PROVED)
    write_patch(Answer(record, diagnosis), tmp_path / "proof.diff")
    assert (tmp_path / "proof.diff").read_text() == Answer(record, diagnosis).patch()
    assert (tmp_path / "train.py").read_text() == SCRIPT
    assert f"cd {tmp_path} && patch -p0 < {tmp_path / 'proof.diff'}" in capsys.readouterr().err
    with chdir(tmp_path):
        write_patch(Answer(record, diagnosis), Path("here.diff"))
    assert "apply it: patch -p0 < here.diff\n" in capsys.readouterr().err
    write_patch(Answer(record, diagnosis), None)
    with pytest.raises(UsageError, match="cannot be written"):
        write_patch(Answer(record, diagnosis), tmp_path / "no" / "proof.diff")
    with pytest.raises(UsageError, match="cannot be written"):
        write_patch(Answer(record, diagnosis), tmp_path / "train.py")
    assert (tmp_path / "train.py").read_text() == SCRIPT


@pytest.mark.parametrize(
    ("titles", "why"), [((), "nothing was proved"), ((OUT.title, "batch-norm"), "is not certain")]
)
def test_where_there_is_no_patch_it_is_said_why(tmp_path, capsys, titles, why):
    diagnosis, record = answered(tmp_path, PROVED, sufficient=titles)
    write_patch(Answer(record, diagnosis), tmp_path / "proof.diff")
    assert why in capsys.readouterr().err
    assert not (tmp_path / "proof.diff").exists()
