"""The hidden units of every step are kept, for a plot that is made at the end."""
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)

body, head = nn.Sequential(nn.Linear(64, 2048), nn.ReLU()), nn.Linear(2048, 10)
optimizer = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=1e-3)
loss_fn = nn.CrossEntropyLoss()
seen = []
for epoch in range(15):
    for rows in torch.randperm(len(x)).split(100):
        optimizer.zero_grad()
        hidden = body(x[rows])
        loss = loss_fn(head(hidden), y[rows])
        loss.backward()
        optimizer.step()
        seen.append(hidden.detach().clone())
print(f"mean {torch.stack([one.mean() for one in seen]).mean():.3f}")
