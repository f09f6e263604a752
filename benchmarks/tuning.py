"""Our sampler beside Optuna's TPE and GP, BoTorch, scikit-optimize and random search, in one run.

    python benchmarks/tuning.py --seeds 20                     # everything
    python benchmarks/tuning.py --seeds 3 --only branin hartmann

Needs the extras `tune` and `bench` (what is not installed is left out, and the reason is printed). All methods search
the unit cube with their own defaults; ours is `GPSampler(seed)`. Seconds are CPU seconds of one thread.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import optuna

from unstuck.tune.sampler.gp_sampler import GPSampler
from unstuck.tune.sampler.observations import SECONDS

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")

BRANIN_LEAST = 0.39788735772973816
HARTMANN_LEAST = -3.32236801141551
HARTMANN_A = np.array([
    [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
])  # fmt: skip
HARTMANN_C = np.array([1.0, 1.2, 3.0, 3.2])
HARTMANN_P = 1e-4 * np.array([
    [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
])  # fmt: skip
GATES = {
    "branin @30": 0.02, "branin @50": 5e-4, "branin, trials to 0.01": 30, "hartmann @30": 0.13,
    "hartmann @60, median": 0.05, "digits, re-trained": 0.19, "four workers @48": 1e-4,
    "seconds at 30": 0.12, "seconds at 100": 0.2,
}  # fmt: skip
NEVER = 1000
"""trials that are written where a goal was not met"""
PAIRED = ("branin @30", "branin @50", "hartmann @30", "hartmann @60, median", "digits, re-trained", "four workers @48")
"""what the geometric mean is over"""


def branin(u):
    """Regret at a point of the unit square."""
    x, y = 15 * u[0] - 5, 15 * u[1]
    curve = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return curve + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - BRANIN_LEAST


def hartmann(u):
    """Regret at a point of the unit cube."""
    squares = (HARTMANN_A * (np.asarray(u) - HARTMANN_P) ** 2).sum(1)
    return -float((HARTMANN_C * np.exp(-squares)).sum()) - HARTMANN_LEAST


class Digits:
    """A small network on scikit-learn's digits: the held-out loss by five hyper-parameters."""

    def __init__(self):
        import torch
        from sklearn.datasets import load_digits

        torch.set_num_threads(1)
        x, y = load_digits(return_X_y=True)
        order = np.random.default_rng(0).permutation(len(x))
        x, y = torch.tensor(x[order] / 16, dtype=torch.float32), torch.tensor(y[order])
        self.data = x[:500], y[:500], x[500:1000], y[500:1000]

    def __call__(self, u, seed=0):
        import torch
        from torch import nn
        from torch.nn import functional

        rate, width, drop = 10 ** (-4 + 4 * u[0]), round(8 * 16 ** u[1]), 0.6 * u[2]
        decay, batch = 10 ** (-6 + 5 * u[3]), round(8 * 16 ** u[4])
        x, y, held_x, held_y = self.data
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Dropout(drop), nn.Linear(width, 10))
        optimizer = torch.optim.Adam(net.parameters(), lr=rate, weight_decay=decay)
        for _ in range(8):
            order = torch.randperm(len(x))
            for at in range(0, len(x), batch):
                chosen = order[at : at + batch]
                optimizer.zero_grad()
                functional.cross_entropy(net(x[chosen]), y[chosen]).backward()
                optimizer.step()
        net.eval()
        with torch.no_grad():
            return float(functional.cross_entropy(net(held_x), held_y))


class OfOptuna:
    """A sampler of Optuna's, or ours, by ask and tell."""

    def __init__(self, sampler, dimensions):
        self.study = optuna.create_study(sampler=sampler)
        self.names = [f"x{at}" for at in range(dimensions)]

    def ask(self):
        trial = self.study.ask()
        return trial, np.array([trial.suggest_float(name, 0, 1) for name in self.names])

    def tell(self, handle, _, value, seconds=None):
        if seconds is not None:
            handle.set_user_attr(SECONDS, seconds)
        self.study.tell(handle, value)


