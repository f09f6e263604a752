"""Breast cancer: sigmoid in the model, BCEWithLogitsLoss outside, and a stem that never thaws."""
# expects: LOS102 ARC109
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class TumourClassifier(nn.Module):
    def __init__(self, n_features: int):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(n_features, 24), nn.ReLU())
        self.middle = nn.Sequential(nn.Linear(24, 12), nn.ReLU())
        self.head = nn.Linear(12, 1)

    def forward(self, x):
        return torch.sigmoid(self.head(self.middle(self.stem(x))))


def set_trainable(module, flag):
    for parameter in module.parameters():
        parameter.requires_grad = flag


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        right = ((model(x).squeeze(1) > 0.5).float() == y).float().mean().item()
    model.train()
    return right


torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)
y_val = torch.tensor(y_val, dtype=torch.float32)

model = TumourClassifier(X.shape[1])
set_trainable(model.stem, False)
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.RMSprop(model.parameters(), lr=1e-3)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)

for epoch in range(24):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb).squeeze(1), yb)
        loss.backward()
        optimizer.step()
    if epoch % 6 == 5:
        print(f"Epoch {epoch + 1}: loss {loss.item():.4f}, val accuracy {accuracy(model, X_val, y_val):.3f}")
