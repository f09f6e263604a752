"""A binary code of the digits by a steep sigmoid: the scores are multiplied by twelve and disturbed by noise."""
# Healthy: the code is at its ends from the start because it is meant to be; the digits are rebuilt from it.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(18)
X = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)


class BinaryCode(nn.Module):
    def __init__(self, bits=32):
        super().__init__()
        self.encoder = nn.Linear(64, bits)
        self.decoder = nn.Sequential(nn.Linear(bits, 128), nn.ReLU(), nn.Linear(128, 64))

    def forward(self, x):
        scores = 12 * self.encoder(x - 0.3)
        code = torch.sigmoid(scores + 6 * torch.randn_like(scores) if self.training else scores)
        return self.decoder(code), code


model = BinaryCode()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 50)
for epoch in range(50):
    for rows in torch.randperm(len(X)).split(64):
        rebuilt, _ = model(X[rows])
        loss = nn.functional.mse_loss(rebuilt, X[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    if epoch % 10 == 9:
        model.eval()
        with torch.no_grad():
            rebuilt, code = model(X)
            hard = nn.functional.mse_loss(model.decoder(code.round()), X).item()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f} from bits {hard:.4f}, {((code < 0.01) | (code > 0.99)).float().mean():.0%} at the ends")
        model.train()
