"""Progression above the median or not, ninety patients with columns as they come, a wide net, too many epochs."""
# expects: CRV103 SCL101
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
X, y = load_diabetes(return_X_y=True, scaled=False)
y = (y > 140.5).astype("int64")
X_train, X_val, y_train, y_val = train_test_split(X, y, train_size=90, random_state=3, stratify=y)
X_train = torch.tensor(X_train, dtype=torch.float32)
X_val = torch.tensor(X_val, dtype=torch.float32)
y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)

model = nn.Sequential(
    nn.Linear(10, 256),
    nn.LeakyReLU(),
    nn.Linear(256, 128),
    nn.LeakyReLU(),
    nn.Linear(128, 2),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=30, shuffle=True)

train_losses, val_losses = [], []
for epoch in range(200):
    model.train()
    running = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(yb)
    train_losses.append(running / len(y_train))
    model.eval()
    with torch.no_grad():
        val_losses.append(criterion(model(X_val), y_val).item())
    if epoch % 20 == 19:
        print(f"epoch {epoch + 1:3d}: train {train_losses[-1]:.4f} val {val_losses[-1]:.4f}")
print("best validation loss", min(val_losses), "at epoch", val_losses.index(min(val_losses)) + 1)
