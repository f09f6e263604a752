"""Speed and drag of a falling ball from twelve measured heights: two parameters, Adam with a rate of 0.2."""
# Healthy: parameters in natural units want large steps; both are found.
import torch

torch.manual_seed(14)
t = torch.linspace(0.1, 2.0, 12)
true_v, true_k = 12.0, 0.6
height = (true_v + 9.81 / true_k) / true_k * (1 - torch.exp(-true_k * t)) - 9.81 / true_k * t
height = height + 0.02 * torch.randn(12)

v = torch.tensor(5.0, requires_grad=True)
k = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.Adam([v, k], lr=0.2)
for i in range(1500):
    model = (v + 9.81 / k) / k * (1 - torch.exp(-k * t)) - 9.81 / k * t
    loss = torch.mean((model - height) ** 2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        k.clamp_(min=0.02)
    if i % 300 == 299:
        print(f"{i + 1}: loss {loss.item():.5f} v {v.item():.3f} k {k.item():.3f}")
