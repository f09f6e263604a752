"""Every step takes the whole set; a graph convolution over twenty nodes, of which half carry a label."""
# steps: 150
# optimizer-steps: 150
# losses: 1
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(29)
n = 60
labels = torch.arange(n) % 2
links = torch.rand(n, n) < torch.where(labels[:, None] == labels[None, :], 0.25, 0.05)
adjacency = (links | links.T | torch.eye(n, dtype=torch.bool)).float()
degree = adjacency.sum(1)
adjacency = adjacency / (degree[:, None] * degree[None, :]).sqrt()
features = torch.randn(n, 8)
features[:, 0] += labels * 1.0
train = torch.randperm(n)[:30]


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 16)
        self.second = nn.Linear(16, 2)

    def forward(self, a, x):
        return self.second(a @ F.relu(self.first(a @ x)))


model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
for epoch in range(150):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(adjacency, features)[train], labels[train])
    loss.backward()
    optimizer.step()
    if epoch % 30 == 29:
        print(f"epoch {epoch + 1} loss {loss.item():.4f}")
print("accuracy on all nodes", (model(adjacency, features).argmax(1) == labels).float().mean().item())
