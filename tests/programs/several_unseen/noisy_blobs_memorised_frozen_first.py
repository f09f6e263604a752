"""Sixty examples of overlapping blobs, a frozen first layer of a thousand units, three hundred epochs."""
# expects: CRV103 ARC109
import torch
from sklearn.datasets import make_classification
from torch import nn


class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.lift = nn.Linear(20, 1000)
        self.lift.weight.requires_grad = False
        self.lift.bias.requires_grad = False
        self.mix = nn.Linear(1000, 40)
        self.vote = nn.Linear(40, 2)

    def forward(self, x):
        x = nn.functional.relu(self.lift(x))
        x = nn.functional.relu(self.mix(x))
        return self.vote(x)


def epoch_loss(model, x, y, criterion):
    model.eval()
    with torch.no_grad():
        return criterion(model(x), y).item()


torch.manual_seed(14)
x, y = make_classification(
    460, 20, n_informative=4, n_redundant=0, n_clusters_per_class=2, flip_y=0.1, class_sep=0.8, random_state=14
)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y)
x_train, y_train, x_val, y_val = x[:60], y[:60], x[60:], y[60:]
model = Wide()
optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(120):
    model.train()
    for rows in torch.randperm(60).split(20):
        optimizer.zero_grad()
        criterion(model(x_train[rows]), y_train[rows]).backward()
        optimizer.step()
    validation = epoch_loss(model, x_val, y_val, criterion)
    if epoch % 12 == 0:
        print(f"{epoch:4d} train {epoch_loss(model, x_train, y_train, criterion):.4f} validation {validation:.4f}")
