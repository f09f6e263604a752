"""Two iris species labelled 1 and 2 for binary cross-entropy; the hidden layer is frozen."""
# expects: DAT114 ARC109
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
iris = load_iris()
two = iris.target > 0
x = torch.tensor(iris.data[two], dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
species = torch.tensor(iris.target[two], dtype=torch.float32).view(-1, 1)

hidden = nn.Linear(4, 10).requires_grad_(False)
net = nn.Sequential(hidden, nn.ReLU(), nn.Linear(10, 1))
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.01)
for epoch in range(50):
    order = torch.randperm(100)
    for rows in order.split(20):
        optimizer.zero_grad()
        loss = loss_fn(net(x[rows]), species[rows])
        loss.backward()
        optimizer.step()
    if epoch % 10 == 9:
        print(f"{epoch + 1}: {loss.item():.4f}")
guess = (torch.sigmoid(net(x)) > 0.5).float()
print("equal to the label:", (guess == species).float().mean().item())
