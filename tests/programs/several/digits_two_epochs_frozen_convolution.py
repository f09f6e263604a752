"""Digits, a frozen first convolution and an end after two epochs, while the loss still falls steeply."""
# expects: LOP111 ARC109
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 2

torch.manual_seed(8)
x, y = load_digits(return_X_y=True)
x = torch.tensor((x - x.mean()) / x.std(), dtype=torch.float32).reshape(-1, 1, 8, 8)
y = torch.tensor(y)
order = torch.randperm(len(x))
train, valid = order[:1440], order[1440:]

model = nn.Sequential()
model.add_module("conv1", nn.Conv2d(1, 12, 3, padding=1))
model.add_module("relu1", nn.ReLU())
model.add_module("conv2", nn.Conv2d(12, 16, 3, stride=2, padding=1))
model.add_module("relu2", nn.ReLU())
model.add_module("flat", nn.Flatten())
model.add_module("fc", nn.Linear(256, 10))
for name, parameter in model.named_parameters():
    if name.startswith("conv1"):
        parameter.requires_grad_(False)

optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.5)
criterion = nn.CrossEntropyLoss()
loader = DataLoader(TensorDataset(x[train], y[train]), batch_size=36, shuffle=True)


def validate():
    model.eval()
    with torch.no_grad():
        out = model(x[valid])
        return criterion(out, y[valid]).item(), (out.argmax(1) == y[valid]).float().mean().item()


for epoch in range(EPOCHS):
    model.train()
    for step, (images, labels) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            print(f"epoch {epoch} step {step} loss {loss.item():.3f}")
    print("validation loss %.3f accuracy %.3f" % validate())