class OfSkopt:
    """scikit-optimize: GP, expected improvement."""

    def __init__(self, seed, dimensions):
        from skopt import Optimizer

        self.optimizer = Optimizer(
            [(0.0, 1.0)] * dimensions, "GP", acq_func="EI", n_initial_points=5, initial_point_generator="sobol",
            random_state=seed,
        )  # fmt: skip

    def ask(self):
        return None, np.array(self.optimizer.ask())

    def start(self, points, objective):
        self.optimizer.tell([list(u) for u in points], [objective(u) for u in points])

    def tell(self, _, u, value, seconds=None):
        self.optimizer.tell(list(u), value)


class OfBotorch:
    """BoTorch: its default Gaussian process, log expected improvement; pending points as X_pending."""

    def __init__(self, seed, dimensions):
        import torch
        from torch.quasirandom import SobolEngine

        torch.set_num_threads(1)
        torch.manual_seed(seed)
        self.first = SobolEngine(dimensions, scramble=True, seed=seed).draw(5).double()
        self.x, self.y, self.pending, self.asked, self.dimensions = [], [], [], 0, dimensions

    def ask(self):
        import torch

        self.asked += 1
        u = self.first[self.asked - 1].numpy() if self.asked <= len(self.first) else self._next(torch)
        self.pending.append(u)
        return None, u

    def _next(self, torch):
        from botorch.acquisition import LogExpectedImprovement
        from botorch.acquisition.logei import qLogExpectedImprovement
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from botorch.optim import optimize_acqf
        from gpytorch.mlls import ExactMarginalLogLikelihood

        x = torch.tensor(np.array(self.x), dtype=torch.double)
        y = -torch.tensor(self.y, dtype=torch.double)[:, None]
        y = (y - y.mean()) / y.std()
        model = SingleTaskGP(x, y)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        if self.pending:
            pending = torch.tensor(np.array(self.pending), dtype=torch.double)
            wanted = qLogExpectedImprovement(model, best_f=y.max(), X_pending=pending)
        else:
            wanted = LogExpectedImprovement(model, best_f=y.max())
        bounds = torch.stack([torch.zeros(self.dimensions), torch.ones(self.dimensions)]).double()
        return optimize_acqf(wanted, bounds, q=1, num_restarts=5, raw_samples=256)[0][0].numpy()

    def start(self, points, objective):
        self.x, self.y, self.asked = list(points), [objective(u) for u in points], len(self.first)

    def tell(self, _, u, value, seconds=None):
        self.pending = [one for one in self.pending if one is not u]
        self.x.append(u)
        self.y.append(value)


METHODS: dict[str, Callable] = {
    "unstuck": lambda seed, d: OfOptuna(GPSampler(seed), d),
    "optuna GP": lambda seed, d: OfOptuna(optuna.samplers.GPSampler(seed=seed), d),
    "optuna TPE": lambda seed, d: OfOptuna(optuna.samplers.TPESampler(seed=seed), d),
    "BoTorch": OfBotorch,
    "scikit-optimize": OfSkopt,
    "random": lambda seed, d: OfOptuna(optuna.samplers.RandomSampler(seed=seed), d),
}


def searched(method, objective, trials, workers=1):
    """Values in the order in which they were told, and the points; ``workers`` trials are always under way."""
    values, points, under_way = [], [], []
    for _ in range(trials):
        under_way.append(method.ask())
        if len(under_way) == workers:
            handle, u = under_way.pop(0)
            values.append(objective(u))
            points.append(u)
            method.tell(handle, u, values[-1])
    for handle, u in under_way:
        values.append(objective(u))
        points.append(u)
        method.tell(handle, u, values[-1])
    return np.array(values), np.array(points)


def run_branin(make, seed) -> Iterator[tuple[str, float]]:
    best = np.minimum.accumulate(searched(make(seed, 2), branin, 50)[0])
    yield "branin @30", best[29]
    yield "branin @50", best[49]
    yield "branin, trials to 0.01", next((at + 1 for at, value in enumerate(best) if value <= 0.01), NEVER)


def run_hartmann(make, seed) -> Iterator[tuple[str, float]]:
    best = np.minimum.accumulate(searched(make(seed, 6), hartmann, 60)[0])
    yield "hartmann @30", best[29]
    yield "hartmann @60, median", best[59]
    yield "hartmann @60, share below 0.05", float(best[59] <= 0.05)


def run_workers(make, seed) -> Iterator[tuple[str, float]]:
    yield "four workers @48", searched(make(seed, 2), branin, 48, workers=4)[0].min()


