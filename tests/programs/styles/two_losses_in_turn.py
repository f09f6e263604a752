"""Two losses one after the other on one net: a step on the reconstruction, then a step on the classes."""
# steps: 600
# optimizer-steps: 600
# losses: 2
import torch
from torch import nn

torch.manual_seed(36)
centres = torch.randn(4, 8) * 1.5
label = torch.randint(0, 4, (600,))
x = centres[label] + 0.7 * torch.randn(600, 8)
x = (x - x.mean(0)) / x.std(0)


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(8, 16), nn.ELU(), nn.Linear(16, 4))
        self.decoder = nn.Sequential(nn.Linear(4, 16), nn.ELU(), nn.Linear(16, 8))
        self.classifier = nn.Linear(4, 4)


model = Both()
reconstruct = torch.optim.Adam([*model.encoder.parameters(), *model.decoder.parameters()], lr=3e-3)
classify = torch.optim.Adam([*model.encoder.parameters(), *model.classifier.parameters()], lr=3e-3)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        reconstruct.zero_grad()
        loss = nn.functional.mse_loss(model.decoder(model.encoder(x[rows])), x[rows])
        loss.backward()
        reconstruct.step()

        classify.zero_grad()
        loss = nn.functional.cross_entropy(model.classifier(model.encoder(x[rows])), label[rows])
        loss.backward()
        classify.step()
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "classes", round(loss.item(), 4))
