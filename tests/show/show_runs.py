"""A sick run and a healthy one, as records with a diagnosis written by hand."""

from __future__ import annotations

import time

from unstuck.core.diagnosis import Diagnosis, Ended, Ranked, TrainingSummary, Verdict
from unstuck.core.finding import (
    Applicability,
    Confidence,
    Evidence,
    Examples,
    Finding,
    Place,
    Remedy,
    Severity,
)
from unstuck.core.outcome import Broke, Fired, Passed, Skipped
from unstuck.testing import synthetic

SCRIPT = """\
from torch import nn
head = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))
loss = F.cross_entropy(head(x), y)  # the end
"""

SOFTMAX = Finding(
    code="LOS101", name="softmax-before-cross-entropy", severity=Severity.ERROR,
    confidence=Confidence.MEASURED, message="cross_entropy was given rows that sum to 1 in 100 % of 64 rows",
    place=Place(layer="1", file="train.py", line=2), used_at=Place(file="train.py", line=3), first_step=0,
    evidence=(
        Evidence(label="rows that sum to 1", value=1.0, threshold=0.99, unit="fraction"),
        Evidence(label="largest input", value=float("inf")),
    ),
    remedies=(
        Remedy(
            name="raw-scores", text="take the softmax out", applicability=Applicability.SAFE,
            code="head = nn.Linear(64, 10)",
        ),
    ),
)  # fmt: skip
FLAT = Finding(
    code="CRV101", name="flat-training-loss", severity=Severity.WARNING, confidence=Confidence.MEASURED,
    message="the training loss fell by 0.01 in 100 steps",
)
LABELS = Finding(
    code="DAT114", name="wrong-labels", severity=Severity.INFO, confidence=Confidence.SUSPECTED,
    message="112 of 1400 examples keep a high loss", first_step=40,
    examples=Examples(of="train", count=112, share=0.08, indices=tuple(range(3, 1123, 10))),
)  # fmt: skip


def sick_record(path, **changes):
    (path / "train.py").write_text(SCRIPT)
    decay = [float(0.5**n) for n in range(10)]
    plan = {
        "loss": [2.31 - 0.0001 * n for n in range(100)],
        "evals": [2.31, 2.31, 2.30],
        "epochs": 4,
        "layers": {
            "0.weight": {
                "weight": {"norm": [2.0] * 10},
                "gradient": {"norm": decay},
                "update": {"norm": [0.002 * value for value in decay]},
            },
            "1": {"activation": {"dead": [float(n) for n in range(10)], "units": 10}},
        },
        "model": {"modules": [{"name": "1", "class": "Softmax", "file": "train.py", "line": 2}]},
        "manifest": {
            "began": time.time() + 60,
            "cwd": str(path),
            "environment": {"python": "3.12", "torch": "2.13"},
            "argv": ["train.py", "--lr", "0.1"],
        },
    }
    return synthetic.record(path, **{**plan, **changes})


def sick_diagnosis(record, **changes):
    return Diagnosis(**{
        "run": record.name, "verdict": Verdict.STUCK, "ended": Ended.FINISHED,
        "answer": "the loss stays at 2.30, because cross_entropy is given the output of a softmax.",
        "findings": (
            Ranked(rank=1, finding=SOFTMAX),
            Ranked(rank=3, finding=FLAT, explained_by="LOS101"),
            Ranked(rank=2, finding=LABELS),
        ),
        "outcomes": (
            Fired("LOS101", (SOFTMAX,)), Fired("CRV101", (FLAT,)), Fired("DAT114", (LABELS,)),
            Passed("OPT101"), Passed("ARC101"), Skipped("SPL103", ("a held-out loss",)),
            Broke("NUM101", "ZeroDivisionError: division by zero"),
        ),
        "trainings": (
            TrainingSummary(
                training=0, verdict=Verdict.STUCK, steps=100, first_loss=2.31, last_loss=2.3,
                best_loss=2.3, baseline_loss=2.3026, baseline_answer="always predicting the class frequencies",
            ),
        ),
        "not_seen": ("layers inside torch.compile were not seen",),
        "overhead": {"share": 0.018, "windows": 12.0, "windows_seconds": 0.42, "seconds": 23.3},
        **changes,
    })  # fmt: skip


def healthy_diagnosis(record):
    return Diagnosis(
        run=record.name, verdict=Verdict.LEARNED, ended=Ended.FINISHED,
        answer="the loss fell from 2.31 to 0.03 and is level; nothing stands in the way.",
        outcomes=tuple(Passed(f"ARC{n}") for n in range(101, 132)),
        trainings=(
            TrainingSummary(
                training=0, verdict=Verdict.LEARNED, steps=100, first_loss=2.31, last_loss=0.03,
                best_loss=0.02, baseline_loss=2.3026, baseline_answer="the class frequencies",
            ),
        ),
        overhead={"share": 0.018},
    )  # fmt: skip
