"""Hogwild: two child processes train one model in shared memory; the parent only evaluates, no backward of its own."""
# steps: 0
# optimizer-steps: 0
# losses: 0
# child-steps: 100 100
import torch
import torch.multiprocessing as mp
from torch import nn


def build():
    return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))


def data(seed, n=400):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 4, generator=g)
    return x, (x[:, 0] + x[:, 1] > 0).long()


def train(rank, model):
    torch.set_num_threads(1)
    torch.manual_seed(100 + rank)
    x, y = data(rank)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    for epoch in range(10):
        for rows in torch.randperm(len(x)).split(40):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
    print(f"child {rank}: 100 steps, loss {loss.item():.3f}", flush=True)


if __name__ == "__main__":
    torch.manual_seed(44)
    mp.set_start_method("fork")
    model = build()
    model.share_memory()
    children = [mp.Process(target=train, args=(rank, model)) for rank in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    x, y = data(9)
    with torch.no_grad():
        print("parent: accuracy", (model(x).argmax(1) == y).float().mean().item() > 0.9)
