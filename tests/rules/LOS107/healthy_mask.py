"""One axis of labels: the mask has an element for each pair."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)


def contrastive(z, labels, margin=1.0):
    distance = (z.unsqueeze(1) - z.unsqueeze(0)).pow(2).sum(2)
    same = (labels.unsqueeze(1) == labels.unsqueeze(0)).float()
    near = distance * same
    far = torch.relu(margin - distance) * (1 - same)
    return near.mean() + far.mean()


net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(8):
    for rows in torch.randperm(len(x)).split(40):
        loss = contrastive(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
