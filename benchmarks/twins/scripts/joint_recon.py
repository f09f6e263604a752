"""Labels and the picture itself come out of one code; config.json weighs the two losses."""
import json

import numpy as np
import torch
from torch import nn, optim

cfg = json.load(open("config.json"))
torch.manual_seed(cfg["seed"])
data = {key: torch.from_numpy(value) for key, value in np.load("pictures.npz").items()}
x, y, xv, yv = data["x"], data["y"].long(), data["xv"], data["yv"].long()

encoder = nn.Sequential(nn.Linear(196, 64), nn.ReLU(), nn.Linear(64, cfg["code"]), nn.ReLU())
decoder = nn.Sequential(nn.Linear(cfg["code"], 64), nn.ReLU(), nn.Linear(64, 196), nn.Sigmoid())
classifier = nn.Linear(cfg["code"], 10)
params = [*encoder.parameters(), *decoder.parameters(), *classifier.parameters()]
optimizer = optim.Adagrad(params, lr=cfg["lr"])

for epoch in range(1, cfg["epochs"] + 1):
    sums = np.zeros(2)
    for start in range(0, len(x), cfg["batch"]):
        if start == 0:
            order = torch.randperm(len(x))
        rows = order[start:start + cfg["batch"]]
        code = encoder(x[rows])
        label_loss = nn.functional.cross_entropy(classifier(code), y[rows])
        picture_loss = nn.functional.mse_loss(decoder(code), x[rows])
        loss = cfg["label_weight"] * label_loss + cfg["picture_weight"] * picture_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums += label_loss.item() * len(rows), picture_loss.item() * len(rows)
    with torch.no_grad():
        right = (classifier(encoder(xv)).argmax(1) == yv).float().mean().item()
    print(f"epoch {epoch}: label loss {sums[0] / len(x):.4f} picture loss {sums[1] / len(x):.4f} accuracy {right:.4f}")
