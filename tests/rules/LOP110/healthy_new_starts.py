"""Digits; a new Adam for each fold, for each client of a federated round, and for each stage of a fine-tuning."""
import copy

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)


def train(model, rows, epochs, rate=3e-3):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=epochs)
    loader = DataLoader(TensorDataset(X[rows], y[rows]), batch_size=50, shuffle=True)
    for epoch in range(epochs):
        for inputs, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()
        decay.step()


def network():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


folds = torch.randperm(len(X)).chunk(4)
for held_out in range(4):
    train(network(), torch.cat([fold for at, fold in enumerate(folds) if at != held_out]), 12)
whole, client = network(), network()
for round in range(6):
    states = []
    for fold in folds:
        client.load_state_dict(whole.state_dict())
        train(client, fold, 1)
        states.append(copy.deepcopy(client.state_dict()))
    whole.load_state_dict({key: sum(state[key] for state in states) / 4 for key in states[0]})
for rate in (3e-3, 1e-3, 3e-4, 1e-4):
    train(whole, torch.cat(folds), 3, rate)
