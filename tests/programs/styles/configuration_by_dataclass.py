"""Configuration in nested dataclasses parsed from dotted arguments, a registry of models and of optimisers by name."""
# steps: 240
# optimizer-steps: 240
# losses: 1
import sys
from dataclasses import dataclass, field, fields

import torch
from torch import nn

MODELS = {}


def register(name):
    def decorate(cls):
        MODELS[name] = cls
        return cls

    return decorate


@register("mlp")
class MLP(nn.Module):
    def __init__(self, n_in, width, n_out):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_in, width), nn.Mish(), nn.Linear(width, n_out))

    def forward(self, x):
        return self.net(x)


@dataclass
class ModelConfig:
    name: str = "mlp"
    width: int = 32


@dataclass
class OptimConfig:
    target: str = "torch.optim.NAdam"
    lr: float = 0.01


@dataclass
class Config:
    model: ModelConfig = field(default_factory=ModelConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    epochs: int = 16


def parse(argv):
    config = Config()
    for item in argv:
        path, _, text = item.partition("=")
        *parents, last = path.split(".")
        node = config
        for name in parents:
            node = getattr(node, name)
        kind = next(f.type for f in fields(node) if f.name == last)
        setattr(node, last, kind(text))
    return config


def instantiate(path, *args, **kwargs):
    module, _, name = path.rpartition(".")
    __import__(module)
    return getattr(sys.modules[module], name)(*args, **kwargs)


def main(config):
    torch.manual_seed(47)
    x = torch.randn(600, 6)
    y = (x @ torch.randn(6, 3)).argmax(1)
    model = MODELS[config.model.name](6, config.model.width, 3)
    optimizer = instantiate(config.optim.target, model.parameters(), lr=config.optim.lr)
    for epoch in range(config.epochs):
        for rows in torch.randperm(600).split(40):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        print(epoch, round(loss.item(), 4)) if epoch % 4 == 3 else None


if __name__ == "__main__":
    main(parse(sys.argv[1:]))
