"""Images from a data set of the user's own, two workers, a small convolutional network."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images.reshape(-1, 1, 8, 8), labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, at):
        return torch.from_numpy(self.images[at]), int(self.labels[at])


def main():
    with np.load("data.npz") as file:
        xa, ya, xb, yb = (file[name] for name in ("xa", "ya", "xb", "yb"))
    torch.manual_seed(0)
    train_loader = DataLoader(Digits(xa, ya), batch_size=50, shuffle=True, num_workers=2)
    val_loader = DataLoader(Digits(xb, yb), batch_size=200, num_workers=2)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(8):
        model.train()
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
        model.eval()
        right = total = 0
        with torch.no_grad():
            for images, labels in val_loader:
                right += (model(images).argmax(1) == labels).sum().item()
                total += len(labels)
        print(f"epoch {epoch} accuracy {right / total:.3f}")


if __name__ == "__main__":
    main()
