"""Regression: rows read with csv, NumPy arrays that become tensors batch by batch."""
import csv

import numpy as np
import torch
from torch import nn


def read(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = np.array(rows, dtype=np.float64)
    return table[:, :-1], table[:, -1:]


def batches(x, y, size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        take = order[start:start + size]
        yield torch.from_numpy(x[take]).float(), torch.from_numpy(y[take]).float()


def main():
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    x_train, y_train = read("train.csv")
    x_test, y_test = read("test.csv")
    mean, std = x_train.mean(0), x_train.std(0) + 1e-6
    x_train, x_test = (x_train - mean) / std, (x_test - mean) / std
    model = nn.Sequential(nn.Linear(x_train.shape[1], 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.MSELoss()
    for epoch in range(40):
        model.train()
        for xb, yb in batches(x_train, y_train, 16, rng):
            loss = loss_fn(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            prediction = model(torch.from_numpy(x_test).float())
            error = loss_fn(prediction, torch.from_numpy(y_test).float())
        r2 = 1 - error.item() / y_test.var()
        if epoch % 4 == 3:
            print(f"epoch {epoch + 1}: train {loss.item():.4f} test mse {error.item():.4f} r2 {r2:.4f}")


main()
