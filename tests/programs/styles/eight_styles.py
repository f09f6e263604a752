"""The same model, trained in eight styles one after the other."""
# steps: 800
# optimizer-steps: 400
# losses: 8
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(19)
x = torch.randn(400, 5)
y = x[:, :1] * 0.8 - x[:, 1:2] * 0.6 + 0.05 * torch.randn(400, 1)


def fresh():
    return nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 1))


def rows():
    for _ in range(10):
        yield from torch.randperm(400).split(40)


def with_optimizer(make):
    net = fresh()
    opt = make(net.parameters())
    for r in rows():
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x[r]), y[r])
        loss.backward()
        opt.step()
    return loss.item()


def with_loader():
    net, criterion = fresh(), nn.MSELoss()
    opt = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(10):
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=40, shuffle=True):
            loss = criterion(net(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
    return loss.item()


def by_hand(update):
    net = fresh()
    for r in rows():
        net.zero_grad()
        loss = (net(x[r]) - y[r]).pow(2).mean()
        loss.backward()
        with torch.no_grad():
            for p in net.parameters():
                update(p)
    return loss.item()


def assign(p):
    p.data = p.data - 0.1 * p.grad


def swap(p):
    p.copy_(torch.sub(p, p.grad, alpha=0.1))


print("sgd", with_optimizer(lambda p: torch.optim.SGD(p, lr=0.1)))
print("momentum", with_optimizer(lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9)))
print("adam", with_optimizer(lambda p: torch.optim.Adam(p, lr=0.02)))
print("loader", with_loader())
print("add_", by_hand(lambda p: p.add_(p.grad, alpha=-0.1)))
print("sub_", by_hand(lambda p: p.sub_(0.1 * p.grad)))
print("assign", by_hand(assign))
print("copy_", by_hand(swap))
