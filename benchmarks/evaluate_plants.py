"""Planted failures of trained models, and their clean twins: does `unstuck evaluate` name each, and keep quiet else?

``python benchmarks/evaluate_plants.py --seeds 5 [--only swap,leak] [--data digits,adult]``. Adult is read from
``$UNSTUCK_SHARED``. Prints a line for each plant: how often it fired, and which other
warnings there were; then what fired on the clean twins.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import unstuck

FOLDER = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
Array = np.ndarray[Any, Any]


@dataclass
class Case:
    """What a plant changes, and what must be said of it."""

    train: tuple[Array, Array]
    test: tuple[Array, Array]
    model: Any
    options: dict[str, Any]


def digits(seed: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    random = np.random.default_rng(seed)
    given = load_digits()
    order = random.permutation(len(given.data))
    x, y = given.data[order] / 16, given.target[order]
    return (x[:1100], y[:1100]), (x[1100:], y[1100:])


def adult(seed: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    import pandas as pd

    frame = pd.read_csv(FOLDER / "adult-train.csv", skipinitialspace=True)
    target = frame.columns[-1]
    frame = frame.sample(7000, random_state=seed)
    y = (frame[target].astype(str).str.contains(">50K")).to_numpy().astype(int)
    x = pd.get_dummies(frame.drop(columns=target)).to_numpy(np.float64)
    x = x[:, (x != 0).sum(axis=0) > 50]
    return (x[:4000], y[:4000]), (x[4000:], y[4000:])


DATA = {"digits": digits, "adult": adult}


def fitted(train: tuple[Array, Array], seed: int, *, long: bool = False) -> Any:
    wide = len(np.unique(train[1])) > 2
    model = MLPClassifier(
        (64,), alpha=1e-5 if long else 0.1 if wide else 3.0, max_iter=400 if long else 60, random_state=seed,
        learning_rate_init=3e-3, early_stopping=not long and not wide,
    )  # fmt: skip
    return make_pipeline(StandardScaler(), model).fit(*train)


def clean(train, test, seed):
    return Case(train, test, fitted(train, seed), {})


def swap(train, test, seed):
    """The labels of two classes are swapped in the training data."""
    a, b = np.random.default_rng(seed).choice(10, 2, replace=False)
    y = train[1].copy()
    y[train[1] == a], y[train[1] == b] = b, a
    train = train[0], y
    return Case(train, test, fitted(train, seed), {})


def weak_slice(train, test, seed):
    """A describable fifth of the training data has wrong labels: the upper half of one column."""
    random = np.random.default_rng(seed)
    if len(np.unique(train[1])) > 2:
        meta = random.integers(0, 4, len(test[1]))
        model = fitted(train, seed)
        noisy = test[0] + (meta == 2)[:, None] * random.normal(0, 0.6, test[0].shape)
        return Case(train, (noisy, test[1]), model, {"meta": meta})
    inside = train[0][:, 0] < np.quantile(train[0][:, 0], 0.2)
    y = np.where(inside & (random.random(len(train[1])) < 0.7), 1 - train[1], train[1])
    return Case((train[0], y), test, make_pipeline(StandardScaler(), MLPClassifier(
        (64,), max_iter=80, random_state=seed, learning_rate_init=3e-3)).fit(train[0], y), {})  # fmt: skip


def overconfident(train, test, seed):
    """Logits four times as large."""
    model = fitted(train, seed)

    def predict(x):
        logits = 4 * np.log(np.maximum(model.predict_proba(x), 1e-12))
        made = np.exp(logits - logits.max(axis=1, keepdims=True))
        return made / made.sum(axis=1, keepdims=True)

    return Case(train, test, predict, {})


def forgotten(train, test, seed):
    """Dropout of a tenth of the inputs at test time."""
    model, random = fitted(train, seed), np.random.default_rng(seed)
    return Case(train, test, lambda x: model.predict_proba(x * (random.random(x.shape) > 0.1) / 0.9), {})


def by_batch(train, test, seed):
    """Inputs are centred by their batch."""
    model, mean = fitted(train, seed), train[0].mean(axis=0)
    return Case(train, test, lambda x: model.predict_proba(x - x.mean(axis=0) + mean), {})


def blind(train, test, seed):
    """One class against all others, 2 of 100, and nothing is learned; accuracy is asked for."""
    random = np.random.default_rng(seed)

    def rare(split):
        x, y = split[0], (split[1] == 1).astype(int)
        keep = (y == 0) | (random.random(len(y)) < 0.06)
        return x[keep], y[keep]

    train, test = rare(train), rare(test)
    model = LogisticRegression(C=1e-6).fit(*train)
    return Case(train, test, model, {"metric": "accuracy"})


def worse(train, test, seed):
    """A few training examples and a wide network without a scaler."""
    model = fitted((train[0][:60], train[1][:60]), seed, long=True)
    return Case(train, test, model, {})


def leak(train, test, seed):
    """A twentieth of the test examples stand in the training data with a little noise."""
    random = np.random.default_rng(seed)
    at = random.choice(len(test[1]), len(test[1]) // 20, replace=False)
    near = test[0][at] * (1 + random.normal(0, 1e-4, test[0][at].shape))
    x = np.concatenate([train[0], near])
    train = x, np.concatenate([train[1], test[1][at]])
    return Case(train, test, fitted(train, seed), {})


PLANTS = {
    "swap": (swap, "GEN102"), "weak_slice": (weak_slice, "GEN103"), "overconfident": (overconfident, "GEN107"),
    "forgotten": (forgotten, "GEN111"), "by_batch": (by_batch, "GEN111"), "blind": (blind, "GEN109"),
    "worse": (worse, "GEN101"), "leak": (leak, "SPL101"), "clean": (clean, ""),
}  # fmt: skip
ONLY_MANY = {"swap"}
"""plants that need more than two classes"""


def run(case: Case, folder: Path) -> list[Any]:
    options = dict(case.options)
    if "meta" in options:
        path = folder / "meta.csv"
        path.write_text("site\n" + "".join(f"site {value}\n" for value in options["meta"]))
        options["meta"] = path
    found = unstuck.evaluate(case.model, case.test, train=case.train, seconds=20, dir=folder, **options)
    return [ranked.finding for ranked in found.diagnose().findings]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default=",".join(PLANTS))
    parser.add_argument("--data", default=",".join(DATA))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for data in given.data.split(","):
        for name in given.only.split(","):
            plant, code = PLANTS[name]
            if data == "adult" and name in ONLY_MANY:
                continue
            began, hits, others = time.process_time(), 0, Counter()
            for seed in range(given.first, given.first + given.seeds):
                with tempfile.TemporaryDirectory() as folder:
                    findings = run(plant(*DATA[data](seed), seed), Path(folder))
                hits += any(one.code == code for one in findings)
                others.update(f"{one.code} {one.severity}" for one in findings if one.code != code)
            spent = (time.process_time() - began) / given.seeds
            said = f"{hits} of {given.seeds}" if code else "clean"
            also = ", ".join(f"{what} × {number}" for what, number in sorted(others.items())) or "nothing else"
            print(f"{data} {name}: {code} {said}; {also} ({spent:.1f} CPU s each)", flush=True)


if __name__ == "__main__":
    main()
