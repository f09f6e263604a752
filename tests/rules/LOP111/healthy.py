"""A small convolutional network on digits, trained until it is level."""
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
digits = load_digits()
X = torch.tensor(digits.images[:, None] / 8 - 1, dtype=torch.float32)
y = torch.tensor(digits.target)
order = torch.randperm(len(X))
loader = DataLoader(TensorDataset(X[order[:1400]], y[order[:1400]]), batch_size=56, shuffle=True)
held_out = DataLoader(TensorDataset(X[order[1400:]], y[order[1400:]]), batch_size=200)

model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
loss_fn = nn.CrossEntropyLoss()
epochs = 40

for epoch in range(epochs):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        losses = [loss_fn(model(images), labels).item() for images, labels in held_out]
    print(f"epoch {epoch}: {sum(losses) / len(losses):.3f}")
