"""Drift between splits: false alarms on random splits, and what is found.

    python benchmarks/drift.py [--seeds 20] [--nulls 200] [--rows 2000] [--held-out 200]

For each scenario and seed one random split, and the same split with drift planted into its held-out rows. A method
*succeeds* if it alarms on the second and is silent on the first. Methods: `unstuck` (the thresholds of SPL102:
Kolmogorov-Smirnov, ranks and missing values with Holm, and a quadratic classifier against its null); KS for each column
with Bonferroni at 5 %; KS at 5 % for each column, uncorrected, as evidently does by default for up to 1,000 rows; a
linear domain classifier with a fixed AUC of 0.6.

Prints false alarms on `--nulls` random splits, successes of each scenario, their geometric mean (at least 0.01 each),
and the paired difference between `unstuck` and the best rival of each scenario with its 95 % interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from unstuck.analysis.data.domain import domain_shift
from unstuck.analysis.data.shift import column_shifts
from unstuck.rules.families.spl.distribution_shift import DistributionShift
from unstuck.testing.samples import dataset, table

Random = np.random.Generator
Rows = list[np.ndarray]
COLUMNS = 20


def rows(count: int, random: Random) -> Rows:
    """Correlated normal columns, some of them skewed, some counts, three of categories."""
    mix = np.random.default_rng(7).normal(size=(COLUMNS, COLUMNS)) / 3
    x = random.normal(size=(count, COLUMNS)) @ (np.eye(COLUMNS) + mix)
    columns: Rows = list(x.T)
    for at in (4, 9):
        columns[at] = np.exp(columns[at])
    columns[14] = random.poisson(3, count).astype(float)
    columns += [random.choice(["a", "b", "c", "d"], count, p=[0.5, 0.3, 0.15, 0.05]).astype(object) for _ in range(3)]
    return columns


def shift(number: int, by: float) -> Callable[[Rows, Random], Rows]:
    def planted(columns: Rows, random: Random) -> Rows:
        for at in random.choice([0, 1, 2, 3, 5, 6, 7, 8], number, replace=False):
            columns[at] = columns[at] + by * columns[at].std()
        return columns

    return planted


def wider(columns: Rows, random: Random) -> Rows:
    at = int(random.choice(8))
    columns[at] = columns[at].mean() + 1.6 * (columns[at] - columns[at].mean())
    return columns


def other_categories(columns: Rows, random: Random) -> Rows:
    changed = columns[COLUMNS].copy()
    changed[random.random(len(changed)) < 0.25] = "c"
    columns[COLUMNS] = changed
    return columns


def missing(columns: Rows, random: Random) -> Rows:
    changed = columns[3].copy()
    changed[random.random(len(changed)) < 0.12] = np.nan
    columns[3] = changed
    return columns


def other_correlation(columns: Rows, random: Random) -> Rows:
    """Two pairs of columns are drawn apart: each column keeps its distribution."""
    for at in (0, 5, 10, 11, 12, 13):
        columns[at] = random.permutation(columns[at])
    return columns


SCENARIOS = {
    "one of 20 by 0.5 sd": shift(1, 0.5), "two of 20 by 0.5 sd": shift(2, 0.5), "all by 0.25 sd": shift(8, 0.25),
    "1.6 × the spread": wider, "categories": other_categories, "missing values": missing,
    "correlation": other_correlation,
}  # fmt: skip


def ours(train: Rows, test: Rows) -> bool:
    rule, splits = DistributionShift(), dataset(table(train), table(test, split=1))
    if any(rule.drifts(one) for one in column_shifts(splits, 1)):
        return True
    domain = domain_shift(splits, 1)
    return domain is not None and rule.recognised(domain)


def p_values(train: Rows, test: Rows) -> np.ndarray:
    from scipy import stats

    found = []
    for one, other in zip(train, test, strict=True):
        if one.dtype == object:
            names = np.unique(np.concatenate([one, other]).astype(str))
            counts = [[np.sum(side == name) for name in names] for side in (one, other)]
            found.append(stats.chi2_contingency(counts).pvalue)
        else:
            found.append(stats.ks_2samp(one[~np.isnan(one)], other[~np.isnan(other)]).pvalue)
    return np.array(found)


def bonferroni(train: Rows, test: Rows) -> bool:
    return bool(p_values(train, test).min() * len(train) < 0.05)


def uncorrected(train: Rows, test: Rows) -> bool:
    return bool(p_values(train, test).min() < 0.05)


def classifier(train: Rows, test: Rows) -> bool:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def numbers(columns: Rows) -> np.ndarray:
        made = []
        for one in columns:
            made += [one == name for name in "abcd"] if one.dtype == object else [np.nan_to_num(one)]
        return np.stack(made, axis=1).astype(float)

    x = np.concatenate([numbers(train), numbers(test)])
    y = np.repeat([0, 1], [len(train[0]), len(test[0])])
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    return bool(cross_val_score(model, x, y, cv=5, scoring="roc_auc").mean() > 0.6)


METHODS = {"unstuck": ours, "KS, Bonferroni": bonferroni, "KS, uncorrected": uncorrected, "domain AUC 0.6": classifier}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--nulls", type=int, default=200)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--held-out", type=int, default=200)
    arguments = parser.parse_args()
    alarms = dict.fromkeys(METHODS, 0)
    for seed in range(arguments.nulls):
        random = np.random.default_rng(50_000 + seed)
        train, test = rows(arguments.rows, random), rows(arguments.held_out, random)
        for name, method in METHODS.items():
            alarms[name] += method(train, test)
    print(f"{'':22}" + "".join(f"{name:>17}" for name in METHODS))
    print(f"{'false alarms':22}" + "".join(f"{alarms[name] / arguments.nulls:17.3f}" for name in METHODS))
    table_of = {}
    for scenario, plant in SCENARIOS.items():
        successes = np.zeros((arguments.seeds, len(METHODS)))
        for seed in range(arguments.seeds):
            random = np.random.default_rng(seed)
            train, test = rows(arguments.rows, random), rows(arguments.held_out, random)
            drifted = plant(list(test), random)
            successes[seed] = [m(train, drifted) and not m(train, test) for m in METHODS.values()]
        table_of[scenario] = successes
        print(f"{scenario:22}" + "".join(f"{share:17.2f}" for share in successes.mean(axis=0)))
    shares = np.array([one.mean(axis=0) for one in table_of.values()])
    means = np.exp(np.log(np.maximum(shares, 0.01)).mean(axis=0))
    print(f"{'geometric mean':22}" + "".join(f"{mean:17.2f}" for mean in means))
    for scenario, successes in table_of.items():
        best = 1 + int(successes[:, 1:].mean(axis=0).argmax())
        apart = successes[:, 0] - successes[:, best]
        error = 1.96 * apart.std(ddof=1) / np.sqrt(len(apart))
        print(f"{scenario:22} unstuck − {list(METHODS)[best]}: {apart.mean():+.2f} ± {error:.2f}")


if __name__ == "__main__":
    main()
