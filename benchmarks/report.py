"""What the answer costs after the run: reading the record, the rules, JSON and page.

    python benchmarks/report.py [usual | million …]

Two records are written by the real writer, bounded as a recorder would bound them: a usual run (20,000 steps, 6 layers)
and one of 10⁶ steps with 40 layers (160 parameters). Each is read anew in a process of its own, once for all. The times
are CPU seconds of one thread; beside them stands how many times as long it is as importing NumPy and Jinja in the same
process, which is the same on a slow machine as on a fast one. Exit code 1 where a limit is broken.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from unstuck.record import schema
from unstuck.record.schema import Kind
from unstuck.record.writer import PartWriter, dump_json, write_whole
from unstuck.testing.synthetic import event


class Size(NamedTuple):
    steps: int
    layers: int
    limit_seconds: float
    """for diagnosis, JSON and page together"""


SIZES = {"usual": Size(20_000, 6, 2.0), "million": Size(1_000_000, 40, 10.0)}
LIMIT_BYTES = 5_000_000
TRAIN, HELD_OUT, OPTIMIZER, LOADER = 1, 2, 3, 4
KINDS = ("weight", "gradient", "update")
BATCH, CLASSES = 64, 10


def make(directory: Path, size: Size) -> None:
    """A classifier that learns, overfits a little, and is clipped."""
    directory.mkdir()
    write_whole(
        directory / schema.MANIFEST,
        dump_json(
            {"schema": schema.SCHEMA_VERSION, "kind": "run", "argv": ["train.py"], "ended": "finished",
             "returncode": 0, "duration": 3600.0}
        ),
    )
    writer = PartWriter(directory / schema.PARTS / "1-0", {"pid": 1, "rank": 0, "torch": "2.13"})
    places = declare(writer, size.layers)
    chance = random.Random(0)
    epoch, due = max(200, size.steps // 200), 0
    for step in range(size.steps):
        floor = math.exp(-5 * step / size.steps)
        if step % epoch == 0:
            writer.timeline.append(Kind.EPOCH, step * 1e-3, step // epoch, step, LOADER)
        loss = 2.3 * floor * (1 + 0.2 * chance.random())
        writer.timeline.append(Kind.BACKWARD, step * 1e-3, loss, step, TRAIN)
        writer.timeline.append(Kind.CLIP, step * 1e-3, 2.0, step, 0)
        writer.timeline.append(Kind.STEP, step * 1e-3, 1e-3 * floor, step + 1, OPTIMIZER)
        if step % epoch == epoch - 1:
            writer.timeline.append(Kind.EVAL_LOSS, step * 1e-3, 2.3 * (floor + 0.05), step + 1, HELD_OUT)
        if step == due:
            look(writer, step, places, loss, chance)
            due += max(1, step // 48)
    write(writer, "end", size.steps, steps={str(OPTIMIZER): size.steps})
    writer.close()


def write(writer: PartWriter, kind: str, step: int, **fields: object) -> None:
    writer.write(event(kind, step, fields), essential=kind == "end")


def declare(writer: PartWriter, layers: int) -> list[int]:
    """Series, network, optimiser and places; the numbers of the places."""
    at = {"training": 0, "file": "train.py"}
    write(writer, "series", 0, id=TRAIN, role="train", function="cross_entropy", line=20, **at)
    write(writer, "series", 0, id=HELD_OUT, role="eval", function="cross_entropy", line=30, **at)
    parts = ("weight", "bias", "scale", "shift")
    names = [(f"blocks.{n}.{part}", f"blocks.{n}") for n in range(layers) for part in parts]
    write(writer,
        "model", 0, training=0, id=0, name="model", **{"class": "Net"},
        modules=[{"name": layer, "class": "Linear", "file": "train.py", "line": 5} for _, layer in names[::4]],
        parameters=[
            {"id": n, "name": name, "layer": layer, "shape": [64, 64], "requires_grad": True}
            for n, (name, layer) in enumerate(names)
        ],
    )  # fmt: skip
    write(writer,
        "optimizer", 0, id=OPTIMIZER, line=10, parameters=list(range(len(names))), groups=[{"lr": 1e-3}],
        **{"class": "AdamW"}, **at,
    )  # fmt: skip
    write(writer, "loader", 0, id=LOADER, line=12, **{"class": "DataLoader"}, **at)
    places = [(what, *pair) for pair in names for what in KINDS]
    places += [("activation", layer, layer) for _, layer in names[::4]]
    for number, (what, name, layer) in enumerate(places):
        write(writer, "place", 0, training=0, id=number, what=what, name=name, layer=layer)
    return list(range(len(places)))


def look(writer: PartWriter, step: int, places: list[int], loss: float, chance: random.Random) -> None:
    """One close look: summaries and histograms of every place, the loss's arguments."""
    scale = {0: 8.0, 1: 0.5 * loss, 2: 0.008}
    rows: list[float] = []
    for place in places:
        norm = scale.get(place % 3, 1.0) * (0.9 + 0.2 * chance.random())
        rows += [4096.0, 0.0, norm / 64, -norm, norm, 0.0, norm, 0.0, 64.0, 3.0, 1.0, 0.0]
    writer.frame(schema.SUMMARY_FRAME, step, places, rows, len(schema.SUMMARY_NAMES))
    bins = [chance.random() for _ in range(schema.HISTOGRAM_BINS)]
    writer.frame(schema.HISTOGRAM_FRAME, step, places, bins * len(places), schema.HISTOGRAM_BINS)
    counts = {str(one): BATCH // CLASSES for one in range(CLASSES)}
    stepped = {"entries": 1, "clean": 1, "stale_norm": 0.0, "stepped": True, "parameters": 160, "none": 0, "zero": 0}
    window = {str(OPTIMIZER): {**stepped, "norm": loss, "moved": 160, "zeroed": 1}}
    write(writer, "window", step, training=0, backwards=1, optimizers=window, cost=0.01, memory=3 * 10**8)
    scores = {"shape": [BATCH, CLASSES], "dtype": "float32", "mean": 0.0, "std": 1.0, "min": -4.0, "max": 4.0}
    write(writer,
        "loss_call", step, training=0, series=TRAIN, phase="train", function="cross_entropy", file="train.py", line=20,
        input={**scores, "zeros": 0.0, "norm": 25.3, "nonfinite": 0.0},
        target={"shape": [BATCH], "dtype": "int64", "min": 0, "max": CLASSES - 1},
        ignore_index=-100, reduction="mean", label_smoothing=0.0, mean=loss, classes=CLASSES, row_sum_error=5.0,
        row_min=-4.0, predicted=counts, labels=counts, hits=dict.fromkeys(counts, 4),
        example_losses=[round(loss * chance.random() * 2, 5) for _ in range(BATCH)],
        indices=[chance.randrange(10_000) for _ in range(BATCH)],
    )  # fmt: skip
    features = {"count": 64, "rms_max": 1.4, "rms_max_at": 3, "rms_median": 1.0, "mean_max": 0.1, "std_median": 1.0}
    write(writer,
        "input", step, training=0, op="Addmm", layer="blocks.0", shape=[BATCH, 64], dtype="float32", mean=0.0, std=1.0,
        min=-4.0, max=4.0, zeros=0.0, norm=64.0, nonfinite=0.0, features={**features, "std_max": 1.1, "constant": 0},
    )  # fmt: skip


def read(path: Path) -> None:
    """In a process of its own: print the times as JSON."""
    began = time.process_time()
    import jinja2  # noqa: F401
    import numpy  # noqa: F401

    told = {"imports": time.process_time() - began}
    from unstuck.run import Run

    def timed(name: str, do: object) -> object:
        start = time.process_time()
        made = do()  # type: ignore[operator]
        told[name] = time.process_time() - start
        return made

    answer = timed("diagnose", Run(path).answer)
    timed("json", answer.json)  # type: ignore[attr-defined]
    page = timed("html", answer.html)  # type: ignore[attr-defined]
    broke = [outcome for outcome in answer.diagnosis.outcomes if type(outcome).__name__ == "Broke"]  # type: ignore[attr-defined]
    print(json.dumps({**told, "page": len(str(page).encode()), "broke": [str(one) for one in broke]}))


def measure(name: str, folder: Path) -> bool:
    size = SIZES[name]
    path = folder / name
    make(path, size)
    whole = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    print(f"{name}: {size.steps} steps, {size.layers} layers, a record of {whole / 1e6:.1f} MB")
    ran = subprocess.run([sys.executable, __file__, "--read", str(path)], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    told = json.loads(ran.stdout)
    page, broke, unit = told.pop("page"), told.pop("broke"), told["imports"]
    told["together"] = sum(seconds for part, seconds in told.items() if part != "imports")
    for part, seconds in told.items():
        print(f"  {part:10} {seconds:6.2f} s  {seconds / unit:6.1f} × importing NumPy and Jinja")
    good = told["together"] <= size.limit_seconds and page <= LIMIT_BYTES and not broke
    print(f"  page       {page / 1e6:6.2f} MB", *broke)
    print(f"  {'within' if good else 'ABOVE'} {size.limit_seconds:g} s and {LIMIT_BYTES / 1e6:g} MB", flush=True)
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--read", type=Path, help="(measure this record, in this process)")
    options = parser.parse_args()
    if options.read is not None:
        read(options.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        results = [measure(name, Path(folder)) for name in options.sizes]
    raise SystemExit(not all(results))


if __name__ == "__main__":
    main()
