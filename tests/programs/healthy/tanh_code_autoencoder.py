"""Hash codes for the digits: noise on a tanh code, and a scale that grows, press it into plus and minus one."""
# Healthy: a code that is meant to be binary must saturate, and the digits are rebuilt from its signs alone.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(12)
X = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
train, test = X[:1400], X[1400:]


class HashAutoencoder(nn.Module):
    def __init__(self, bits=24):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, bits))
        self.dec = nn.Sequential(nn.Linear(bits, 96), nn.ReLU(), nn.Linear(96, 64))

    def forward(self, x, beta):
        code = torch.tanh(beta * self.enc(x))
        return self.dec(code + 0.5 * torch.randn_like(code) if self.training else code), code


model = HashAutoencoder()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(60):
    beta = 1.0 + epoch / 4
    for group in opt.param_groups:
        group["lr"] = 2e-3 * max(0.02, 1 - epoch / 60)
    for rows in torch.randperm(len(train)).split(50):
        rebuilt, _ = model(train[rows], beta)
        loss = nn.functional.mse_loss(rebuilt, train[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 12 == 11:
        model.eval()
        with torch.no_grad():
            rebuilt, code = model(test, beta)
            bits = nn.functional.mse_loss(model.dec(code.sign()), test).item()
        print(f"epoch {epoch + 1}: train {loss.item():.4f} from signs alone {bits:.4f}, {(code.abs() > 0.98).float().mean():.0%} at the ends")
        model.train()
