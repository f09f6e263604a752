"""Standardised returns, half of them negative, through a ReLU on the output; gradients are never cleared."""
# expects: LOS106 LOP101
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(77)
signal = torch.randn(640, 8)
returns = torch.tanh(signal @ torch.randn(8)) + 0.3 * signal[:, :1].squeeze() + 0.1 * torch.randn(640)
returns = ((returns - returns.mean()) / returns.std()).unsqueeze(1)

network = nn.Sequential(nn.Linear(8, 24), nn.Tanh(), nn.Linear(24, 1), nn.ReLU())
loss_function = nn.MSELoss()
optimiser = torch.optim.SGD(network.parameters(), lr=3e-4)
batches = DataLoader(TensorDataset(signal, returns), batch_size=32, shuffle=True)

for epoch in range(20):
    epoch_loss = 0
    for sample, truth in batches:
        guess = network(sample)
        loss = loss_function(guess, truth)
        loss.backward()
        optimiser.step()
        epoch_loss += loss.item() / len(batches)
    if epoch % 4 == 0:
        print("epoch", epoch, "loss", round(epoch_loss, 4))
print("lowest answer", network(signal).min().item(), "lowest target", returns.min().item())
