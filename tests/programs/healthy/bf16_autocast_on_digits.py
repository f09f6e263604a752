"""Mixed precision on the processor: forward pass under bfloat16 autocast, loss in float32, micro-batches accumulated."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(123)
ACCUMULATE, MICRO = 4, 32
digits = load_digits()
x = torch.tensor(digits.data, dtype=torch.float32)
y = torch.tensor(digits.target)
shuffled = torch.randperm(len(y))
x, y = x[shuffled], y[shuffled]
x = (x - x[:1408].mean()) / x[:1408].std()
x_train, y_train, x_test, y_test = x[:1408], y[:1408], x[1408:], y[1408:]

model = nn.Sequential(nn.Linear(64, 96), nn.LayerNorm(96), nn.GELU(), nn.Linear(96, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=22 * 11)

for epoch in range(22):
    model.train()
    running = 0.0
    optimizer.zero_grad()
    for i, rows in enumerate(torch.randperm(1408).split(MICRO)):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(x_train[rows])
        loss = F.cross_entropy(logits.float(), y_train[rows], label_smoothing=0.05)
        (loss / ACCUMULATE).backward()
        running += loss.item() * len(rows) / 1408
        if (i + 1) % ACCUMULATE == 0:
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(x_test)
    held_out = F.cross_entropy(logits.float(), y_test, label_smoothing=0.05).item()
    accuracy = (logits.argmax(1) == y_test).float().mean().item()
    if epoch % 5 == 1:
        print(f"epoch {epoch + 1} train {running:.4f} held-out {held_out:.4f} accuracy {accuracy:.3f}")
