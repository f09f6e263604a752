"""`unstuck fit` beside scikit-learn's models and a fixed two-layer MLP, on the same test sets.

Run: `python benchmarks/fit.py DATA_FOLDER --only sonar,housing --seeds 2 --budget 90s`. The folder holds the tables of
`DATA`. The test set of each seed is the one that the fit sets aside; the rivals are fitted on the same training rows
with the preparation of the fit, and are not chosen by the test set: "best" is the best in cross-validation.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from unstuck.audit.settings import AuditSettings
from unstuck.fit.data import target_of
from unstuck.fit.ladder import climb
from unstuck.fit.rungs.shallow import best_shallow
from unstuck.fit.score import Given, point_of, worth
from unstuck.fit.settings import FitSettings, seconds_of

DATA = {
    "sonar": ("sonar.csv", "-1", "accuracy>=0.999"),
    "mammography": ("mammography.csv", "-1", "average_precision>=0.999"),
    "oil-spill": ("oil-spill.csv", "-1", "average_precision>=0.999"),
    "adult": ("adult-train.csv", "-1", "accuracy>=0.999"), "abalone": ("abalone.csv", "-1", "rmse<=0.01"),
    "housing": ("housing.csv", "-1", "rmse<=0.01"), "ionosphere": ("ionosphere.csv", "-1", "accuracy>=0.999"),
    "pima": ("pima-indians-diabetes.csv", "-1", "accuracy>=0.999"),
    "earthquakes": ("earthquakes/TRAIN.tsv", "1", "auroc>=0.999"),
    "review_polarity": ("review_polarity.tar.gz", None, "accuracy>=0.999"),
    "mnist": ("mnist.npz", None, "accuracy>=0.9999"), "cifar10": ("cifar10.zip", None, "accuracy>=0.999"),
}  # fmt: skip
"""file, target, a goal that nothing meets, so that the whole ladder is climbed"""
MLP = {"hidden_layer_sizes": (64, 64), "max_iter": 300, "early_stopping": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default=",".join(DATA))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--budget", default="90s")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = []
    print("| data | seed | metric | delivered | fit | best of scikit-learn | test | MLP | network (best), CV | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in given.only.split(","):
        for seed in range(given.seeds):
            row = one(given.data, name, seed, seconds_of(given.budget))
            rows.append(row)
            print("| " + " | ".join(map(str, row.values())) + " |", flush=True)
    if given.json is not None:
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def one(folder: Path, name: str, seed: int, budget: float) -> dict[str, object]:
    file, target, goal = DATA[name]
    out = Path(tempfile.mkdtemp(prefix="fit-")) / "out"
    began = time.process_time()
    settings = FitSettings(goal=goal, budget=budget, seed=seed, out=out, stop_early=False)
    reading = AuditSettings(target=() if target is None else (target,), look=0, seed=seed)
    splits = {"train": str(folder / file)}
    if name == "earthquakes":
        splits["test"] = str(folder / "earthquakes/TEST.tsv")
    work = climb(splits, reading, settings, lambda _: None, lambda *_: None)
    spent = time.process_time() - began
    best = best_shallow(work)
    from unstuck.fit.assemble import assemble

    truth = target_of(work.data.test)
    rival = assemble(work, best).given(work.data.test, truth)
    network = work.candidates.get("network")
    found = {
        "data": name, "seed": seed, "metric": work.goal.first.metric, "delivers": work.facts["delivered"],
        "fit": round(work.facts["test_value"], 4), "best": best.title,
        "best test": round(worth(work.goal, rival, point_of(work.goal, best.given)).value, 4), "mlp": mlp(work, truth),
        "network": "" if network is None else f"{work.worth(network).value:.4f} ({work.worth(best).value:.4f})",
        "cpu": round(spent),
    }  # fmt: skip
    shutil.rmtree(out.parent)
    return found


def mlp(work: object, truth: np.ndarray) -> float:
    """A fixed network of scikit-learn on the same preparation."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    preparation, data = work.preparation, work.data
    x, new = preparation.shallow(data.train), preparation.shallow(data.test)
    kind = MLPRegressor if work.is_regression else MLPClassifier
    y = preparation.scaled(work.y).reshape(len(x), -1) if work.is_regression else work.y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make_pipeline(StandardScaler(), kind(random_state=0, **MLP)).fit(x, y.ravel() if y.ndim > 1 else y)
    if work.is_regression:
        scores = preparation.unscaled(model.predict(new).reshape(len(new), -1))
    else:
        scores = model.predict_proba(new)
    given = Given(task=data.task, classes=data.classes, truth=truth, scores=scores, positive=data.positive)
    return round(worth(work.goal, given).value, 4)


if __name__ == "__main__":
    main()
