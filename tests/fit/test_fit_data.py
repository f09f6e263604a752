"""How data is divided, what is refused at once, and which folder is gone on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from unstuck.audit.settings import AuditSettings
from unstuck.core.errors import UsageError
from unstuck.fit.choose import choose
from unstuck.fit.data import Data, read_data, target_of
from unstuck.fit.goal import default_goal, parse_goal
from unstuck.fit.journal import Journal
from unstuck.fit.narrator import Narrator
from unstuck.fit.plan import make_plan
from unstuck.fit.predict import read_new
from unstuck.fit.preparation import prepare
from unstuck.fit.request import open_folder
from unstuck.fit.rungs.success import impossible
from unstuck.fit.settings import FitSettings
from unstuck.fit.work import Candidate, Work


def write(path: Path, header: str, rows: list[str]) -> str:
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def read(source: str, **settings) -> Data:
    reading = AuditSettings(**{"target": ("y",), "look": 0, **settings})
    return read_data({"train": source}, reading, None, lambda *_: None)


def numbers(n: int = 100) -> np.ndarray:
    return np.random.default_rng(0).normal(size=n)


def test_a_random_fifth_is_set_aside_in_the_proportions_of_the_classes(tmp_path):
    rows = [f"{x},{'yes' if at % 4 == 0 else 'no'}" for at, x in enumerate(numbers(200))]
    data = read(write(tmp_path / "t.csv", "x,y", rows))
    assert (len(data.train), len(data.test)) == (160, 40)
    assert np.bincount(target_of(data.test)).tolist() == [30, 10]
    assert not set(data.train.rows) & set(data.test.rows)
    assert data.classes[data.positive] == "yes"  # the rarer


def test_no_group_is_on_both_sides_and_later_rows_are_the_test_set(tmp_path):
    rows = [f"{x},{at % 2},p{at // 5},{2000 + at}" for at, x in enumerate(numbers())]
    source = write(tmp_path / "t.csv", "x,y,patient,year", rows)
    data = read(source, group="patient")
    assert not set(data.train.groups) & set(data.test.groups)
    data = read(source, time="year")
    assert data.train.times.max() < data.test.times.min()


def test_examples_without_a_label_are_left_out(tmp_path):
    rows = [f"{x},{'' if at % 10 == 0 else at % 3}" for at, x in enumerate(numbers())]
    data = read(write(tmp_path / "t.csv", "x,y", rows))
    assert data.dropped == 10
    assert len(data.train) + len(data.test) == 90


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (["a"] * 100, "All labels of .* are a"),
        (["a"] * 97 + ["b"] * 3, r"Too few examples of b \(3\)"),
        (["a", "b"] * 15, "at least 40 examples"),
        (["1.5"] * 100, "there is nothing to predict"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_at_once(tmp_path, labels, why):
    rows = [f"{x},{label}" for x, label in zip(numbers(len(labels)), labels, strict=True)]
    with pytest.raises(UsageError, match=why):
        read(write(tmp_path / "t.csv", "x,y", rows))


def test_a_missing_target_is_named(tmp_path):
    rows = [f"{x},0" for x in numbers()]
    with pytest.raises(UsageError, match="no column 'z'"):
        read(write(tmp_path / "t.csv", "x,y", rows), target=("z",))
    with pytest.raises(UsageError, match="A fit needs a target"):
        read(write(tmp_path / "t.csv", "x,w", rows), target=())


def test_classes_that_only_the_test_data_has_are_refused(tmp_path):
    train = write(tmp_path / "t.csv", "x,y", [f"{x},{'ab'[at % 2]}" for at, x in enumerate(numbers())])
    test = write(tmp_path / "e.csv", "x,y", ["1,a.", "2,b"])
    reading = AuditSettings(target=("y",), look=0)
    with pytest.raises(UsageError, match=r"labels that the training data lacks: 'a\.'"):
        read_data({"train": train, "test": test}, reading, None, lambda *_: None)


def work_of(data: Data, tmp_path: Path, goal) -> Work:
    settings = FitSettings(out=tmp_path / "out")
    plan = make_plan(request="", seed=0, budget=100, left=90, step_seconds=1e-3, folds=5, rows=200, batch_size=32,
                     versions={})  # fmt: skip
    return Work(
        settings=settings, reading=AuditSettings(), goal=goal, data=data, folder=tmp_path, journal=Journal(tmp_path),
        preparation=prepare(data.train, (), data.classes, data.positive), plan=plan,
        narrator=Narrator(lambda _: None, lambda *_: None),
    )  # fmt: skip


def test_a_goal_beyond_contradicting_labels_is_refused(tmp_path):
    rows = [f"{at % 10},{int(at % 100 < 30)}" for at in range(400)]  # 30 % of each input have the other label
    data = read(write(tmp_path / "t.csv", "x,y", rows))
    work = work_of(data, tmp_path, parse_goal("accuracy>=0.9"))
    assert "even the best model is right on 70 %" in impossible(work)
    assert not impossible(replace_goal(work, parse_goal("accuracy>=0.7")))
    assert not impossible(replace_goal(work, default_goal("accuracy")))


def replace_goal(work: Work, goal) -> Work:
    work.goal = goal
    return work


def test_the_simplest_of_equals_is_delivered_and_a_clearly_better_one_before_it(tmp_path):
    rows = [f"{x},{int(x > 0)}" for x in numbers(300)]
    data = read(write(tmp_path / "t.csv", "x,y", rows))
    work = work_of(data, tmp_path, default_goal("auroc"))
    at = np.concatenate([test for _, test in work.folds(5).pairs])
    truth = work.y[at]

    def candidate(name: str, kind: str, noise: float, seed: int = 0) -> Candidate:
        score = 1 / (1 + np.exp(-(truth - 0.5 + noise * np.random.default_rng(seed).normal(size=len(truth)))))
        return Candidate(name=name, title=name, kind=kind, given=work.given(np.stack([1 - score, score], 1), at))

    work.candidates = {"constant": Candidate(
        name="constant", title="constant", kind="shallow", given=work.given(np.full((len(truth), 2), 0.5), at))}
    work.candidates["svm"] = candidate("svm", "shallow", 0.5)
    work.candidates["network"] = candidate("network", "network", 0.499)
    chosen, why = choose(work)
    assert chosen.name == "svm"
    assert "simpler" in why
    work.candidates["network"] = candidate("network", "network", 0.05)
    assert choose(work)[0].name == "network"


def test_a_folder_of_another_request_or_of_something_else_is_left_alone(tmp_path):
    rows = [f"{x},{at % 2}" for at, x in enumerate(numbers())]
    data = read(write(tmp_path / "t.csv", "x,y", rows))
    settings = FitSettings(out=tmp_path / "out")
    assert not open_folder(settings, data, "f1").resumed
    assert open_folder(settings, data, "f1").resumed
    with pytest.raises(UsageError, match="different: seed"):
        open_folder(replace(settings, seed=1), data, "f1")
    (tmp_path / "out" / "result.json").write_text("{}")
    (tmp_path / "out" / "mine.txt").write_text("kept")
    with pytest.raises(UsageError, match="holds the finished fit of this very request"):
        open_folder(settings, data, "f1")
    assert not open_folder(replace(settings, new=True), data, "f1").resumed
    assert (tmp_path / "out" / "mine.txt").read_text() == "kept"
    with pytest.raises(UsageError, match="is not empty, and holds no fit"):
        open_folder(replace(settings, out=tmp_path), data, "f1")


@pytest.mark.parametrize("header", ["a,b,y,c", ""], ids=["header", "no header"])
def test_new_rows_are_read_with_and_without_the_target(tmp_path, header):
    rows = [f"{x},{'rg'[at % 2]},{at % 2},{x * 2}" for at, x in enumerate(numbers())]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([*([header] if header else []), *rows]) + "\n")
    data = read(str(path), target=("y" if header else "3",))
    preparation = prepare(data.train, data.columns, data.classes, data.positive)
    whole = read_new(str(path), preparation)
    cut = [",".join(row.split(",")[:2] + row.split(",")[3:]) for row in rows]
    path.write_text("\n".join([*(["a,b,c"] if header else []), *cut]) + "\n")
    without = read_new(str(path), preparation)
    assert (preparation.inputs(whole) == preparation.inputs(without)).all()
    assert len(whole) == 100
    path.write_text("1\n2\n3\n")
    with pytest.raises(UsageError):
        read_new(str(path), preparation)
