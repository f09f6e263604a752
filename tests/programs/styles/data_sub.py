"""No optimiser: param.data.sub_(lr * grad), after net.zero_grad()."""
# steps: 300
# optimizer-steps: 0
# losses: 1
import torch
import torch.nn as nn
import torch.nn.functional as F


class LeNetLike(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4 * 3 * 3, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.fc(torch.flatten(x, 1))


torch.manual_seed(7)
images = torch.randn(600, 1, 8, 8)
labels = torch.arange(600) % 2
images[labels == 1, :, 2:6, 3:5] += 1.0
net = LeNetLike()
learning_rate = 0.05
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        net.zero_grad()
        loss = F.cross_entropy(net(images[rows]), labels[rows])
        loss.backward()
        for param in net.parameters():
            param.data.sub_(param.grad.data * learning_rate)
    if epoch % 4 == 3:
        print("epoch", epoch + 1, "loss", loss.item())
