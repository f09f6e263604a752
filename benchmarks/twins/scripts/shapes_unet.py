"""Discs, squares and triangles outlined in noisy pictures: a small U-shaped network, four classes a pixel."""
import numpy as np
import torch
import torch.nn as nn


def block(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.LeakyReLU(0.1))


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = block(1, 8), block(8, 16), block(16, 24)
        self.d, self.e = block(24 + 16, 16), block(16 + 8, 8)
        self.last = nn.Conv2d(8, 4, 1)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2)

    def forward(self, x):
        one = self.a(x)
        two = self.b(self.pool(one))
        low = self.c(self.pool(two))
        two = self.d(torch.cat([self.up(low), two], 1))
        return self.last(self.e(torch.cat([self.up(two), one], 1)))


def tensors(part):
    x = torch.from_numpy(np.load(f"{part}_x.npy").astype("float32"))
    return ((x - 128) / 64).unsqueeze(1), torch.from_numpy(np.load(f"{part}_m.npy").astype("int64"))


def mean_iou(guess, truth):
    scores = []
    for kind in range(4):
        both = ((guess == kind) & (truth == kind)).sum()
        scores.append(both / ((guess == kind) | (truth == kind)).sum().clamp(min=1))
    return torch.stack(scores).mean().item()


def main():
    torch.manual_seed(21)
    x, m = tensors("train")
    xv, mv = tensors("valid")
    net = Small()
    opt = torch.optim.NAdam(net.parameters(), lr=4e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(7):
        net.train()
        losses = []
        order = torch.randperm(len(x))
        for i in range(0, len(x), 20):
            at = order[i:i + 20]
            loss = criterion(net(x[at]), m[at])
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            guess = torch.cat([net(part).argmax(1) for part in xv.split(40)])
        print(f"epoch {epoch} loss {np.mean(losses):.4f} valid mean iou {mean_iou(guess, mv):.4f}")


if __name__ == "__main__":
    main()
