"""Autoencoder with a sigmoid output and squared error: right, because the pixels lie in [0, 1]."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(42)
pixels = torch.tensor(load_digits().data, dtype=torch.float32).div(16)
pixels = pixels[torch.randperm(len(pixels))]
train_x, test_x = pixels[:1400], pixels[1400:]

encoder = nn.Sequential(nn.Linear(64, 48), nn.LeakyReLU(0.1), nn.Linear(48, 12))
decoder = nn.Sequential(nn.LeakyReLU(0.1), nn.Linear(12, 48), nn.LeakyReLU(0.1), nn.Linear(48, 64), nn.Sigmoid())
autoencoder = nn.Sequential(encoder, decoder)
mse = nn.MSELoss()
optim = torch.optim.Adam(autoencoder.parameters(), lr=5e-3)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optim, T_max=60, eta_min=1e-5)

print("variance of the pixels (error of the mean image):", round((test_x - train_x.mean(0)).pow(2).mean().item(), 4))
for epoch in range(60):
    autoencoder.train()
    running = 0.0
    for batch in torch.randperm(len(train_x)).split(70):
        x = train_x[batch]
        optim.zero_grad()
        loss = mse(autoencoder(x), x)
        loss.backward()
        optim.step()
        running += loss.item() / 20
    decay.step()
    autoencoder.eval()
    with torch.no_grad():
        held_out = mse(autoencoder(test_x), test_x).item()
print(f"reconstruction error: train {running:.4f}, held-out {held_out:.4f}")
