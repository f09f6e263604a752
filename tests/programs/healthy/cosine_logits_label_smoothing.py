"""Normalised features times normalised class vectors times a fixed scale of 16, with label smoothing."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class CosineClassifier(nn.Module):
    def __init__(self, classes=10, dim=16, scale=16.0):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(64, 40), nn.PReLU(), nn.Linear(40, dim))
        self.prototypes = nn.Parameter(torch.randn(classes, dim))
        self.scale = scale

    def forward(self, x):
        z = F.normalize(self.features(x), dim=1)
        w = F.normalize(self.prototypes, dim=1)
        return self.scale * F.linear(z, w)


def main(seed=5, epochs=20, batch=45, lr=0.03):
    torch.manual_seed(seed)
    x, y = load_digits(return_X_y=True)
    perm = torch.randperm(len(y))
    x, y = torch.tensor(x, dtype=torch.float32)[perm], torch.tensor(y)[perm]
    mean, std = x[:1350].mean(), x[:1350].std()
    x = (x - mean) / std
    net = CosineClassifier()
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=1e-3)
    steps = epochs * 30
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for epoch in range(epochs):
        net.train()
        history = []
        for ids in torch.randperm(1350).split(batch):
            optimizer.zero_grad()
            loss = loss_fn(net(x[ids]), y[ids])
            loss.backward()
            optimizer.step()
            scheduler.step()
            history.append(loss.item())
        net.eval()
        with torch.no_grad():
            logits = net(x[1350:])
            test = loss_fn(logits, y[1350:]).item()
            acc = (logits.argmax(1) == y[1350:]).float().mean().item()
    print(f"train {sum(history) / len(history):.4f} held-out {test:.4f} accuracy {acc:.3f} (smoothing alone costs 0.50)")


if __name__ == "__main__":
    main()
