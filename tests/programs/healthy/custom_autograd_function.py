"""A hand-written autograd Function (a smooth swish with its own backward), checked by gradcheck, then trained."""
import torch
import torch.nn as nn


class SwishFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, beta):
        s = torch.sigmoid(beta * x)
        ctx.save_for_backward(x, beta, s)
        return x * s

    @staticmethod
    def backward(ctx, grad_output):
        x, beta, s = ctx.saved_tensors
        slope = s * (1 - s)
        return grad_output * (s + beta * x * slope), (grad_output * x * x * slope).sum()


class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return SwishFunction.apply(x, self.beta)


torch.autograd.gradcheck(SwishFunction.apply, (torch.randn(5, 3, dtype=torch.double, requires_grad=True),
                                               torch.tensor(0.7, dtype=torch.double, requires_grad=True)))
torch.manual_seed(40)
X = torch.rand(5000, 3) * 2 - 1
Y = torch.stack([torch.sin(3 * X[:, 0]) * X[:, 1], torch.cos(2 * X[:, 1] + X[:, 2])], 1)
Y = (Y - Y.mean(0)) / Y.std(0) + 0.1 * torch.randn(5000, 2)
x_fit, y_fit, x_new, y_new = X[:4000], Y[:4000], X[4000:], Y[4000:]
net = nn.Sequential(nn.Linear(3, 32), Swish(), nn.Linear(32, 32), Swish(), nn.Linear(32, 2))
criterion = nn.MSELoss()
optim = torch.optim.RAdam(net.parameters(), lr=1e-2)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(optim, 28)
for epoch in range(28):
    mean_loss = 0.0
    for rows in torch.randperm(4000).view(40, 100):
        optim.zero_grad()
        loss = criterion(net(x_fit[rows]), y_fit[rows])
        loss.backward()
        optim.step()
        mean_loss += loss.item() / 40
    sched.step()
    with torch.no_grad():
        new = criterion(net(x_new), y_new).item()
    if epoch % 9 == 0:
        print(f"{epoch} train {mean_loss:.4f} held-out {new:.4f} betas {net[1].beta.item():.2f} {net[3].beta.item():.2f}")
