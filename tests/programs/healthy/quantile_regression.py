"""Three quantiles by the pinball loss on data whose spread grows with x; the best loss is not zero."""
import torch
from torch import nn

torch.manual_seed(9)
N = 4000
x = torch.rand(N, 1) * 4 - 2
y = torch.sin(2 * x) * 0.8 + (0.15 + 0.3 * (x + 2) / 4) * torch.randn(N, 1)
x_train, y_train, x_valid, y_valid = x[:3000], y[:3000], x[3000:], y[3000:]
levels = torch.tensor([0.1, 0.5, 0.9])


def pinball(prediction, target):
    error = target - prediction  # (N, 1) against (N, 3): every quantile against the one target, on purpose
    return torch.maximum(levels * error, (levels - 1) * error).mean()


net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3))
optimizer = torch.optim.RMSprop(net.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=30, power=1.5)
for epoch in range(30):
    permutation = torch.randperm(3000)
    running = 0.0
    for k in range(0, 3000, 100):
        rows = permutation[k:k + 100]
        optimizer.zero_grad()
        loss = pinball(net(x_train[rows]), y_train[rows])
        loss.backward()
        optimizer.step()
        running += loss.item() / 30
    scheduler.step()
    with torch.no_grad():
        predicted = net(x_valid)
        valid = pinball(predicted, y_valid).item()
    if epoch % 10 == 9:
        cover = (y_valid < predicted).float().mean(0)
        print(epoch + 1, f"train {running:.4f} valid {valid:.4f} shares below: {cover.numpy().round(3)}")
