"""Trains until the validation loss has not improved for eight epochs, then tests the best weights."""
import copy

import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

PATIENCE = 8


def read(name, mean=None, std=None):
    frame = pd.read_csv(name)
    y = torch.tensor(frame.pop("y").to_numpy(), dtype=torch.long)
    x = torch.tensor(frame.to_numpy(), dtype=torch.float32)
    if mean is None:
        mean, std = x.mean(0), x.std(0).clamp(min=1e-6)
    return (x - mean) / std, y, mean, std


def fit(model, train, valid, max_epochs=60):
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3, weight_decay=1e-4)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=2)
    best, best_state, waited = float("inf"), None, 0
    x, y = train
    for epoch in range(max_epochs):
        model.train()
        total = 0.0
        for at in torch.randperm(len(x)).split(50):
            loss = F.cross_entropy(model(x[at]), y[at])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(at)
        model.eval()
        with torch.inference_mode():
            val_loss = F.cross_entropy(model(valid[0]), valid[1]).item()
        plateau.step(val_loss)
        print(f"{epoch:3d} train {total / len(x):.4f} valid {val_loss:.4f}")
        if val_loss < best - 1e-4:
            best, best_state, waited = val_loss, copy.deepcopy(model.state_dict()), 0
        else:
            waited += 1
            if waited >= PATIENCE:
                break
    model.load_state_dict(best_state)
    return model


torch.manual_seed(3)
x, y, mean, std = read("train.csv")
xv, yv, *_ = read("valid.csv", mean, std)
xt, yt, *_ = read("test.csv", mean, std)
model = nn.Sequential(nn.Linear(x.shape[1], 40), nn.GELU(), nn.Linear(40, 40), nn.GELU(), nn.Linear(40, 2))
fit(model, (x, y), (xv, yv))
with torch.no_grad():
    print("test accuracy", round((model(xt).argmax(1) == yt).float().mean().item(), 4))
