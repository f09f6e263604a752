"""With the real torch: one script, its loader's workers and its trained workers, both ways."""

from __future__ import annotations

import pytest

from unstuck.record.reader import Record
from unstuck.record.schema import Kind

PROGRAM = """
    import sys
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    def train(word="main"):
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        data = TensorDataset(torch.randn(32, 4), torch.randint(0, 3, (32,)))
        how = sys.argv[1] if word == "main" else None
        workers = {"num_workers": 2, "multiprocessing_context": how} if how else {}
        for inputs, labels in DataLoader(data, batch_size=8, shuffle=True, **workers):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(inputs), labels)
            loss.backward()
            optimizer.step()
            print(word, loss.item(), flush=True)
        return model

    if __name__ == "__main__":
        train()
        if sys.argv[1] == "spawn":
            raise RuntimeError("after training")
        worker = torch.multiprocessing.get_context("spawn").Process(target=train, args=("worker",))
        worker.start()
        worker.join()
        print(worker.exitcode)
        raise RuntimeError("after training")
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_loader_workers_leave_no_part_and_trained_workers_do(box, how):
    del box.environment["PYTHONPATH"]
    box.environment["OMP_NUM_THREADS"] = "1"
    box.write("train.py", PROGRAM)
    watched = box.same("train.py", how) if how == "fork" else box.under_watch("train.py", how)
    assert watched.code == 1
    assert watched.out.count("main") == 4
    record = Record(box.record)
    assert [len(part.rows(Kind.STEP)) for part in record.parts] == ([4] if how == "spawn" else [4, 4])
    assert record.manifest.child.exception == "RuntimeError"
    assert record.manifest.failures == ()
