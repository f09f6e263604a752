"""backward was forgotten; zero_grad and step are called all the same."""
import torch
from sklearn.datasets import load_iris
from torch import nn


def train():
    X, y = load_iris(return_X_y=True)
    X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
    y = torch.tensor(y)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(20):
        for rows in torch.randperm(150).split(15):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
            optimizer.step()
        print(epoch, loss.item())


torch.manual_seed(0)
train()
