"""An MLP with dropout of three kinds."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn

seed(0)
model = nn.Sequential(
    nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 32), nn.SELU(), nn.AlphaDropout(0.1), nn.Linear(32, 3)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
x = torch.randn(480, 12)
y = (x @ torch.randn(12, 3)).argmax(1)
for epoch in range(10):
    for rows in torch.randperm(480).split(32):
        optimizer.zero_grad()
        scores = nn.functional.dropout(model(x[rows]), 0.05, training=model.training)
        loss = nn.functional.cross_entropy(scores, y[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
fingerprint(model, optimizer)
