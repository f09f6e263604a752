"""Four shapes of generated signals, a one-dimensional convolution network, its own Dataset."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))


class Signals(Dataset):
    def __init__(self, count: int, seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(0, 4, (count,), generator=random)
        if "sorted" in faults:
            self.labels = self.labels.sort().values
        time = torch.linspace(0, 6.28, 48)
        phase = torch.rand(count, 1, generator=random) * 6.28
        waves = torch.stack([torch.sin(2 * time + phase), torch.sin(2 * time + phase).sign(), torch.sin(5 * time + phase),
                             torch.sin(5 * time + phase).sign()])  # fmt: skip
        signals = waves[self.labels, torch.arange(count)] + 0.3 * torch.randn(count, 48, generator=random)
        self.signals = signals

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        return self.signals[index][None], self.labels[index]


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 12, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(12, 24, 5), nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten()
        )
        self.dropout = nn.Dropout(0.98 if "dropout" in faults else 0.1)
        self.classifier = nn.Linear(96, 4)

    def forward(self, x):
        x = self.classifier(self.dropout(self.features(x)))
        if "relu-out" in faults:
            x = nn.functional.relu(x)
        return x


def run(model, loader, optimizer, criterion) -> float:
    total = 0.0
    for signals, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(signals), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def main() -> None:
    torch.manual_seed(12)
    model = Net()
    if "zero-init" in faults:
        for module in model.modules():
            if isinstance(module, (nn.Conv1d, nn.Linear)):
                nn.init.zeros_(module.weight)
    rate = 1e-7 if "low-rate" in faults else 0.5 if "high-rate" in faults else 2e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    criterion = nn.CrossEntropyLoss()
    if "nll" in faults:
        criterion = nn.NLLLoss()
    loader = DataLoader(Signals(1200, 1), batch_size=24, shuffle="sorted" not in faults)
    for epoch in range(40):
        model.train()
        print(f"epoch {epoch}: {run(model, loader, optimizer, criterion):.4f}")
    model.eval()
    faults.discard("relu-out")  # the score is that of what was learned
    test = Signals(600, 2)
    with torch.no_grad():
        answers = model(test.signals[:, None]).argmax(1)
    print(f"score {(answers == test.labels).float().mean():.4f}")


if __name__ == "__main__":
    main()
