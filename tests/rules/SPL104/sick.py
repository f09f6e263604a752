"""The examples come class by class."""

import numpy as np

from unstuck.analysis.ledger.examine import examine
from unstuck.record.reader import Record
from unstuck.testing import ledgers, synthetic


def record(path):
    random = np.random.default_rng(0)
    y = random.integers(0, 4, 800)
    x = random.normal(size=(800, 6)).astype(np.float32)
    x[np.arange(800), y] += 2
    held_out = {"val_loader": (x[600:], y[600:])}
    sorted_by_class = np.argsort(y[:600], kind="stable")

    def order(_):
        return sorted_by_class

    made = synthetic.record(path, loss=np.geomspace(1.4, 0.4, 100), function="cross_entropy")
    examine(made.path, ledgers.trained(x[:600], y[:600], held_out=held_out, order=order, name="train_loader"))
    return Record(made.path)
