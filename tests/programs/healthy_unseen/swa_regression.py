"""Stochastic weight averaging: from the middle on the rate is held, the weights are averaged and batch norm is refreshed."""
import torch
import torch.nn as nn
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(219)


def friedman(n):
    x = torch.rand(n, 6)
    y = 10 * torch.sin(torch.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    y = y + torch.randn(n)
    return (x - 0.5) / 0.29, ((y - 14.4) / 5.0).unsqueeze(1)


train, (x_test, y_test) = TensorDataset(*friedman(3000)), friedman(1000)
loader = DataLoader(train, batch_size=100, shuffle=True)
model = nn.Sequential(
    nn.Linear(6, 32, bias=False), nn.BatchNorm1d(32), nn.ReLU(),
    nn.Linear(32, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
averaged = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.08, momentum=0.9, weight_decay=5e-4)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 16, eta_min=0.003)
hold = SWALR(optimizer, swa_lr=0.003, anneal_epochs=2)
criterion, EPOCHS, START = nn.MSELoss(), 24, 16
for epoch in range(EPOCHS):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() / len(loader)
    if epoch >= START:
        averaged.update_parameters(model)
        hold.step()
    else:
        decay.step()
    model.eval()
    with torch.no_grad():
        test = criterion(model(x_test), y_test).item()
    if epoch % 6 == 5:
        print(f"epoch {epoch + 1} train {total:.4f} test {test:.4f}")
update_bn(loader, averaged)
averaged.eval()
with torch.no_grad():
    print(f"averaged weights: test {criterion(averaged(x_test), y_test).item():.4f} (noise 0.04)")
