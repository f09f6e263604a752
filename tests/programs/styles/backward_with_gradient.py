"""loss.backward(gradient): a loss for each example, and weights for the examples in place of a mean."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import torch
from torch import nn

torch.manual_seed(37)
x = torch.randn(600, 5)
y = (x[:, 0] + 0.5 * x[:, 1] > 0.8).long()
weight_of_class = torch.tensor([0.75, 1.9])
model = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 2))
criterion = nn.CrossEntropyLoss(reduction="none")
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        optimizer.zero_grad()
        losses = criterion(model(x[rows]), y[rows])
        losses.backward(gradient=weight_of_class[y[rows]] / len(rows))
        optimizer.step()
    if epoch % 4 == 3:
        print(epoch + 1, losses.detach().mean().item())
