"""Two heads on one trunk: the kind of wine by cross-entropy, its standardised colour intensity by squared error."""
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

torch.manual_seed(4)
wine = load_wine()
colour = wine.feature_names.index("color_intensity")
features, shade = np.delete(wine.data, colour, axis=1), np.log(wine.data[:, colour])
parts = train_test_split(features, wine.target, shade, test_size=0.3, stratify=wine.target, random_state=1)
X_train, X_test, k_train, k_test, s_train, s_test = parts
centre, spread = X_train.mean(0), X_train.std(0)
s_centre, s_spread = s_train.mean(), s_train.std()


def tensors(x, k, s):
    return (torch.tensor((x - centre) / spread, dtype=torch.float32), torch.tensor(k),
            torch.tensor((s - s_centre) / s_spread, dtype=torch.float32))


train, test = tensors(X_train, k_train, s_train), tensors(X_test, k_test, s_test)


class TwoHeads(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(n, 8), nn.Softplus())
        self.kind = nn.Linear(8, 3)
        self.shade = nn.Linear(8, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.kind(h), self.shade(h).squeeze(-1)


model = TwoHeads(train[0].shape[1])
ce, mse = nn.CrossEntropyLoss(), nn.MSELoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.3)


def losses(x, kind, shade):
    logits, value = model(x)
    return ce(logits, kind), mse(value, shade)


for epoch in range(120):
    for idx in torch.randperm(len(train[0])).split(31):
        loss_kind, loss_shade = losses(*(t[idx] for t in train))
        optimizer.zero_grad()
        (loss_kind + 0.5 * loss_shade).backward()
        optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] = 0.01 * 0.5 ** (epoch // 25)
    with torch.no_grad():
        a, b = losses(*train)
        c, d = losses(*test)
        held_out = (c + 0.5 * d).item()
    if epoch % 20 == 19:
        print(f"{epoch + 1:3d} train kind {a.item():.3f} shade {b.item():.3f} | test kind {c.item():.3f} shade {d.item():.3f}")
