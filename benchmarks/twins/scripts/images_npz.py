"""A small CNN on images from one .npz file; the images are used as they are stored."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc = nn.LazyLinear(classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


def split(file, name):
    x = torch.tensor(file[f"x_{name}"].astype(np.float32))
    if x.dim() == 3:
        x = x.unsqueeze(1)
    return TensorDataset(x, torch.tensor(file[f"y_{name}"].astype(np.int64)))


def train_one_epoch(model, loader, optimizer):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    loss, correct = 0.0, 0
    for x, y in loader:
        out = model(x)
        loss += F.cross_entropy(out, y, reduction="sum").item()
        correct += (out.argmax(1) == y).sum().item()
    return loss / len(loader.dataset), correct / len(loader.dataset)


def main():
    torch.manual_seed(1)
    file = np.load("data.npz")
    train, test = split(file, "train"), split(file, "test")
    model = Net(train[0][0].shape[0], int(file["y_train"].max()) + 1)
    model(train[0][0][None])
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 7)
    train_loader, test_loader = DataLoader(train, 64, shuffle=True), DataLoader(test, 250)
    for epoch in range(7):
        last = train_one_epoch(model, train_loader, optimizer)
        schedule.step()
        loss, accuracy = evaluate(model, test_loader)
        print(f"epoch {epoch}: last batch {last:.4f}, test loss {loss:.4f}, test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
