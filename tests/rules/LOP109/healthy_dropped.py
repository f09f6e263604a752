"""A wave; the state is handed on for four steps and then cut off, and the losses of an epoch are gathered with graphs."""
import torch
from torch import nn

torch.manual_seed(0)
wave = torch.sin(torch.arange(0, 120, 0.1)).reshape(1, -1, 1) + 0.02 * torch.randn(1, 1200, 1)
cell, head = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)
optimizer = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=1e-2)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=12)
for epoch in range(12):
    state, losses, gathered = None, [], 0.0
    for at in range(0, 1180, 20):
        output, state = cell(wave[:, at : at + 20], state)
        gathered = gathered + nn.functional.mse_loss(head(output), wave[:, at + 1 : at + 21])
        if at % 80 == 60:
            optimizer.zero_grad()
            gathered.backward()
            optimizer.step()
            losses.append(gathered)
            state, gathered = state.detach(), 0.0
    decay.step()
    print(epoch, torch.stack(losses).mean().item())
