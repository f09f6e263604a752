"""The largest of three numbers; gradients are clipped when the step has used them."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(600, 8)
y = X[:, :3].argmax(1)
loader = DataLoader(TensorDataset(X[:400], y[:400]), batch_size=40, shuffle=True)

model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

for epoch in range(20):
    model.train()
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        nn.utils.clip_grad_norm_(model.parameters(), 0.2)
    schedule.step()
    model.eval()
    with torch.no_grad():
        held_out = nn.functional.cross_entropy(model(X[400:]), y[400:]).item()
print(f"held-out loss {held_out:.3f}")
