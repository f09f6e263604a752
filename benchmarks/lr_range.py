"""How good the learning rate of `unstuck preflight` is, against five rules that read one on the same range test.

For each combination of model, data and optimiser, and each seed: a grid of 13 rates is trained for some steps, and the
held-out loss at each is what a rate is worth. Then one range test is made; every rule reads its rate off the same
curve, and ours confirms candidates by short trainings on the first batches. Each chosen rate is trained as the grid is.

A combination counts as solved where (loss - best) <= 10 % of (baseline - best). Regret is that share, at most 1.
What was trained is kept in the JSON file, so that a run that was cut off goes on, and another rule of choice trains
only what it chooses (``--again``).

    python benchmarks/lr_range.py --shared DATA --seeds 2 --only mlp-digits-adam --json lr.json
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from unstuck.preflight import allowance
from unstuck.preflight.batch import PairBatch
from unstuck.preflight.context import Context
from unstuck.preflight.probes import rates as rates_probe
from unstuck.preflight.range_test import RangeTest, range_test
from unstuck.preflight.state import seed_all

GRID = tuple(float(rate) for rate in np.logspace(-5, 1, 13))
STEPS = 300
"""of every training that is compared"""
IMAGES = 2400
"""of a data set; so many of cifar10 are in the shared folder's first pictures of each class"""
WORDS = 32
"""of a review"""
KEPT_BATCHES = 32
"""that the probe sees, as in a preflight"""
SOLVED = 0.1
SECONDS = 6.0
"""of the probe, as in a preflight of 15 s"""
RULES = ("unstuck", "valley", "steepest", "lightning", "minimum / 10", "largest / 10")


@dataclass(frozen=True)
class Combination:
    """A model on data with an optimiser."""

    name: str
    data: str
    model: Callable[[tuple[int, ...], int], nn.Module]
    optimizer: Callable[..., torch.optim.Optimizer]
    batch: int = 32


# ---- data ------------------------------------------------------------------------------------------------


