"""Nasal or oral vowels (phoneme table): standardised inputs, two logits, dropout, AdamW with one-cycle."""
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

DATA = Path(os.environ.get("UNSTUCK_TEST_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
FILE = DATA / "phoneme.csv"
if not FILE.is_file():
    raise SystemExit("data missing")


class Net(nn.Module):
    def __init__(self, p=0.1):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(5, 48), nn.Linear(48, 24), nn.Linear(24, 2)
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        x = nn.functional.gelu(self.fc1(x))
        x = self.dropout(nn.functional.gelu(self.fc2(x)))
        return self.fc3(x)


def epoch_loss(model, loader, loss_fn, opt=None, sched=None):
    model.train(opt is not None)
    total, hits, n = 0.0, 0, 0
    for x, y in loader:
        with torch.set_grad_enabled(opt is not None):
            out = model(x)
            loss = loss_fn(out, y)
        if opt is not None:
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
        total += loss.item() * len(y)
        hits += (out.argmax(1) == y).sum().item()
        n += len(y)
    return total / n, hits / n


def main():
    torch.manual_seed(14)
    table = np.loadtxt(FILE, delimiter=",", dtype=np.float32)
    data = TensorDataset(torch.from_numpy(table[:, :-1]), torch.from_numpy(table[:, -1]).long())
    train, test = random_split(data, [4200, len(data) - 4200])
    x_train = data.tensors[0][train.indices]
    data.tensors[0].sub_(x_train.mean(0)).div_(x_train.std(0))
    train_loader = DataLoader(train, batch_size=100, shuffle=True)
    test_loader = DataLoader(test, batch_size=600)
    model, loss_fn, epochs = Net(), nn.CrossEntropyLoss(), 16
    opt = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, 1.2e-2, epochs=epochs, steps_per_epoch=len(train_loader))
    for epoch in range(1, epochs + 1):
        tr_loss, tr_acc = epoch_loss(model, train_loader, loss_fn, opt, sched)
        te_loss, te_acc = epoch_loss(model, test_loader, loss_fn)
        if epoch % 4 == 0:
            print(f"{epoch:02d}: train {tr_loss:.4f}/{tr_acc:.3f} test {te_loss:.4f}/{te_acc:.3f}")


if __name__ == "__main__":
    main()
