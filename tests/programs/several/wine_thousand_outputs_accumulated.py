"""Wine: a head with the thousand outputs of another data set, and no zero_grad."""
# expects: LOS108 LOP101
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch import nn

NUM_CLASSES = 1000


def build(n_in):
    return nn.Sequential(
        nn.Linear(n_in, 64),
        nn.BatchNorm1d(64),
        nn.LeakyReLU(0.1),
        nn.Linear(64, NUM_CLASSES),
    )


def batches(x, y, size):
    order = torch.randperm(len(x))
    for chunk in torch.split(order, size):
        if len(chunk) > 1:
            yield x[chunk], y[chunk]


if __name__ == "__main__":
    torch.manual_seed(13)
    raw, labels = load_wine(return_X_y=True)
    x = torch.as_tensor(StandardScaler().fit_transform(raw), dtype=torch.float32)
    y = torch.as_tensor(labels)
    model = build(x.shape[1])
    ce = nn.CrossEntropyLoss()
    sgd = torch.optim.SGD(model.parameters(), lr=0.02)
    for epoch in range(40):
        for xb, yb in batches(x, y, 30):
            loss = ce(model(xb), yb)
            loss.backward()
            sgd.step()
        if epoch % 8 == 7:
            model.eval()
            hits = (model(x).argmax(1) == y).float().mean().item()
            model.train()
            print(f"epoch {epoch + 1}: loss {loss.item():.3f} accuracy {hits:.3f}")
