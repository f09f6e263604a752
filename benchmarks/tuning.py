"""Our sampler beside Optuna's TPE and GP, BoTorch, scikit-optimize and random search, in one run.

    python benchmarks/tuning.py --seeds 20                     # everything
    python benchmarks/tuning.py --seeds 3 --only branin hartmann

Needs the extras `tune` and `bench` (what is not installed is left out, and the reason is printed). All methods search
the unit cube with their own defaults; ours is `GPSampler(seed)`. Seconds are CPU seconds of one thread. It goes seed by
seed; `--minutes` ends it early with the table of what was done, and with the same `--out FILE` it goes on later.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import optuna
from tuning_objectives import Digits, branin, hartmann

from unstuck.tune.sampler.gp_sampler import GPSampler
from unstuck.tune.sampler.observations import SECONDS

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")

GATES = {
    "branin @30": 0.02, "branin @50": 5e-4, "branin, trials to 0.01": 30, "hartmann @30": 0.13,
    "hartmann @60, median": 0.05, "digits, re-trained": 0.19, "four workers @48": 1e-4,
    "seconds at 30": 0.12, "seconds at 100": 0.2,
}  # fmt: skip
NEVER = 1000
"""trials that are written where a goal was not met"""
PAIRED = ("branin @30", "branin @50", "hartmann @30", "hartmann @60, median", "digits, re-trained", "four workers @48")
"""what the geometric mean is over"""


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


FIRST = {
    "branin": "branin @30", "hartmann": "hartmann @30", "workers": "four workers @48", "digits": "digits, re-trained",
    "seconds": "seconds at 30", "cost": "time to 0.01, EI",
}  # fmt: skip
"""a quantity of each task"""


def one(task, name, seed):
    """Every quantity of one task, method and seed, the CPU seconds, and why there are none."""
    began = time.process_time()
    try:
        values = [(quantity, float(value)) for quantity, value in TASKS[task](METHODS[name], seed)]
    except Exception as error:  # not installed, or does not run with these versions
        return [], 0.0, f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"
    return values, time.process_time() - began, ""


def planned(tasks, methods, seeds):
    """Seed by seed, so that a run that ends early has as many seeds of every task; what trains networks comes last."""
    for part in ([task for task in tasks if task != "digits"], [task for task in tasks if task == "digits"]):
        for seed, task, name in itertools.product(range(seeds), part, methods):
            if (task != "cost" or name == "unstuck") and (task != "seconds" or seed < 3):
                yield task, name, seed


def known(found, task, name, seed):
    return str(seed) in found.get(FIRST[task], {}).get(name, {})


def measure(asked):
    """Values by quantity, method and seed; CPU seconds; what was left out. Nothing begins after the deadline."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    spent: dict[str, float] = {}
    left_out: dict[str, str] = {}
    if asked.out is not None and asked.out.exists():
        found = json.loads(asked.out.read_text())
    deadline = time.monotonic() + 60 * asked.minutes
    plan = (what for what in planned(asked.only, asked.methods, asked.seeds) if not known(found, *what))
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(one, *what): what for what in itertools.islice(plan, asked.jobs)}
        while waiting:
            done = next(as_completed(waiting))
            (task, name, seed), (values, seconds, why) = waiting.pop(done), done.result()
            if why:
                left_out.setdefault(name, why)
            for quantity, value in values:
                found.setdefault(quantity, {}).setdefault(name, {})[str(seed)] = value
            spent[task, name] = spent.get((task, name), 0.0) + seconds
            print(f"{seed:3} {task:9} {name:15} {seconds:6.1f} s", file=sys.stderr, flush=True)
            if asked.out is not None:
                asked.out.write_text(json.dumps(found, indent=1))
            following = next((what for what in plan if what[1] not in left_out), None)
            if following is not None and time.monotonic() < deadline:
                waiting[pool.submit(one, *following)] = following
    return found, spent, left_out


def middle_of(quantity, by_seed):
    values = list(by_seed.values())
    return float(np.mean(values) if "share" in quantity else np.median(values))


def show(found, spent, left_out, methods):
    names = [name for name in methods if any(name in by_method for by_method in found.values())]
    counts = {name: max((len(by_method.get(name, ())) for by_method in found.values()), default=0) for name in names}
    print(f"\n| medians | gate | {' | '.join(f'{name} ({counts[name]} seeds)' for name in names)} |")
    print(f"|---|---|{'---|' * len(names)}")
    medians = {
        quantity: {name: middle_of(quantity, by_method[name]) for name in names if name in by_method}
        for quantity, by_method in found.items()
    }
    for quantity, by_name in medians.items():
        cells = ["" if name not in by_name else "never" if by_name[name] == NEVER else f"{by_name[name]:.3g}"
                 for name in names]  # fmt: skip
        print(f"| {quantity} | {GATES.get(quantity, '')} | {' | '.join(cells)} |")
    for name in names[1:]:
        pairs = [both for quantity in PAIRED if (both := in_common(found.get(quantity, {}), name))]
        if pairs:
            ratios = np.log([np.median(theirs) / np.median(ours) for ours, theirs in pairs])
            print(f"geometric mean of {name} / unstuck over {len(pairs)} tests, seeds in common: "
                  f"{np.exp(ratios.mean()):.2f}")  # fmt: skip
    judge(found, medians, names)
    print("CPU seconds: " + ", ".join(f"{task} {name} {value:.0f}" for (task, name), value in spent.items()))
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")


def judge(found, medians, names):
    """Where the gate is not kept, and where a rival has the better median: by how much, in how many seeds."""
    for quantity, by_name in medians.items():
        if "unstuck" not in by_name or quantity not in GATES:
            continue
        own, gate = by_name["unstuck"], GATES[quantity]
        if own > gate:
            print(f"{quantity}: {own:.3g} is above the gate {gate:g}")
        if "seconds" in quantity:
            continue
        for name in names[1:]:
            both = in_common(found[quantity], name)
            if both and np.median(both[1]) < np.median(both[0]):
                wins = sum(theirs < ours for ours, theirs in zip(*both, strict=True))
                print(f"{quantity}: {name} has {np.median(both[1]):.3g}, unstuck {np.median(both[0]):.3g}; {name} is "
                      f"better in {wins} of {len(both[0])} seeds")  # fmt: skip


def in_common(by_method, name):
    """Values of ours and of a rival, of the seeds that both were run with; nothing where there is none."""
    ours, theirs = by_method.get("unstuck", {}), by_method.get(name, {})
    seeds = sorted(set(ours) & set(theirs))
    return ([ours[seed] for seed in seeds], [theirs[seed] for seed in seeds]) if seeds else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--methods", nargs="*", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which nothing more begins")
    parser.add_argument("--out", type=Path, help="also keep every value as JSON; what it holds is not run again")
    asked = parser.parse_args()
    found, spent, left_out = measure(asked)
    show(found, spent, left_out, asked.methods)


if __name__ == "__main__":
    main()
