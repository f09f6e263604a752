"""A trainer class: random permutation each epoch, whole-tensor evaluation."""
import numpy as np
import torch
from torch import nn


class Trainer:
    def __init__(self, model, lr=2e-3, batch_size=32):
        self.model = model
        self.batch_size = batch_size
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.02)
        self.criterion = nn.CrossEntropyLoss()

    def fit(self, X, y, Xv, yv, epochs):
        for epoch in range(epochs):
            self.model.train()
            perm = torch.randperm(len(X))
            losses = []
            for i in range(0, len(X), self.batch_size):
                idx = perm[i:i + self.batch_size]
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(X[idx]), y[idx])
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            print(f"[{epoch + 1:02d}] loss {np.mean(losses):.4f} val_acc {self.accuracy(Xv, yv):.4f}")

    def accuracy(self, X, y):
        self.model.eval()
        with torch.no_grad():
            return (self.model(X).argmax(dim=1) == y).float().mean().item()


def load(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return torch.tensor(table[:, 1:], dtype=torch.float32), torch.tensor(table[:, 0], dtype=torch.long)


if __name__ == "__main__":
    torch.manual_seed(42)
    X, y = load("train.csv")
    Xv, yv = load("val.csv")
    mu, sd = X.mean(0), X.std(0).clamp_min(1e-3)
    net = nn.Sequential(nn.Linear(X.shape[1], 48), nn.ReLU(), nn.Dropout(0.1), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, int(y.max()) + 1))
    Trainer(net).fit((X - mu) / sd, y, (Xv - mu) / sd, yv, epochs=20)
