"""Digits by rows: an attention score of one unit weighs the rows and carries none of them."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 8 - 1, dtype=torch.float32).view(-1, 8, 8), torch.tensor(y)
order = torch.randperm(len(X))
train, test = order[:1400], order[1400:]
loader = DataLoader(TensorDataset(X[train], y[train]), batch_size=50, shuffle=True)


class Rows(nn.Module):
    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.randn(8, 32) * 0.3)
        self.rows = nn.Linear(8, 32)
        self.mix = nn.Linear(32, 48)
        self.score = nn.Linear(48, 1)
        self.head = nn.Linear(48, 10)

    def forward(self, x):
        hidden = torch.relu(self.mix(torch.relu(self.rows(x) + self.place)))
        weights = self.score(hidden).softmax(1)
        return self.head((weights * hidden).sum(1))


model = Rows()
EPOCHS = 40
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
criterion = nn.CrossEntropyLoss()
for epoch in range(EPOCHS):
    model.train()
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        print(epoch + 1, (model(X[test]).argmax(1) == y[test]).float().mean().item())