def data_of(name: str, shared: Path) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Inputs, targets, and the number of classes (0: a regression)."""
    rng = np.random.default_rng(0)
    if name == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        return torch.tensor(found.images / 8 - 1, dtype=torch.float32)[:, None], torch.tensor(found.target), 10
    if name in ("mnist", "cifar10"):
        return _images(name, shared, rng)
    if name == "sonar":
        rows = _rows(shared, "sonar*.csv")
        x = np.array([row[:-1] for row in rows if _number(row[0])], dtype=np.float32)
        y = np.array([row[-1] for row in rows if _number(row[0])])
        return torch.tensor(_standard(x)), torch.tensor((y == y[0]).astype(np.int64)), 2
    if name == "abalone":
        rows = [row for row in _rows(shared, "abalone*.csv") if _number(row[1])]
        sex = np.array([[row[0] == kind for kind in "MFI"] for row in rows], dtype=np.float32)
        rest = np.array([row[1:] for row in rows], dtype=np.float32)
        x, y = np.concatenate([sex, rest[:, :-1]], 1), rest[:, -1:]
        return torch.tensor(_standard(x)), torch.tensor((y - y.mean()) / y.std()), 0
    return _reviews(shared)


def _find(shared: Path, pattern: str) -> Path:
    return sorted(shared.rglob(pattern))[0]


def _rows(shared: Path, pattern: str) -> list[list[str]]:
    return list(csv.reader(_find(shared, pattern).read_text(encoding="utf-8").splitlines()))


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _standard(x: np.ndarray) -> np.ndarray:
    return ((x - x.mean(0)) / (x.std(0) + 1e-6)).astype(np.float32)


def _images(name: str, shared: Path, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor, int]:
    if name == "cifar10":
        os.environ["UNSTUCK_SHARED"] = str(shared)
        from plants.data import cifar10

        held = cifar10()
        x, y = held.x, held.y
    else:
        with np.load(shared / "mnist.npz") as file:
            x, y = file["x_train"], file["y_train"]
    chosen = rng.permutation(len(x))[:IMAGES]
    images = torch.tensor(x[chosen], dtype=torch.float32) / 127.5 - 1
    if images.dim() == 3:
        images = images[:, None]
    elif images.shape[-1] == 3:
        images = images.permute(0, 3, 1, 2).contiguous()
    return images, torch.tensor(y[chosen].astype(np.int64)), 10


def _reviews(shared: Path) -> tuple[torch.Tensor, torch.Tensor, int]:
    """review_polarity: the first 32 of the 2,000 most frequent words in each review."""
    import tarfile

    with tarfile.open(_find(shared, "review_polarity*.tar.gz")) as archive:
        texts = [
            (archive.extractfile(member).read().decode("latin-1").split(), "/pos/" in member.name)
            for member in archive.getmembers() if member.name.endswith(".txt") and "/txt_sentoken/" in f"/{member.name}"
        ]  # fmt: skip
    counted: dict[str, int] = {}
    for words, _ in texts:
        for word in words:
            counted[word] = counted.get(word, 0) + 1
    known = {word: at + 1 for at, word in enumerate(sorted(counted, key=lambda one: -counted[one])[:1999])}
    x = torch.zeros(len(texts), WORDS, dtype=torch.long)
    for at, (words, _) in enumerate(texts):
        ids = [known[word] for word in words if word in known][:WORDS]
        x[at, : len(ids)] = torch.tensor(ids)
    return x, torch.tensor([int(positive) for _, positive in texts]), 2


# ---- models ----------------------------------------------------------------------------------------------


def mlp(shape: tuple[int, ...], classes: int) -> nn.Module:
    width = math.prod(shape)
    return nn.Sequential(nn.Flatten(), nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(),
                         nn.Linear(64, max(1, classes)))  # fmt: skip


def cnn(shape: tuple[int, ...], classes: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(shape[0], 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(64, classes),
    )  # fmt: skip


class Rows(nn.Module):
    """A sequence model: an LSTM or a transformer over the rows of an image or the words of a text."""

    def __init__(self, shape: tuple[int, ...], classes: int, kind: str) -> None:
        super().__init__()
        self.kind, width = kind, 32
        self.embed = nn.Embedding(2000, width) if len(shape) == 1 else nn.Linear(shape[-1] * shape[0], width)
        if kind == "lstm":
            self.body: nn.Module = nn.LSTM(width, width, batch_first=True)
        else:
            self.place = nn.Parameter(0.02 * torch.randn(1, 64, width))
            layer = nn.TransformerEncoderLayer(width, 4, 64, dropout=0.0, batch_first=True)
            self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.dim() == 4:
            x = x.permute(0, 2, 1, 3).flatten(2)
        h = self.embed(x)
        h = self.body(h)[0] if self.kind == "lstm" else self.body(h + self.place[:, : h.shape[1]])
        return self.head(h.mean(1))


def lstm(shape: tuple[int, ...], classes: int) -> nn.Module:
    return Rows(shape, classes, "lstm")


def transformer(shape: tuple[int, ...], classes: int) -> nn.Module:
    return Rows(shape, classes, "transformer")


def sgd(parameters: object, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=lr)


def momentum(parameters: object, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=lr, momentum=0.9)


def adam(parameters: object, lr: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=lr)


COMBINATIONS = tuple(
    Combination(f"{model.__name__}-{data}-{optimizer.__name__}", data, model, optimizer)
    for model, data, optimizer in (
        (mlp, "digits", sgd), (mlp, "digits", adam), (cnn, "digits", momentum), (lstm, "digits", adam),
        (mlp, "sonar", adam), (mlp, "sonar", momentum), (mlp, "abalone", sgd), (mlp, "abalone", adam),
        (cnn, "mnist", adam), (cnn, "cifar10", momentum), (transformer, "digits", adam), (transformer, "digits", sgd),
        (lstm, "review_polarity", adam), (transformer, "review_polarity", momentum), (mlp, "mnist", sgd),
    )
)  # fmt: skip


# ---- rules that read a rate off a range test -------------------------------------------------------------


def averaged(losses: Sequence[float], kept: float) -> list[float]:
    """A running mean that is divided by the weights it has seen, as fastai and Lightning smooth (both keep 0.98)."""
    mean, found = 0.0, []
    for at, loss in enumerate(losses, 1):
        mean = kept * mean + (1 - kept) * loss
        found.append(mean / (1 - kept**at))
    return found


def valley(test: RangeTest) -> float:
    """fastai's `valley` on what its `lr_find` leaves: without a tenth of the steps at the start and 5 at the end.

    The longest falling subsequence ends at the first position where it is longest and is said to begin its length
    before; the rate lies a third and half of a third behind that.
    """
    first = len(test.losses) // 10
    losses, rates = averaged(test.losses, 0.98)[first:-5], test.rates[first:-5]
    longest = [1] * len(losses)
    for i in range(1, len(losses)):
        longest[i] = 1 + max((longest[j] for j in range(i) if losses[i] < losses[j]), default=0)
    end = int(np.argmax(longest))
    start = end - longest[end]
    third = (end - start) / 3
    return rates[start + int(third) + int(third / 2)]


def steepest(test: RangeTest) -> float:
    """torch-lr-finder: its smoothing keeps 0.95; the smallest gradient of a step, without the first 10, the last 5."""
    smooth: list[float] = []
    for loss in test.losses:
        smooth.append(loss if not smooth else 0.05 * loss + 0.95 * smooth[-1])
    return test.rates[10 + int(np.argmin(np.gradient(np.array(smooth)[10:-5])))]


def lightning(test: RangeTest) -> float:
    """Lightning's `suggestion`: the smallest slope against the rate itself, without the first 10 and the last one."""
    losses, rates = np.array(averaged(test.losses, 0.98))[10:-1], np.array(test.rates)[10:-1]
    finite = np.isfinite(losses)
    return float(rates[finite][int(np.argmin(np.gradient(losses[finite], rates[finite])))])


