"""Train an encoder-decoder on sentence pairs: `python train.py FOLDER --kind attention --minutes 6`.

FOLDER holds `train*.de`, `val*.de`, `test*.de` and the same in the other language, one sentence a line (`.gz` or not).
"""
import argparse
import random
import time

import torch
from corpus import PAD, Words, batches, pairs
from networks import network
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--source", default="de")
parser.add_argument("--target", default="en")
parser.add_argument("--kind", default="attention", choices=["attention", "plain", "transformer"])
parser.add_argument("--minutes", type=float, default=6.0, help="of processor time")
parser.add_argument("--rows", type=int, default=None, help="sentence pairs to train on [default: all]")
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--out", default=None)
given = parser.parse_args()

torch.manual_seed(0)
order = random.Random(0)
train = pairs(given.folder, "train", given.source, given.target)[: given.rows]
held_out = pairs(given.folder, "val", given.source, given.target)
names = Words([a for a, _ in train]), Words([b for _, b in train])
train, held_out = ([(names[0].encode(a), names[1].encode(b)) for a, b in part] for part in (train, held_out))
model = network(given.kind, len(names[0]), len(names[1]))
rate = 1e-3 if given.kind == "transformer" else 2e-3
optimizer = torch.optim.Adam(model.parameters(), lr=rate)
criterion = nn.CrossEntropyLoss(ignore_index=PAD)


def spent():
    """The share of the time that is used up."""
    return time.process_time() / (60 * given.minutes)


epoch, best = 0, float("inf")
while spent() < 1:
    model.train()
    for _, source, target in batches(train, given.batch, order):
        for group in optimizer.param_groups:  # the rate rises for 2 % of the time, then falls to zero along a line
            group["lr"] = rate * min(1.0, spent() / 0.02, max(0.02, 1 - spent()) / 0.7)
        loss = criterion(model(source, target).flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if spent() >= 1:
            break
    epoch += 1
    model.eval()
    with torch.no_grad():
        total = count = 0.0
        for _, source, target in batches(held_out, 256):
            words = (target != PAD).sum().item()
            total += words * criterion(model(source, target).flatten(0, 1), target.flatten()).item()
            count += words
    print(f"epoch {epoch}: training loss {loss.item():.3f}, held-out loss {total / count:.3f}, {spent():.0%}", flush=True)
    kept = {"kind": given.kind, "model": model.state_dict(), "source": names[0].names, "target": names[1].names,
            "languages": (given.source, given.target)}
    torch.save(kept, given.out or f"translator_{given.kind}.pt")
