"""House energy from generated plans: answers (N, 1) against targets (N,), and gradients that pile up."""
# expects: LOS107 LOP101
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class EnergyNet(nn.Module):
    """Six standardised properties of a house to its standardised demand."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.inp = nn.Linear(6, width)
        self.mid = nn.Linear(width, width)
        self.out = nn.Linear(width, 1)
        self.act = nn.SiLU()

    def forward(self, house: torch.Tensor) -> torch.Tensor:
        house = self.act(self.inp(house))
        house = house + self.act(self.mid(house))
        return self.out(house)


def generate(n: int) -> TensorDataset:
    house = torch.randn(n, 6)
    demand = 1.2 * house[:, 0] - 0.8 * house[:, 1] * house[:, 2] + 0.5 * house[:, 3].abs()
    demand = demand + 0.1 * torch.randn(n)
    return TensorDataset(house, (demand - demand.mean()) / demand.std())


def train(model: nn.Module, loader: DataLoader, epochs: int) -> list[float]:
    criterion = nn.L1Loss()
    optimizer = torch.optim.SGD(model.parameters(), lr=2e-4)
    curve = []
    for _ in range(epochs):
        total = 0.0
        for house, demand in loader:
            loss = criterion(model(house), demand)
            loss.backward()
            optimizer.step()
            total += loss.item()
        curve.append(total / len(loader))
    return curve


if __name__ == "__main__":
    torch.manual_seed(50)
    model = EnergyNet()
    curve = train(model, DataLoader(generate(720), batch_size=36, shuffle=True), epochs=25)
    print(" ".join(f"{value:.3f}" for value in curve[::4]))
