"""Generated laboratory values in their own units, a sigmoid in the net and another in the loss."""
# expects: LOS102 SCL101
import torch
import torch.nn.functional as F

torch.manual_seed(23)
n = 1000
glucose = 95 + 25 * torch.randn(n)
platelets = 250 + 60 * torch.randn(n)
sodium = 140 + 3 * torch.randn(n)
ph = 7.4 + 0.05 * torch.randn(n)
risk = (glucose - 95) / 25 - (platelets - 250) / 60 + 0.7 * (ph - 7.4) / 0.05
ill = (risk + 0.5 * torch.randn(n) > 0).float()
table = torch.stack([glucose, platelets, sodium, ph], dim=1)


class Screening(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(4, 32)
        self.second = torch.nn.Linear(32, 16)
        self.last = torch.nn.Linear(16, 1)

    def forward(self, table):
        hidden = F.relu(self.second(F.relu(self.first(table))))
        return torch.sigmoid(self.last(hidden)).flatten()


model = Screening()
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(25):
    for rows in torch.randperm(n).chunk(20):
        adam.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(table[rows]), ill[rows])
        loss.backward()
        adam.step()
    if epoch % 5 == 0:
        right = ((model(table) > 0.5) == ill.bool()).float().mean()
        print("epoch", epoch, "loss", f"{loss:.4f}", "right", f"{right:.3f}")
