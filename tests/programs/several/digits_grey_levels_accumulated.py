"""Digits as 8-bit grey levels, a small MLP, SGD left to pile its gradients up."""
# expects: SCL101 LOP101
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = X / 16 * 255
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=1)
train = TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train))
loader = DataLoader(train, batch_size=64, shuffle=True)

model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=2e-6)

for epoch in range(12):
    total = 0.0
    for inputs, labels in loader:
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    print(f"epoch {epoch + 1:2d}  loss {total / len(train):.4f}")

model.eval()
with torch.no_grad():
    guess = model(torch.tensor(X_test, dtype=torch.float32)).argmax(1)
    print("test accuracy", (guess == torch.tensor(y_test)).float().mean().item())
