"""Two-layer graph convolution on a stochastic block model: one full batch per step, loss on the labelled nodes only."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(215)
NODES, BLOCKS, FEATURES = 400, 4, 8
block = torch.randint(0, BLOCKS, (NODES,))
centres = torch.randn(BLOCKS, FEATURES) * 0.5
features = centres[block] + torch.randn(NODES, FEATURES)
features = (features - features.mean(0)) / features.std(0)
chance = torch.where(block[:, None] == block[None, :], 0.04, 0.008)
upper = torch.bernoulli(chance).triu(1)
adjacency = upper + upper.T + torch.eye(NODES)
degree = adjacency.sum(1).rsqrt()
propagate = degree[:, None] * adjacency * degree[None, :]
is_train = torch.rand(NODES) < 0.5


class GCN(nn.Module):
    def __init__(self, hidden=16, p=0.3):
        super().__init__()
        self.first, self.second = nn.Linear(FEATURES, hidden), nn.Linear(hidden, BLOCKS)
        self.p = p

    def forward(self, x):
        h = F.elu(propagate @ self.first(x))
        h = F.dropout(h, self.p, self.training)
        return propagate @ self.second(h)


model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=5e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 150)
for epoch in range(1, 151):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(features)[is_train], block[is_train])
    loss.backward()
    optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        out = model(features)[~is_train]
        held_out = F.cross_entropy(out, block[~is_train]).item()
        acc = (out.argmax(1) == block[~is_train]).float().mean().item()
    if epoch % 30 == 0:
        print(f"{epoch} train {loss.item():.4f} held-out {held_out:.4f} acc {acc:.3f}")