def a_tenth_of_the_minimum(test: RangeTest) -> float:
    return (test.lowest or test.rates[-1]) / 10


def a_tenth_of_the_largest(test: RangeTest) -> float:
    return (test.largest or test.rates[-1]) / 10


# ---- the comparison --------------------------------------------------------------------------------------


@dataclass
class Task:
    """One combination with one seed."""

    combination: Combination
    seed: int
    shared: Path

    def __post_init__(self) -> None:
        x, y, self.classes = data_of(self.combination.data, self.shared)
        order = torch.tensor(np.random.default_rng(self.seed).permutation(len(x)))
        cut = int(0.8 * len(x))
        self.train, self.test = (x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])
        self.loss = nn.MSELoss() if self.classes == 0 else nn.CrossEntropyLoss()

    @property
    def baseline(self) -> float:
        """The held-out loss of the best constant prediction of the training data."""
        y, held = self.train[1], self.test[1]
        if self.classes == 0:
            return float((held - y.mean(0)).square().mean())
        share = torch.bincount(y, minlength=self.classes).double().clamp_min(0.5) / len(y)
        return float(-(share / share.sum()).log()[held].mean())

    def made(self, rate: float) -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(self.seed)
        network = self.combination.model(tuple(self.train[0].shape[1:]), self.classes)
        return network, self.combination.optimizer(network.parameters(), lr=rate)

    def batches(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        generator = torch.Generator().manual_seed(self.seed)
        x, y = self.train
        while True:
            order = torch.randperm(len(x), generator=generator)
            for part in order.split(self.combination.batch):
                if len(part) > 1:
                    yield x[part], y[part]

    def worth(self, rate: float) -> float:
        """The lowest held-out loss of a training at this rate, looked at ten times; the baseline where it exploded."""
        network, optimizer = self.made(rate)
        losses = [math.inf]
        for at, (x, y) in zip(range(1, STEPS + 1), self.batches(), strict=False):
            optimizer.zero_grad()
            loss = self.loss(network(x), y)
            if not torch.isfinite(loss):
                break
            loss.backward()
            optimizer.step()
            if at % (STEPS // 10) == 0:
                with torch.no_grad():
                    held = float(self.loss(network(self.test[0]), self.test[1]))
                losses.append(held if math.isfinite(held) else math.inf)
        return min(losses)

    def context(self) -> Context:
        network, optimizer = self.made(1e-3)
        batches = tuple(PairBatch.of(network, self.loss, x, y)
                        for _, (x, y) in zip(range(KEPT_BATCHES), self.batches(), strict=False))  # fmt: skip
        return Context(networks=(network,), optimizers=(optimizer,), batches=batches, seed=self.seed, seconds=SECONDS)


Trained = dict[str, float]
"""rate → held-out loss of a whole training at it"""


def worth(task: Task, rate: float, trained: Trained) -> float:
    """Of a rate, trained where it was not yet."""
    if repr(rate) not in trained:
        trained[repr(rate)] = task.worth(rate)
    return trained[repr(rate)]


def compared(task: Task, trained: Trained) -> dict[str, object]:
    """Regret of every rule on one task."""
    grid = {rate: worth(task, rate, trained) for rate in GRID}
    context = task.context()
    seed_all(task.seed)
    test = range_test(context, math.inf)
    chosen = {
        "valley": valley(test), "steepest": steepest(test), "lightning": lightning(test),
        "minimum / 10": a_tenth_of_the_minimum(test), "largest / 10": a_tenth_of_the_largest(test),
    }  # fmt: skip
    began = time.process_time()
    ours = next(rates_probe.probe(context))
    seconds = time.process_time() - began
    chosen["unstuck"] = ours.suggestion or 1e-3
    losses = {name: worth(task, rate, trained) for name, rate in chosen.items()}
    best, baseline = min(grid.values()), task.baseline
    regret = {name: min(1.0, max(0.0, (value - best) / max(baseline - best, 1e-9))) for name, value in losses.items()}
    return {
        "combination": task.combination.name, "seed": task.seed, "best": best, "baseline": baseline, "chosen": chosen,
        "regret": regret, "seconds": round(seconds, 2), "best_rate": min(grid, key=lambda rate: grid[rate]),
        "trials": [(one.rate, one.last, one.steps) for one in ours.trials],
    }  # fmt: skip


def interval(differences: Sequence[float]) -> tuple[float, float, float]:
    """Mean of paired differences and its 95 % bootstrap interval."""
    values = np.array(differences)
    rng = np.random.default_rng(0)
    means = rng.choice(values, (4000, len(values))).mean(1)
    return float(values.mean()), *map(float, np.quantile(means, (0.025, 0.975)))


def table(rows: Sequence[dict]) -> str:
    """Markdown: share solved and mean regret of each rule, and our paired difference with it."""
    lines = ["| rule | solved | mean regret | regret minus ours [95 %] |", "|---|---|---|---|"]
    ours = [row["regret"]["unstuck"] for row in rows]
    for name in RULES:
        regrets = [row["regret"][name] for row in rows]
        mean, low, high = interval([one - mine for one, mine in zip(regrets, ours, strict=True)])
        solved = sum(one <= SOLVED for one in regrets) / len(regrets)
        paired = "" if name == "unstuck" else f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"
        lines.append(f"| {name} | {solved:.0%} | {sum(regrets) / len(regrets):.3f} | {paired} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("UNSTUCK_SHARED", "shared/data")))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0, help="the rule of choice was made on seed 0")
    parser.add_argument("--only", default="", help="part of the names of combinations")
    parser.add_argument("--json", type=Path, help="what was trained and chosen; read again if it is there")
    parser.add_argument("--again", action="store_true", help="choose again where a row is there")
    given = parser.parse_args()
    torch.set_num_threads(1)
    allowance.PATIENCE = math.inf  # CPU seconds alone: what else runs on this machine is no part of the question
    held = json.loads(given.json.read_text(encoding="utf-8")) if given.json and given.json.exists() else {}
    trained, rows = held.get("trained", {}), held.get("rows", {})
    wanted = [one for one in COMBINATIONS if given.only in one.name]
    names = []
    for seed, combination in itertools.product(range(given.first_seed, given.first_seed + given.seeds), wanted):
        name = f"{combination.name} {seed}"
        names.append(name)
        if name in rows and not given.again:
            continue
        row = rows[name] = compared(Task(combination, seed, given.shared), trained.setdefault(name, {}))
        regrets = " ".join(f"{rule} {row['regret'][rule]:.2f}" for rule in RULES)
        print(f"{name}: best {row['best_rate']:.0e} ours {row['chosen']['unstuck']:.1e}: {regrets} "
              f"({row['seconds']} s)", flush=True)  # fmt: skip
        if given.json:
            given.json.write_text(json.dumps({"trained": trained, "rows": rows}, indent=1), encoding="utf-8")
    print(table([rows[name] for name in names]))


if __name__ == "__main__":
    main()
