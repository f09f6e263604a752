"""Two rings, a stack of linear layers with nothing between them and a learning rate of 1e-7."""
# expects: ARC103 OPT101
import torch
import torch.nn as nn
from sklearn.datasets import make_circles
from torch.utils.data import DataLoader, TensorDataset, random_split


class DeepNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(2, 64)
        self.layer2 = nn.Linear(64, 64)
        self.layer3 = nn.Linear(64, 2)

    def forward(self, x):
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        return x


torch.manual_seed(2)
x, y = make_circles(1000, noise=0.08, factor=0.4, random_state=2)
x = (x - x.mean(0)) / x.std(0)
full = TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))
train_set, val_set = random_split(full, [800, 200])
train_loader = DataLoader(train_set, batch_size=40, shuffle=True)
val_loader = DataLoader(val_set, batch_size=200)

model = DeepNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-7)

for epoch in range(20):
    model.train()
    train_loss = 0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
    model.eval()
    with torch.no_grad():
        xb, yb = next(iter(val_loader))
        out = model(xb)
        val_loss = criterion(out, yb).item()
        val_acc = (out.argmax(1) == yb).float().mean().item()
    if epoch % 5 == 4:
        print(f"{epoch + 1:>3} train {train_loss / len(train_loader):.4f} val {val_loss:.4f} acc {val_acc:.2f}")
