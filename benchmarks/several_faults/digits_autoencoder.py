"""An autoencoder of handwritten digits: squared error, encoder and decoder as Sequential, SGD with momentum."""

import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--faults", default="")
faults = set(parser.parse_args().faults.split(","))

torch.manual_seed(5)
pixels = torch.tensor(load_digits().data, dtype=torch.float32)
pixels = (pixels - pixels.mean(0)) / (pixels.std(0) + 1)
train_set, test_set = pixels[:1500], pixels[1500:]

hidden = nn.Sigmoid if "saturating" in faults else nn.ReLU
encoder = nn.Sequential(nn.Linear(64, 64), hidden(), nn.Linear(64, 24), hidden())
decoder = nn.Sequential(nn.Linear(24, 64), hidden(), nn.Linear(64, 64))
if "relu-out" in faults:
    decoder.append(nn.ReLU())
model = nn.Sequential(encoder, decoder)
if "tiny-init" in faults:
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.uniform_(layer.weight, -1e-3, 1e-3)
            nn.init.zeros_(layer.bias)
rate = 1e-4 if "low-rate" in faults else 30.0 if "high-rate" in faults else 0.3
optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=0.05 if "weight-decay" in faults else 0)
loss_of = nn.MSELoss()

for epoch in range(150):
    losses = []
    for batch in train_set[torch.randperm(len(train_set))].split(50):
        optimizer.zero_grad()
        loss = loss_of(model(batch), batch)
        loss.backward()
        if "clipped" in faults:
            nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
        losses.append(loss.item())
    print(f"{epoch:3d} {sum(losses) / len(losses):.4f}")

with torch.no_grad():
    rebuilt = decoder[:3](encoder(test_set))  # without relu-out: the score is that of what was learned
score = torch.corrcoef(torch.stack([rebuilt.flatten(), test_set.flatten()]))[0, 1].nan_to_num() ** 2
print(f"score {score.item():.4f}")
