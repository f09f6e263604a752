"""A sweep: widths times activations on two moons, every candidate trained to the end, best one by held-out loss."""
import itertools

import torch
from sklearn.datasets import make_moons
from torch import nn, optim


def dataset():
    x, y = make_moons(3000, noise=0.2, random_state=11)
    x = torch.tensor(x, dtype=torch.float32)
    x = (x - x[:2000].mean(0)) / x[:2000].std(0)
    y = torch.tensor(y, dtype=torch.float32)
    return x[:2000], y[:2000], x[2000:], y[2000:]


def build(width, activation):
    return nn.Sequential(nn.Linear(2, width), activation(), nn.Linear(width, width), activation(), nn.Linear(width, 1))


def fit(net, data, steps=300, batch=100, lr=0.015):
    x, y, xv, yv = data
    criterion = nn.BCEWithLogitsLoss()
    opt = optim.Adam(net.parameters(), lr=lr)
    sched = optim.lr_scheduler.CosineAnnealingLR(opt, steps)
    for step in range(steps):
        take = torch.randint(0, len(x), (batch,))
        opt.zero_grad()
        criterion(net(x[take]).squeeze(1), y[take]).backward()
        opt.step()
        sched.step()
    with torch.no_grad():
        return criterion(net(x).squeeze(1), y).item(), criterion(net(xv).squeeze(1), yv).item()


if __name__ == "__main__":
    data = dataset()
    table = {}
    for width, activation in itertools.product((16, 32), (nn.LeakyReLU, nn.Tanh)):
        torch.manual_seed(width)
        table[width, activation.__name__] = fit(build(width, activation), data)
        print("width %2d %-9s train %.4f held-out %.4f" % (width, activation.__name__, *table[width, activation.__name__]))
    print("best", min(table, key=lambda k: table[k][1]))
