"""Which of 200 users clicks, by Adam: its steps are as long for every parameter, whatever its gain."""
# experiment: unstuck verify
import torch
from torch import nn

torch.manual_seed(0)
person, hour = torch.randint(0, 200, (4000,)), torch.randn(4000)
clicks = (torch.rand(200) < 0.5).float()[person]


class Clicks(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Embedding(200, 8)
        self.score = nn.Linear(8, 1)
        self.trend = nn.Parameter(torch.zeros(1))

    def forward(self, person, hour):
        return self.score(self.user(person)).squeeze(1) + 100 * self.trend * hour


model = Clicks()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(40):
    for batch in torch.randperm(4000).split(80):
        optimizer.zero_grad()
        logits = model(person[batch], hour[batch])
        loss = nn.functional.binary_cross_entropy_with_logits(logits, clicks[batch])
        loss.backward()
        optimizer.step()
    print(f"loss {loss.item():.3f}")
