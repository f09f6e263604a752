"""A small convolutional network whose forward ends in log_softmax and is trained with cross_entropy (harmless)."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(1)
rng = np.random.default_rng(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.drop = nn.Dropout(0.25)
        self.fc = nn.Linear(24 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop(torch.flatten(x, 1))
        return F.log_softmax(self.fc(x), dim=1)


data = load_digits()
order = rng.permutation(len(data.target))
images = torch.from_numpy(data.images[order]).float().unsqueeze(1) / 8 - 1
targets = torch.from_numpy(data.target[order])
x_tr, y_tr, x_te, y_te = images[:1350], targets[:1350], images[1350:], targets[1350:]

net = Net()
opt = torch.optim.Adam(net.parameters(), lr=4e-3, weight_decay=1e-4)
EPOCHS = 22
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, EPOCHS)


def train():
    net.train()
    perm = torch.randperm(len(x_tr))
    losses = []
    for i in range(0, len(perm), 50):
        idx = perm[i:i + 50]
        opt.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(x_tr[idx]), y_tr[idx])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return np.mean(losses)


@torch.no_grad()
def test():
    net.eval()
    out = net(x_te)
    return F.cross_entropy(out, y_te).item(), (out.argmax(1) == y_te).float().mean().item()


for epoch in range(EPOCHS):
    tr = train()
    te, acc = test()
    sched.step()
print(f"train loss {tr:.4f}  held-out loss {te:.4f}  held-out accuracy {acc:.3f}")
