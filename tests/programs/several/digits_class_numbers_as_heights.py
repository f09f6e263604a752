"""Digits: the class number regressed with squared error by one output, gradients never cleared."""
# expects: LOS104 LOP101
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
images = (images - images.mean()) / images.std()
labels = torch.tensor(digits.target, dtype=torch.float32)
split = int(len(images) * 0.85)
order = torch.randperm(len(images))
train, test = order[:split], order[split:]

net = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8 * 4 * 4, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
loss_function = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
loader = DataLoader(TensorDataset(images[train], labels[train]), batch_size=64, shuffle=True)

for epoch in range(10):
    epoch_loss = 0.0
    for batch, target in loader:
        prediction = net(batch)
        loss = loss_function(prediction, target.view(-1, 1))
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    print(f"epoch={epoch} loss={epoch_loss / len(loader):.3f}")

with torch.no_grad():
    rounded = net(images[test]).squeeze(1).round().clamp(0, 9)
print("accuracy:", (rounded == labels[test]).float().mean().item())
