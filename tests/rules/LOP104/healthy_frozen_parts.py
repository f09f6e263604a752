"""Digits; batch normalisation of a frozen backbone stays in evaluation mode; then the trained network is attacked."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
backbone = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU())
pretext = nn.Sequential(backbone, nn.Linear(64, 64))
optimizer = torch.optim.Adam(pretext.parameters(), lr=3e-3)
for epoch in range(10):
    for rows in torch.randperm(len(X)).split(60):
        optimizer.zero_grad()
        nn.functional.mse_loss(pretext(X[rows]), X[rows]).backward()
        optimizer.step()

for parameter in backbone.parameters():
    parameter.requires_grad_(False)
classifier = nn.Sequential(backbone, nn.Dropout(0.1), nn.Linear(64, 10))
optimizer = torch.optim.Adam(classifier[2].parameters(), lr=1e-2)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=15)
for epoch in range(15):
    classifier.train()
    backbone.eval()
    for rows in torch.randperm(len(X)).split(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(classifier(X[rows]), y[rows]).backward()
        optimizer.step()
    decay.step()

classifier.eval()
images = X[:100].clone().requires_grad_()
for step in range(20):
    nn.functional.cross_entropy(classifier(images), y[:100]).backward()
    images = (images + 0.01 * images.grad.sign()).detach().requires_grad_()
