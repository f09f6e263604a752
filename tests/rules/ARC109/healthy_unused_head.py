"""A second head runs and is not in this loss; a probe learns on detached features that another loss trains."""
import torch
from torch import nn

torch.manual_seed(0)


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU())
        self.again = nn.Linear(12, 12)
        self.head = nn.Linear(12, 3)
        self.probe = nn.Linear(12, 2)

    def forward(self, x):
        code = self.body(x)
        return self.head(code), self.again(code), self.probe(code.detach())


x = torch.randn(600, 12)
y, z = x[:, :3].argmax(1), (x[:, 4] > 0).long()
model = Two()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 25)
for epoch in range(25):
    for rows in torch.randperm(600).split(50):
        scores, _, extra = model(x[rows])
        loss = nn.functional.cross_entropy(scores, y[rows]) + nn.functional.cross_entropy(extra, z[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    decay.step()
print(loss.item())
