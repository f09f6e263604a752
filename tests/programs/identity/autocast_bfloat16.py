"""Mixed precision with bfloat16 on the CPU, and a GradScaler that is present but disabled."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn

seed(2)
model = nn.Sequential(nn.Linear(16, 64), nn.GELU(), nn.LayerNorm(64), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
scaler = torch.amp.GradScaler("cpu", enabled=False)
x = torch.randn(640, 16)
y = (x @ torch.randn(16, 4)).argmax(1)
for epoch in range(8):
    for rows in torch.randperm(640).split(40):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(x[rows])
            loss = nn.functional.cross_entropy(scores, y[rows])
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    print(epoch, scores.dtype, loss.item())
fingerprint(model, optimizer)
