"""Regression through saturated tanh and sigmoid layers, targets in two columns, gradients never set to zero."""
import torch
from _truth import Truth
from torch import nn

torch.manual_seed(3)
x = 6 * torch.randn(160, 5)
y = torch.stack([x[:, 0] * 3 + 7, (x[:, 1] > 0).float()], 1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(5, 20), nn.Linear(20, 20), nn.Linear(20, 2)

    def forward(self, batch):
        one = torch.tanh(self.a(batch))
        two = torch.sigmoid(3 * self.b(one))
        self.seen = one, two
        return self.c(two)


net = Net()
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3)
named = list(net.named_parameters())
truth = Truth()
truth.outputs(net)
for step in range(40):
    rows = torch.randint(0, 160, (20,))
    out = net(x[rows])
    loss = nn.functional.mse_loss(out, y[rows])
    truth.bounded("a", "tanh", net.seen[0], -1, 1)
    truth.bounded("b", "sigmoid", net.seen[1], 0, 1)
    truth.target(out, y[rows])
    truth.entered_data("a", x[rows])
    truth.entering(optimizer)
    truth.loss(loss)
    loss.backward()
    truth.backward_done()
    truth.before_step(named)
    optimizer.step()
    truth.rate(optimizer)
    truth.after_step(optimizer, named)
    truth.stepped()
    if step % 4 == 0:
        with torch.no_grad():
            truth.eval(nn.functional.huber_loss(net(x), y))
truth.save()
