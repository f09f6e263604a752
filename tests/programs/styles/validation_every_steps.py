"""Validation every fifty steps inside the training loop, with eval and train again, and the best weights kept."""
# steps: 400
# optimizer-steps: 400
# losses: 1
import copy

import torch
from torch import nn

max_iters, eval_interval, eval_iters, batch_size = 400, 50, 4, 32
torch.manual_seed(33)
data = torch.randn(1200, 6)
answer = torch.tanh(data[:, :1] * 2) - 0.5 * data[:, 1:2] + 0.1 * torch.randn(1200, 1)
split = {"train": slice(0, 1000), "val": slice(1000, 1200)}
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Dropout(0.05), nn.Linear(32, 1))


def get_batch(part):
    x, y = data[split[part]], answer[split[part]]
    i = torch.randint(len(x), (batch_size,))
    return x[i], y[i]


@torch.no_grad()
def estimate_loss():
    out = {}
    model.eval()
    for part in ("train", "val"):
        losses = torch.zeros(eval_iters)
        for k in range(eval_iters):
            x, y = get_batch(part)
            losses[k] = nn.functional.mse_loss(model(x), y).item()
        out[part] = losses.mean().item()
    model.train()
    return out


optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
best, kept = float("inf"), None
for it in range(max_iters):
    if it % eval_interval == 0 or it == max_iters - 1:
        losses = estimate_loss()
        print(f"step {it}: train loss {losses['train']:.4f}, val loss {losses['val']:.4f}")
        if losses["val"] < best:
            best, kept = losses["val"], copy.deepcopy(model.state_dict())
    x, y = get_batch("train")
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
model.load_state_dict(kept)
