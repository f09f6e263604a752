"""Near duplicates: how fast they are found among 100,000 rows, and which rows are called near.

    python benchmarks/copies.py [--rows 100000] [--columns 64] [--seeds 10] [--small 2000] [--skip-brute]

*Speed*: a matrix with structure (12 factors, noise) and one without, 2 % of the rows copied with 3 % noise. Seconds of
`unstuck` (the usual distance, the search, the gap) and of scikit-learn's brute force for the nearest neighbour of every
row; its ball tree on 200 rows, multiplied. Precision and recall of the copies.

*The cut*: given all distances, the gap of `unstuck` against a fixed 0.13 × the median distance, on `--small` rows with
5 % copies at 0, 1, 2, 3, 4.5 and 6 % noise (of each column's spread), for each seed on three kinds of data. Prints
precision and recall, the geometric mean of F1, and the paired difference with its 95 % interval.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np

from unstuck.analysis.data.copies import Near, near, usual
from unstuck.analysis.data.neighbours import nearest

NOISE = (0.0, 0.01, 0.02, 0.03, 0.045, 0.06)
FIXED = 0.13


def factors(rows: int, columns: int, random: np.random.Generator) -> np.ndarray:
    latent = random.normal(size=(rows, 12)) * np.linspace(3, 0.7, 12)
    return latent @ random.normal(size=(12, columns)) / 3 + 0.3 * random.normal(size=(rows, columns))


def normal(rows: int, columns: int, random: np.random.Generator) -> np.ndarray:
    return random.normal(size=(rows, columns))


def digits(rows: int, _columns: int, random: np.random.Generator) -> np.ndarray:
    from sklearn.datasets import load_digits

    pixels = load_digits().data
    return pixels[random.choice(len(pixels), min(rows, len(pixels)), replace=False)]


KINDS: dict[str, Callable[[int, int, np.random.Generator], np.ndarray]] = {
    "factors": factors, "normal": normal, "digits": digits,
}  # fmt: skip


def with_copies(x: np.ndarray, share: float, noise: float, random: np.random.Generator) -> tuple[np.ndarray, int]:
    """Standardised rows with copies behind them; the number of the rows without copies."""
    spread = x.std(axis=0)
    x = ((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)).astype(np.float32)
    of = random.choice(len(x), round(share * len(x)), replace=False)
    moved = x[of] + (noise * random.normal(size=(len(of), x.shape[1])) * (spread > 0)).astype(np.float32)
    return np.concatenate([x, moved]), len(x)


def scores(called: np.ndarray, planted: set[int]) -> tuple[float, float, float]:
    """Precision, recall, F1 of rows that are called near."""
    hits = len(planted & set(called.tolist()))
    precision, recall = hits / max(1, len(called)), hits / len(planted)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def speed(arguments: argparse.Namespace) -> None:
    from sklearn.neighbors import BallTree, NearestNeighbors

    print(f"{arguments.rows} × {arguments.columns}           CPU s  wall s  precision  recall")
    for kind in ("factors", "normal"):
        random = np.random.default_rng(0)
        x, rows = with_copies(KINDS[kind](arguments.rows, arguments.columns, random), 0.02, 0.03, random)
        began, cpu = time.perf_counter(), time.process_time()
        found: Near = near(x, x, usual(x), own=np.arange(len(x)))
        seconds, wall = time.process_time() - cpu, time.perf_counter() - began
        copies = found.rows[found.rows >= rows]
        pairs = np.isin(found.rows, np.concatenate([np.arange(rows, len(x)), found.partners[found.rows >= rows]]))
        print(f"{kind:8} unstuck         {seconds:7.2f} {wall:7.2f}  {pairs.mean() if len(pairs) else 0:9.3f}  "
              f"{len(copies) / (len(x) - rows):6.3f}")  # fmt: skip
        if arguments.skip_brute:
            continue
        began, cpu = time.perf_counter(), time.process_time()
        NearestNeighbors(n_neighbors=2, algorithm="brute").fit(x).kneighbors(x)
        print(f"{kind:8} brute force     {time.process_time() - cpu:7.2f} {time.perf_counter() - began:7.2f}")
        cpu = time.process_time()
        tree = BallTree(x)
        built = time.process_time() - cpu
        some = random.choice(len(x), 200, replace=False)
        cpu = time.process_time()
        tree.query(x[some], 2)
        print(f"{kind:8} ball tree (est.) {built + (time.process_time() - cpu) * len(x) / 200:6.0f}")


def cuts(arguments: argparse.Namespace) -> Iterator[tuple[str, float, tuple[float, ...], tuple[float, ...]]]:
    for kind, make in KINDS.items():
        for noise in NOISE:
            for seed in range(arguments.seeds):
                random = np.random.default_rng(1000 + seed)
                x, rows = with_copies(make(arguments.small, arguments.columns, random), 0.05, noise, random)
                own = np.arange(len(x))
                all_of = nearest(x, x, own)
                copies = np.arange(rows, len(x))
                true = {*copies.tolist(), *all_of.row[copies].tolist()}
                ours = near(x, x, usual(x), own).rows
                fixed = np.flatnonzero(all_of.distance < FIXED * np.median(all_of.distance))
                if noise == 0:  # exact copies have their own search, by hash
                    ours = np.union1d(ours, np.flatnonzero(all_of.distance == 0))
                yield kind, noise, scores(ours, true), scores(fixed, true)


def cut_table(arguments: argparse.Namespace) -> None:
    results = list(cuts(arguments))
    print("\nnoise     unstuck: precision recall   fixed 0.13: precision recall")
    for noise in NOISE:
        ours, fixed = (np.mean([one[side] for one in results if one[1] == noise], axis=0) for side in (2, 3))
        print(f"{100 * noise:4.1f} % {ours[0]:20.3f} {ours[1]:6.3f} {fixed[0]:20.3f} {fixed[1]:6.3f}")
    f1 = np.array([(one[2][2], one[3][2]) for one in results])
    means = np.exp(np.log(np.maximum(f1, 0.01)).mean(axis=0))
    apart = f1[:, 0] - f1[:, 1]
    error = 1.96 * apart.std(ddof=1) / np.sqrt(len(apart))
    print(f"geometric mean of F1: unstuck {means[0]:.3f}, fixed {means[1]:.3f}")
    print(f"paired difference of F1: {apart.mean():.3f} ± {error:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=64)
    parser.add_argument("--small", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--skip-brute", action="store_true", help="without scikit-learn's searches, which take minutes")
    arguments = parser.parse_args()
    speed(arguments)
    cut_table(arguments)


if __name__ == "__main__":
    main()
