"""Slices in which a model fails: unstuck beside sliceline and a scan of single columns.

    python benchmarks/slices.py [--rows 20000] [--columns 8] [--seeds 10] [--shared FOLDER]

Plants one slice of two conditions into the loss of each row (a model that is right on 90 % of the rows, and on 70 %,
60 % or 50 % of those in the slice), on generated columns and, where the folder holds it, on the columns of adult. Each
method gives one slice. Prints recall, precision and F1 of its rows, seconds, and the paired 95 % interval of the
difference in F1 over the seeds (Student's t). Without a planted slice it prints how often a slice is reported.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import t

from unstuck.analysis.data.sample import Column
from unstuck.analysis.data.slices import find_slices
from unstuck.core.data_types import ColumnType

RIGHT = 0.9
BINS = 10
"""of columns of numbers for sliceline and the scan; both need categories"""


def generated(random: np.random.Generator, rows: int, columns: int) -> list[Column]:
    """Half of the columns numbers, half categories."""
    numbers = [
        Column(name=f"x{at}", type=ColumnType.NUMBER, values=random.normal(size=rows)) for at in range(columns // 2)
    ]
    return numbers + [
        Column(name=f"c{at}", type=ColumnType.CATEGORY,
               values=np.array([f"k{value}" for value in random.integers(0, 5, rows)], dtype=object))
        for at in range(columns - columns // 2)
    ]  # fmt: skip


def adult(folder: Path, rows: int, random: np.random.Generator) -> list[Column]:
    import polars as pl

    frame = pl.read_csv(folder / "data" / "adult-train.csv", has_header=False, infer_schema_length=None)
    frame = frame[:, :-1]
    frame = frame[random.permutation(len(frame))[:rows]].with_columns(pl.selectors.string().str.strip_chars())
    frame = frame.with_columns(
        frame[name].cast(pl.Float64, strict=False).alias(name)
        for name in frame.columns if not frame[name].cast(pl.Float64, strict=False).has_nulls()
    )
    return [
        Column(name=name, type=ColumnType.NUMBER, values=frame[name].cast(pl.Float64).to_numpy())
        if frame[name].dtype.is_numeric() else
        Column(name=name, type=ColumnType.CATEGORY, values=np.array(frame[name].to_list(), dtype=object))
        for name in frame.columns
    ]  # fmt: skip


def planted(columns: list[Column], random: np.random.Generator) -> np.ndarray:
    """The rows of a slice of two conditions that has 1–8 % of the rows."""
    while True:
        inside = np.ones(len(columns[0].values), dtype=bool)
        for at in random.choice(len(columns), 2, replace=False):
            values = columns[at].values
            if columns[at].type is ColumnType.NUMBER:
                low = np.quantile(values, random.uniform(0.5, 0.9))
                inside &= values > low if random.random() < 0.5 else values < -low if low > 0 else values <= low
            else:
                inside &= values == random.choice(values)
        if 0.01 <= inside.mean() <= 0.08:
            return inside


def binned(columns: list[Column]) -> np.ndarray:
    """Whole numbers from 1, as sliceline wants them."""
    codes = []
    for column in columns:
        if column.type is ColumnType.NUMBER:
            edges = np.unique(np.quantile(column.values, np.linspace(0, 1, BINS + 1)[1:-1]))
            codes.append(np.searchsorted(edges, column.values, side="right"))
        else:
            codes.append(np.unique(column.values.astype(str), return_inverse=True)[1])
    return np.stack(codes, axis=1) + 1


def ours(columns: list[Column], loss: np.ndarray, seed: int) -> np.ndarray:
    found = find_slices(columns, loss, most=1, seed=seed)
    return found[0].inside if found else np.zeros(len(loss), dtype=bool)


def sliceline(columns: list[Column], loss: np.ndarray, _: int) -> np.ndarray:
    from sliceline.slicefinder import Slicefinder

    codes = binned(columns)
    finder = Slicefinder(alpha=0.95, k=1, max_l=2, min_sup=max(30, len(loss) // 200), verbose=False)
    finder.fit(codes, loss)
    if not len(finder.top_slices_):
        return np.zeros(len(loss), dtype=bool)
    inside = np.ones(len(loss), dtype=bool)
    for at, value in enumerate(finder.top_slices_[0]):
        if value is not None:
            inside &= codes[:, at] == value
    return inside


def scan(columns: list[Column], loss: np.ndarray, _: int) -> np.ndarray:
    """The value of one column with the clearest excess of loss."""
    codes, best, chosen = binned(columns), -np.inf, np.zeros(len(loss), dtype=bool)
    for at in range(codes.shape[1]):
        for value in np.unique(codes[:, at]):
            inside = codes[:, at] == value
            clear = (loss[inside].mean() - loss.mean()) * inside.sum() ** 0.5
            if inside.sum() >= 30 and clear > best:
                best, chosen = clear, inside
    return chosen


METHODS: dict[str, Callable[[list[Column], np.ndarray, int], np.ndarray]] = {
    "unstuck": ours, "sliceline": sliceline, "one column": scan,
}


def scores(inside: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    hit = float((inside & truth).sum())
    recall, precision = hit / truth.sum(), hit / inside.sum() if inside.any() else 0.0
    return recall, precision, 2 * recall * precision / (recall + precision) if hit else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--shared", type=Path, default=os.environ.get("UNSTUCK_SHARED"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    panels = {"generated": lambda random: generated(random, options.rows, options.columns)}
    if options.shared and (Path(options.shared) / "data" / "adult-train.csv").exists():
        panels["adult"] = lambda random: adult(Path(options.shared), options.rows, random)
    head = f"{'data':10}{'right':>6}  {'method':11}{'recall':>8}{'precis.':>8}{'F1':>7}{'s':>7}"
    print(f"{head}   F1 of unstuck − F1 [95 %]")
    for name, columns_of in panels.items():
        for right in (0.5, 0.6, 0.7, RIGHT):
            report(name, right, columns_of, options.seeds)


def report(name: str, right: float, columns_of: Callable[[np.random.Generator], list[Column]], seeds: int) -> None:
    results: dict[str, list[tuple[float, ...]]] = {method: [] for method in METHODS}
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        columns = columns_of(random)
        truth = planted(columns, random)
        loss = (random.random(len(truth)) > np.where(truth, right, RIGHT)).astype(float)
        for method, find in METHODS.items():
            began = time.perf_counter()
            inside = find(columns, loss, seed)
            results[method].append((*scores(inside, truth), time.perf_counter() - began, float(inside.any())))
    first = np.array(results["unstuck"])
    for method, rows in results.items():
        values = np.array(rows)
        if right == RIGHT:
            print(f"{name:10}{'none':>6}  {method:11}reports a slice in {values[:, 4].mean():.0%} of the seeds")
            continue
        apart = first[:, 2] - values[:, 2]
        half = t.ppf(0.975, seeds - 1) * apart.std(ddof=1) / seeds**0.5
        mean = apart.mean()
        beside = "" if method == "unstuck" else f"   {mean:+.2f} [{mean - half:+.2f}, {mean + half:+.2f}]"
        recall, precision, f1, seconds, _ = values.mean(axis=0)
        print(f"{name:10}{right:6.0%}  {method:11}{recall:8.2f}{precision:8.2f}{f1:7.2f}{seconds:7.2f}{beside}")


if __name__ == "__main__":
    main()
