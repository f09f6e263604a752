"""A small CNN on 28×28 images, batches of 64."""
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)
x = torch.randn(64 * 20, 1, 28, 28)
y = (x.mean((1, 2, 3)) * 28 * 3 + 5).long().clamp(0, 9)
model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(32 * 49, 64), nn.ReLU(), nn.Linear(64, 10),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
criterion = nn.CrossEntropyLoss()
began = time.process_time()
for epoch in range(160):
    for at in range(0, len(x), 64):
        optimizer.zero_grad()
        loss = criterion(model(x[at : at + 64]), y[at : at + 64])
        loss.backward()
        optimizer.step()
print(time.process_time() - began)
