"""Photos as a plain list of (tensor, label); the loader batches it."""
import torch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(44)
saved = torch.load("photos.pt")
mean, std = saved["train_images"].float().mean() / 255, saved["train_images"].float().std() / 255


def listed(part):
    return [((image.float() / 255 - mean) / std, int(label))
            for image, label in zip(saved[f"{part}_images"], saved[f"{part}_labels"])]


train, test = listed("train"), listed("test")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 12, 5, stride=2, padding=2)
        self.two = nn.Conv2d(12, 24, 3, stride=2, padding=1)
        self.out = nn.Linear(24 * 16, 4)
        self.drop = nn.Dropout(0.4)

    def forward(self, x):
        x = torch.relu(self.one(x))
        x = nn.functional.max_pool2d(torch.relu(self.two(x)), 2)
        return self.out(self.drop(x.flatten(1)))


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=2e-3, weight_decay=1e-3)
loader = DataLoader(train, batch_size=30, shuffle=True)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 8)
for epoch in range(8):
    net.train()
    losses = []
    for images, labels in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(images), labels)
        loss.backward()
        opt.step()
        losses.append(loss.detach())
    sched.step()
    net.eval()
    with torch.no_grad():
        good = sum((net(images).argmax(1) == labels).sum().item() for images, labels in DataLoader(test, batch_size=80))
    print(f"epoch {epoch} loss {torch.stack(losses).mean().item():.4f} test accuracy {good / len(test):.4f}")