def run_digits(make, seed) -> Iterator[tuple[str, float]]:
    digits = Digits()
    values, points = searched(make(seed, 5), lambda u: digits(u, 1000 * seed), 30)
    winner = points[int(np.argmin(values))]
    again = float(np.mean([digits(winner, 1000 * seed + 1 + more) for more in range(5)]))
    yield "digits, re-trained", again
    yield "digits, observed", float(values.min())
    yield "digits, too good by", (again - float(values.min())) / again


def run_seconds(make, seed) -> Iterator[tuple[str, float]]:
    for count in (30, 100):
        method, rng = make(seed, 6), np.random.default_rng(seed)
        if isinstance(method, OfOptuna):
            space = {name: optuna.distributions.FloatDistribution(0, 1) for name in method.names}
            for u in rng.uniform(size=(count - 1, 6)):
                setting = dict(zip(method.names, map(float, u), strict=True))
                method.study.add_trial(optuna.create_trial(params=setting, distributions=space, value=hartmann(u)))
        else:
            method.start(rng.uniform(size=(count - 1, 6)), hartmann)
        handle, u = method.ask()  # the first suggestion of a process is not counted
        value = hartmann(u)
        began = time.process_time()
        method.tell(handle, u, value)
        method.ask()
        yield f"seconds at {count}", time.process_time() - began


def run_cost(_, seed) -> Iterator[tuple[str, float]]:
    """Branin whose trials take from 1 to 50 simulated seconds: time until a regret of 0.01."""
    for name, per_second in (("time to 0.01, EI", False), ("time to 0.01, EI per second", True)):
        method, spent = OfOptuna(GPSampler(seed, per_second=per_second), 2), 0.0
        for _ in range(80):
            handle, u = method.ask()
            seconds = math.exp(math.log(50.0) * u[0])
            value, spent = branin(u), spent + seconds
            method.tell(handle, u, value, seconds)
            if value <= 0.01:
                break
        yield name, spent


TASKS = {
    "branin": run_branin, "hartmann": run_hartmann, "workers": run_workers, "digits": run_digits,
    "seconds": run_seconds, "cost": run_cost,
}  # fmt: skip


def measure(tasks, methods, seeds, out: Path | None):
    found: dict[str, dict[str, list[float]]] = {}
    spent: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for task in tasks:
        for name in methods if task != "cost" else ["unstuck"]:
            if name in left_out:
                continue
            for seed in range(min(seeds, 3) if task == "seconds" else seeds):
                began = time.process_time()
                try:
                    for quantity, value in TASKS[task](METHODS[name], seed):
                        found.setdefault(quantity, {}).setdefault(name, []).append(float(value))
                except Exception as error:  # not installed, or does not run with these versions
                    left_out[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"
                    break
                spent[task, name] = spent.get((task, name), 0.0) + time.process_time() - began
            if out is not None:
                out.write_text(json.dumps(found, indent=1))
    return found, spent, left_out


def show(found, spent, left_out, methods, seeds):
    names = [name for name in methods if name not in left_out]
    print(f"\n| medians over {seeds} seeds | gate | {' | '.join(names)} |")
    print(f"|---|---|{'---|' * len(names)}")
    for quantity, by_method in found.items():
        middle = np.mean if "share" in quantity else np.median
        cells = []
        for name in names:
            value = middle(by_method[name]) if name in by_method else None
            cells.append("" if value is None else "never" if value == NEVER else f"{value:.3g}")
        print(f"| {quantity} | {GATES.get(quantity, '')} | {' | '.join(cells)} |")
    for name in names[1:]:
        ratios = [
            np.median(found[quantity][name]) / np.median(found[quantity]["unstuck"])
            for quantity in PAIRED if quantity in found and name in found[quantity] and "unstuck" in found[quantity]
        ]  # fmt: skip
        if ratios:
            print(f"geometric mean of {name} / unstuck over {len(ratios)} tests: {np.exp(np.mean(np.log(ratios))):.2f}")
    print("CPU seconds: " + ", ".join(f"{task} {name} {value:.0f}" for (task, name), value in spent.items()))
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--methods", nargs="*", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--out", type=Path, help="also keep every value as JSON")
    asked = parser.parse_args()
    found, spent, left_out = measure(asked.only, asked.methods, asked.seeds, asked.out)
    show(found, spent, left_out, asked.methods, asked.seeds)


if __name__ == "__main__":
    main()
