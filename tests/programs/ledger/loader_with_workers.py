"""A data set of the user's own, two workers, a convolutional network, a loss on the validation data."""
import torch
from _data import split
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, at):
        return torch.from_numpy(self.images[at]), int(self.labels[at])


train, train_labels, test, test_labels = split(images=True)
train_loader = DataLoader(Digits(train, train_labels), batch_size=64, shuffle=True, num_workers=2)
val_loader = DataLoader(Digits(test, test_labels), batch_size=128)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
optimizer = torch.optim.Adam(model.parameters())
criterion = nn.CrossEntropyLoss()
for _ in range(2):
    model.train()
    for images, labels in train_loader:
        optimizer.zero_grad()
        criterion(model(images), labels).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for images, labels in val_loader:
            criterion(model(images), labels)
