"""A model that takes its own loss and calls self.forward within; the layers' forwards are called by name too."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import torch
import torch.nn as nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.inner = nn.Linear(n_in, 24)
        self.outer = nn.Linear(24, n_out)

    def forward(self, x):
        h = F.gelu(self.inner.forward(x))
        return self.outer.forward(h)

    def loss(self, x, y):
        return F.cross_entropy(self.forward(x), y)

    def fit(self, x, y, epochs=20, rate=0.01):
        optimizer = torch.optim.AdamW(self.parameters(), lr=rate)
        for epoch in range(epochs):
            for rows in torch.randperm(len(x)).split(40):
                optimizer.zero_grad()
                value = self.loss(x[rows], y[rows])
                value.backward()
                optimizer.step()
            if epoch % 5 == 4:
                print(f"epoch {epoch + 1}: {value.item():.4f}")

    def predict(self, x):
        with torch.no_grad():
            return self.forward(x).argmax(1)


torch.manual_seed(2)
x = torch.randn(600, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
net = Classifier(6, 2)
net.fit(x, y)
print("accuracy", (net.predict(x) == y).float().mean().item())
