"""The loss around a solution and along the path of training: plain steps, momentum, Adam; with and without batch norm."""
import argparse

import torch
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from unstuck.evaluate.landscape import landscape, path_of_training

parser = argparse.ArgumentParser()
parser.add_argument("--out", default="landscape.png")
parser.add_argument("--epochs", type=int, default=40)
parser.add_argument("--steps", type=int, default=21)
given = parser.parse_args()

X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16, dtype=torch.float32)
X_train, X_test, y_train, y_test = train_test_split(X, torch.tensor(y), random_state=0)
loss = nn.CrossEntropyLoss()


def network(norm):
    layers = []
    for inputs in (64, 32, 32, 32, 32):
        layers += [nn.Linear(inputs, 32), *([nn.BatchNorm1d(32)] if norm else []), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(32, 10))


def trained(optimiser, norm=False):
    """The network, and what it was at the end of each epoch."""
    torch.manual_seed(0)
    model = network(norm)
    optimizer = {
        "plain steps": lambda p: torch.optim.SGD(p, 0.2),
        "momentum": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9),
        "Adam": lambda p: torch.optim.Adam(p, 3e-3),
    }[optimiser](model.parameters())
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, given.epochs)
    checkpoints = []
    for _ in range(given.epochs):
        checkpoints.append({key: one.clone() for key, one in model.state_dict().items()})
        model.train()
        for rows in torch.randperm(len(X_train)).split(64):
            value = loss(model(X_train[rows]), y_train[rows])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        schedule.step()
    checkpoints.append({key: one.clone() for key, one in model.state_dict().items()})
    return model.eval(), checkpoints


figure, panels = pyplot.subplots(2, 3, figsize=(13, 7.6), layout="constrained")
data = [(X_train, y_train)]
for panel, optimiser in zip(panels[0], ("plain steps", "momentum", "Adam"), strict=True):
    model, checkpoints = trained(optimiser)
    path = path_of_training(model, loss, data, checkpoints, steps=given.steps, name=f"path of {optimiser}")
    path.plot(panel)
    final, accuracy = loss(model(X_train), y_train).item(), (model(X_test).argmax(1) == y_test).float().mean().item()
    print(f"{optimiser}: training loss {final:.4f}, test accuracy {accuracy:.3f}, {path.explained:.1%} of the path in the plane")
around = {}
for panel, norm in zip(panels[1], (False, True), strict=False):
    name = "with batch norm" if norm else "without batch norm"
    model, _ = trained("momentum", norm)
    landscape(model, loss, data, directions=2, steps=given.steps, name=f"around the solution {name}").plot(panel)
    around[name] = landscape(model, loss, data, directions=1, steps=41, name=name)
    print(f"{name}: loss {around[name].losses[20]:.4f}, at distance 0.5 {around[name].losses[[10, 30]].mean():.3f}")
for name, one in around.items():
    panels[1][2].plot(one.x, one.losses, label=name)
panels[1][2].set(yscale="log", xlabel="distance", title="one direction")
panels[1][2].legend()
figure.savefig(given.out, dpi=75)
