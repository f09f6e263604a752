"""Which labels are wrong: an ordinary run, watched, beside cleanlab with cross-validation of the same network.

    python benchmarks/run_label_noise.py [--shared FOLDER] [--seeds 5] [--data digits …] [--shares 0 .05 .1 .2]

So many labels are replaced by another one at random. Then `programs/noisy_labels.py` trains on the file for 15 epochs,
watched; what the run's DAT103 reports is compared with the truth: precision and recall of the rows, and the estimated
share divided by the true one. cleanlab gets out-of-fold probabilities of the very same network (5 folds: five trainings
more). Of clean labels (share 0): the share that is flagged, and whether there is an alarm at all. Means over seeds.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from unstuck.testing.warm import Warm

Array = np.ndarray[Any, Any]
PROGRAM = Path(__file__).parent / "programs" / "noisy_labels.py"
FOLDS = 5


class Parts(NamedTuple):
    """Training and test data."""

    x: Array
    y: Array
    x_test: Array
    y_test: Array


class Said(NamedTuple):
    """Of one method on one file."""

    rows: Array
    share: float


def load(name: str, shared: Path, seed: int) -> Parts:
    """A data set, shuffled, scaled, cut in two."""
    if name == "digits":
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
    elif name == "mnist":
        with np.load(shared / "mnist.npz") as data:
            x, y = data["x_train"].reshape(len(data["x_train"]), -1), data["y_train"]
    else:
        opened = gzip.open if (shared / f"{name}.csv.gz").exists() else open
        path = shared / (f"{name}.csv.gz" if opened is gzip.open else f"{name}.csv")
        with opened(path, "rt") as file:  # type: ignore[operator]
            table = np.loadtxt(file, delimiter=",")
        x, y = table[:, :-1], table[:, -1]
    order = np.random.default_rng(seed).permutation(len(x))[:5400]
    x, y = x[order].astype(np.float32), np.unique(y[order], return_inverse=True)[1].astype(np.int64)
    cut = int(0.8 * len(x))
    middle, spread = x[:cut].mean(0), x[:cut].std(0)
    x = (x - middle) / np.where(spread > 1e-6, spread, 1) if name == "phoneme" else x / x.max()
    return Parts(x[:cut], y[:cut], x[cut:], y[cut:])


def planted(parts: Parts, share: float, seed: int) -> tuple[Parts, Array]:
    """So many training labels wrong, and which."""
    chance = np.random.default_rng([seed, 1])
    wrong = np.sort(chance.choice(len(parts.y), round(share * len(parts.y)), replace=False))
    classes = int(parts.y.max()) + 1
    y = parts.y.copy()
    y[wrong] = (y[wrong] + chance.integers(1, classes, len(wrong))) % classes
    return parts._replace(y=y), wrong


def ours(warm: Warm, parts: Parts, folder: Path) -> Said:
    """What an ordinary run reports."""
    folder.mkdir()
    path = folder / "data.npz"
    np.savez(path, **parts._asdict())
    ran = warm.run(PROGRAM, folder / "record", arguments=[str(path)], examine=True)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    found = [one.finding for one in ran.diagnose().findings if one.finding.code == "DAT103"]
    rows = [list(one.examples.indices) for one in found if one.examples is not None]
    shares = [item.value for one in found for item in one.evidence if item.key == "noise_share"]
    return Said(np.array(sorted({row for some in rows for row in some}), int), max(map(float, shares), default=0.0))


def cleanlabs(parts: Parts, seed: int) -> Said:
    """`find_label_issues` with out-of-fold probabilities of the same network."""
    import torch
    from cleanlab.filter import find_label_issues
    from sklearn.model_selection import StratifiedKFold
    from torch import nn

    classes = int(parts.y.max()) + 1
    probabilities = np.zeros((len(parts.y), classes))
    for fit, left in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(parts.x, parts.y):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(parts.x.shape[1], 128), nn.ReLU(), nn.Linear(128, classes))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        x, y = torch.from_numpy(parts.x[fit]), torch.from_numpy(parts.y[fit])
        for _ in range(15):
            order = torch.randperm(len(x))
            for start in range(0, len(x), 64):
                rows = order[start : start + 64]
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
                optimizer.step()
        with torch.no_grad():
            probabilities[left] = torch.softmax(model(torch.from_numpy(parts.x[left])), 1).double().numpy()
    probabilities /= probabilities.sum(1, keepdims=True)
    rows = np.flatnonzero(find_label_issues(parts.y, probabilities, n_jobs=1))
    return Said(rows, len(rows) / len(parts.y))


def figures(said: Said, wrong: Array, share: float) -> tuple[float, float, float]:
    """Precision, recall, and estimated share divided by the true one; of clean labels the share that is flagged."""
    if not len(wrong):
        return float("nan"), float("nan"), said.share
    hits = len(np.intersect1d(said.rows, wrong))
    return (hits / len(said.rows) if len(said.rows) else float("nan")), hits / len(wrong), said.share / share


def _mean(values: list[float]) -> float:
    known = [value for value in values if value == value]
    return sum(known) / len(known) if known else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", nargs="*", default=["digits", "mnist", "phoneme"])
    parser.add_argument("--shares", nargs="*", type=float, default=[0.0, 0.05, 0.1, 0.2])
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    print(f"{'data':9} {'wrong':>6}  {'method':9} {'reported':>8} {'precision':>9} {'recall':>7} {'share / true':>12}")
    with tempfile.TemporaryDirectory() as folder, Warm() as warm:
        for name in options.data:
            for share in options.shares:
                table: dict[str, list[tuple[float, float, float]]] = {"unstuck": [], "cleanlab": []}
                for seed in range(options.seeds):
                    parts, wrong = planted(load(name, options.shared, seed), share, seed)
                    said = ours(warm, parts, Path(folder) / f"{name}-{share}-{seed}")
                    table["unstuck"].append(figures(said, wrong, share))
                    table["cleanlab"].append(figures(cleanlabs(parts, seed), wrong, share))
                for method, found in table.items():
                    reported = sum(one[2] > 0 for one in found)
                    counted = [one for one in found if one[2] > 0] if share else found
                    values = [_mean([one[at] for one in counted]) for at in range(3)]
                    words = " ".join(f"{value:{width}.2f}" for value, width in zip(values, (9, 7, 12), strict=True))
                    print(f"{name:9} {share:6.0%}  {method:9} {reported:4} of {len(found)} {words}", flush=True)


if __name__ == "__main__":
    main()
