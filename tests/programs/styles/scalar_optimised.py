"""One number is optimised: the period of a pendulum, found from noisy measurements."""
# steps: 150
# optimizer-steps: 150
# losses: 1
import torch

torch.manual_seed(10)
lengths = torch.linspace(0.2, 1.5, 30)
periods = 2 * torch.pi * torch.sqrt(lengths / 9.81) + 0.005 * torch.randn(30)
g = torch.tensor(6.0, requires_grad=True)
optimizer = torch.optim.Adam([g], lr=0.1)
for i in range(150):
    optimizer.zero_grad()
    error = (2 * torch.pi * torch.sqrt(lengths / g) - periods).square().mean()
    error.backward()
    optimizer.step()
    if i % 30 == 29:
        print(f"g = {g.item():.4f}  error = {error.item():.6f}")
