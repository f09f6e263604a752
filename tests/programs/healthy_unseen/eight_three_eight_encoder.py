"""The encoder of old: eight one-hot patterns through three sigmoid units and back."""
# Healthy: the three hidden units end in a binary code of eight, which is what they can do best.
import torch
from torch import nn

torch.manual_seed(307)
patterns = torch.eye(8)
encoder = nn.Sequential(nn.Linear(8, 3), nn.Sigmoid())
decoder = nn.Sequential(nn.Linear(3, 8), nn.Sigmoid())
net = nn.Sequential(encoder, decoder)
optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
for epoch in range(2000):
    out = net(patterns)
    loss = ((out - patterns) ** 2).sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 400 == 399:
        print(f"epoch {epoch + 1}: loss {loss.item():.5f}")
print((encoder(patterns) > 0.5).int().tolist())
