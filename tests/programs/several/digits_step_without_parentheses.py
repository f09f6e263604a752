"""Digits: `optimizer.step` is named and never called, and probabilities go into cross-entropy."""
# expects: LOP102 LOS101
import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.data / 8.0 - 1.0, dtype=torch.float32)
y = torch.tensor(digits.target)
perm = torch.randperm(len(X))
train_loader = DataLoader(TensorDataset(X[perm[:1500]], y[perm[:1500]]), batch_size=50, shuffle=True)
test_X, test_y = X[perm[1500:]], y[perm[1500:]]


class MLP(nn.Module):
    def __init__(self, sizes=(64, 128, 64, 10)):
        super().__init__()
        layers = []
        for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        layers += [nn.Linear(sizes[-2], sizes[-1]), nn.Softmax(dim=-1)]
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


model = MLP()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(8):
    running_loss = 0.0
    for i, (inputs, targets) in enumerate(train_loader):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step
        running_loss += loss.item()
    with torch.no_grad():
        acc = (model(test_X).argmax(dim=1) == test_y).float().mean()
    print("Epoch %d, loss %.4f, accuracy %.3f" % (epoch + 1, running_loss / len(train_loader), acc))
print("Finished Training")
