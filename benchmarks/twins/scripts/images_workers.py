"""A custom Dataset over .npy files, two loader workers; only an accuracy is printed."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Images(Dataset):
    def __init__(self, name):
        self.images = np.load(f"{name}_images.npy")
        self.labels = np.load(f"{name}_labels.npy")

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = torch.from_numpy(self.images[index].astype("float32") / 255)
        return (image - 0.13) / 0.31, int(self.labels[index])


def main():
    torch.manual_seed(2)
    train, test = Images("train"), Images("test")
    loader = DataLoader(train, batch_size=64, shuffle=True, num_workers=2)
    test_loader = DataLoader(test, batch_size=200, num_workers=2)
    net = nn.Sequential(
        nn.Unflatten(1, (1, 28)), nn.Conv2d(1, 16, 5, stride=2), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(800, 64), nn.ReLU(), nn.Linear(64, 10),
    )
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=8)
    loss_fn = nn.CrossEntropyLoss()
    for epoch in range(8):
        net.train()
        for images, labels in loader:
            loss = loss_fn(net(images), labels)
            opt.zero_grad()
            loss.backward()
            opt.step()
        scheduler.step()
        net.eval()
        right = 0
        with torch.no_grad():
            for images, labels in test_loader:
                right += (net(images).argmax(1) == labels).sum().item()
        print(f"epoch {epoch + 1}: test accuracy {100 * right / len(test):.2f} %")


if __name__ == "__main__":
    main()
