"""Small networks that are trained within seconds: a perceptron for rows, two convolutions for images."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def fitted(train: Any, seed: int, *, long: bool = False) -> Any:
    """A network for rows or images; ``long``: over-trained."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return perceptron(train, seed, long=long) if train[0].ndim == 2 else convolutions(train, seed, long=long)


def perceptron(train: Any, seed: int, *, long: bool) -> Any:
    wide = len(np.unique(train[1])) > 2
    model = MLPClassifier(
        (64,), alpha=1e-5 if long else 0.1 if wide else 3.0, max_iter=400 if long else 60, random_state=seed,
        learning_rate_init=3e-3, early_stopping=not long and not wide,
    )  # fmt: skip
    return make_pipeline(StandardScaler(), model).fit(*train)


def convolutions(train: Any, seed: int, *, long: bool) -> Any:
    import torch
    from torch import nn

    torch.manual_seed(seed)
    x, y = torch.tensor(train[0]), torch.tensor(train[1])
    side = -(-x.shape[2] // 4)
    network = nn.Sequential(
        nn.Conv2d(x.shape[1], 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(),
        nn.Dropout(0.3), nn.Linear(32 * side * side, 10),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    for _ in range(30 if long else 6):
        order = torch.randperm(len(x))
        for first in range(0, len(x), 50):
            at = order[first : first + 50]
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(x[at]), y[at]).backward()
            optimizer.step()
    return network.eval()


def probabilities(model: Any, x: Any) -> Any:
    """Of the classes, by a network or an estimator, for an array or a tensor."""
    import torch

    if not isinstance(model, torch.nn.Module):
        return model.predict_proba(x)
    with torch.no_grad():
        return model(torch.as_tensor(x)).softmax(1).numpy()
