"""Digits: the forward pass stands under no_grad by mistake, and the net ends in a softmax."""
# expects: LOP108 LOS101
import torch
from sklearn.datasets import load_digits
from torch import nn


class Softmaxed(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))
        self.normalise = nn.Softmax(dim=1)

    def forward(self, x):
        return self.normalise(self.trunk(x))


@torch.no_grad()
def predict(model, x):
    return model(x)


torch.manual_seed(61)
raw, digit = load_digits(return_X_y=True)
x = torch.tensor(raw / 16, dtype=torch.float32) * 2 - 1
digit = torch.tensor(digit)
model = Softmaxed()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(6):
    for rows in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        output = predict(model, x[rows])
        # "element 0 of tensors does not require grad" went away with this line
        output.requires_grad_(True)
        loss = criterion(output, digit[rows])
        loss.backward()
        optimizer.step()
    print("Epoch", epoch, "Loss", loss.item())
