"""An autoencoder of the digits with a sigmoid code of sixteen units and a sigmoid output, squared error."""
# Healthy: the code units go to the ends of their range because a nearly binary code says most.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(11)
X = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
train, test = X[:1400], X[1400:]
encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16), nn.Sigmoid())
decoder = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid())
criterion = nn.MSELoss()
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)
for epoch in range(60):
    for rows in torch.randperm(len(train)).split(64):
        img = train[rows]
        output = decoder(encoder(img))
        loss = criterion(output, img)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    if epoch % 12 == 11:
        with torch.no_grad():
            code = encoder(test)
            held, ends = criterion(decoder(code), test).item(), ((code < 0.01) | (code > 0.99)).float().mean().item()
        print(f"epoch {epoch + 1}: train {loss.item():.4f} test {held:.4f}, {ends:.0%} of the code at its ends")
