"""Weights, optimiser, schedule, epoch and generator state in one checkpoint; a copy goes on from it and agrees."""
import copy
import hashlib
import io
import tempfile
from pathlib import Path

import torch
from _fingerprint import fingerprint, seed
from torch import nn

seed(12)


def build():
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)


def epoch(model, optimizer, scheduler):
    for _ in range(25):
        x = torch.randn(32, 4)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), (x.prod(1) > 0).long())
        loss.backward()
        optimizer.step()
    scheduler.step()
    return loss.item()


model, optimizer, scheduler = build()
for n in range(3):
    print(n, epoch(model, optimizer, scheduler))
checkpoint = {
    "epoch": n,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "scheduler": scheduler.state_dict(),
    "random": torch.get_rng_state(),
}
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "checkpoint.pt"
    torch.save(checkpoint, path)
    print("bytes", path.stat().st_size, hashlib.sha1(path.read_bytes()).hexdigest())
    loaded = torch.load(path, weights_only=True)
torch.save(copy.deepcopy(model), buffer := io.BytesIO())
print("copy", hashlib.sha1(buffer.getvalue()).hexdigest())
for n in range(2):
    print("on", epoch(model, optimizer, scheduler))
again, optimizer2, scheduler2 = build()
again.load_state_dict(loaded["model"])
optimizer2.load_state_dict(loaded["optimizer"])
scheduler2.load_state_dict(loaded["scheduler"])
torch.set_rng_state(loaded["random"])
for n in range(2):
    print("again", epoch(again, optimizer2, scheduler2))
fingerprint(model, optimizer, scheduler, again, optimizer2, scheduler2)
