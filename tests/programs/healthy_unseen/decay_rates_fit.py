"""Three numbers of a damped oscillation from forty samples: plain parameters, Adam with a rate of 0.1."""
# Healthy: the numbers begin near enough and are found; a rate that would ruin a network is right here.
import torch

torch.manual_seed(310)
t = torch.linspace(0, 6, 40)
data = 3.0 * torch.exp(-0.4 * t) * torch.cos(2.2 * t) + 0.05 * torch.randn(40)


class Oscillation(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.size = torch.nn.Parameter(torch.tensor(1.0))
        self.decay = torch.nn.Parameter(torch.tensor(0.1))
        self.frequency = torch.nn.Parameter(torch.tensor(2.0))

    def forward(self, t):
        return self.size * torch.exp(-self.decay * t) * torch.cos(self.frequency * t)


model = Oscillation()
loss_fn = torch.nn.MSELoss(reduction="sum")
opt = torch.optim.Adam(model.parameters(), lr=0.1)
for i in range(300):
    loss = loss_fn(model(t), data)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 60 == 59:
        print(i + 1, round(loss.item(), 4), [round(p.item(), 3) for p in model.parameters()])
