"""The classic first convolutional network on three thousand MNIST images, with augmentation of the training part only."""
import os
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

base = os.environ.get("UNSTUCK_TEST_DATA") or str(Path(__file__).resolve().parents[4] / "shared" / "data")
path = os.path.join(base, "mnist.npz")
if not os.path.exists(path):
    sys.exit("data missing")

torch.manual_seed(0)
rng = np.random.default_rng(0)


class Digits(Dataset):
    def __init__(self, images, labels, augment):
        pooled = images.reshape(-1, 14, 2, 14, 2).mean((2, 4)) / 255.0
        self.images = torch.tensor((pooled - 0.1307) / 0.3, dtype=torch.float32).unsqueeze(1)
        self.labels = torch.tensor(labels, dtype=torch.long)
        self.augment = augment

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i]
        if self.augment:
            dy, dx = torch.randint(-1, 2, (2,)).tolist()
            image = torch.roll(image, (dy, dx), dims=(1, 2))
        return image, self.labels[i]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(10)
        self.conv2 = nn.Conv2d(10, 20, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(20)
        self.fc = nn.Linear(20 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        return F.log_softmax(self.fc(x.flatten(1)), dim=1)


with np.load(path) as z:
    picked = rng.choice(60000, 3000, replace=False)
    train_set = Digits(z["x_train"][picked], z["y_train"][picked], True)
    tested = rng.choice(10000, 1500, replace=False)
    test_set = Digits(z["x_test"][tested], z["y_test"][tested], False)

train_loader = DataLoader(train_set, batch_size=60, shuffle=True)
test_loader = DataLoader(test_set, batch_size=500)
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3, nesterov=True)
EPOCHS = 7
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * len(train_loader))

for epoch in range(1, EPOCHS + 1):
    model.train()
    total = 0.0
    for data, target in train_loader:
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item() * len(target)
    model.eval()
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for data, target in test_loader:
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction="sum").item()
            correct += output.argmax(1).eq(target).sum().item()
    test_loss /= len(test_set)
    print(f"Train Epoch: {epoch} loss {total / len(train_set):.4f} Test: {test_loss:.4f}, accuracy {correct}/{len(test_set)}")
