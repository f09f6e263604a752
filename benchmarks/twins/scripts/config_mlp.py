"""Vowels, nasal or oral: a network whose every setting stands in config.toml."""
import tomllib

import pandas as pd
import torch
from torch import nn

with open("config.toml", "rb") as file:
    config = tomllib.load(file)
torch.manual_seed(config["seed"])


def layers(widths, classes):
    for a, b in zip(widths, widths[1:]):
        yield nn.Linear(a, b)
        yield nn.BatchNorm1d(b, momentum=config["model"]["norm_momentum"])
        yield nn.ReLU()
        yield nn.Dropout(config["model"]["dropout"])
    yield nn.Linear(widths[-1], classes)


def load(path, statistics=None):
    frame = pd.read_csv(path)
    values = frame.drop(columns="nasal")
    if statistics is None:
        statistics = values.mean(), values.std()
    x = torch.tensor(((values - statistics[0]) / statistics[1]).to_numpy(), dtype=torch.float32)
    return x, torch.tensor(frame["nasal"].to_numpy(), dtype=torch.int64), statistics


x, y, statistics = load(config["data"]["train"])
xt, yt, _ = load(config["data"]["test"], statistics)
model = nn.Sequential(*layers([x.shape[1], *config["model"]["hidden"]], 2))
settings = config["optimizer"]
optimizer = torch.optim.SGD(model.parameters(), lr=settings["lr"], momentum=settings["momentum"], weight_decay=settings["weight_decay"])
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, settings["step"], settings["gamma"])
criterion = nn.CrossEntropyLoss()
for epoch in range(config["epochs"]):
    model.train()
    total = 0.0
    for chosen in torch.randperm(len(x)).split(config["batch_size"]):
        if len(chosen) < 2:
            continue
        loss = criterion(model(x[chosen]), y[chosen])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings["clip"])
        optimizer.step()
        total += loss.item() * len(chosen)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        out = model(xt)
    print(f"epoch {epoch + 1} train_loss={total / len(x):.4f} test_loss={criterion(out, yt).item():.4f} test_acc={(out.argmax(1) == yt).float().mean().item():.4f}")
