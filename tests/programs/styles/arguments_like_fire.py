"""A command line made from a function's signature, and a run as a call of it; nothing runs at module level."""
# steps: 240
# optimizer-steps: 240
# losses: 1
import inspect
import sys

import torch


def fire(function):
    values = {}
    for word in sys.argv[1:]:
        name, _, text = word.removeprefix("--").partition("=")
        kind = inspect.signature(function).parameters[name.replace("-", "_")].annotation
        values[name.replace("-", "_")] = kind(text)
    return function(**values)


def main(epochs: int = 16, batch: int = 40, rate: float = 0.01, width: int = 24, seed: int = 46):
    torch.manual_seed(seed)
    x = torch.randn(600, 5)
    y = torch.stack([x[:, 0] * x[:, 1], x[:, 2].abs()], dim=1)
    y = (y - y.mean(0)) / y.std(0)
    model = torch.nn.Sequential(torch.nn.Linear(5, width), torch.nn.ReLU(), torch.nn.Linear(width, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for epoch in range(epochs):
        for rows in torch.randperm(600).split(batch):
            optimizer.zero_grad()
            loss = torch.nn.functional.huber_loss(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        if epoch % 4 == 3:
            print(f"{epoch + 1=} {loss.item()=:.4f}")


if __name__ == "__main__":
    fire(main)
