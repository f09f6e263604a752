"""Which of 300 users clicks, by plain SGD: the wide dense part keeps the rate low, and a user is seldom seen."""
# experiment: unstuck verify
import torch
from torch import nn

torch.manual_seed(0)
users, people = 300, torch.randint(0, 300, (6000,))
clicks = (torch.rand(users) < 0.5).float()[people]
readings = torch.randn(6000, 256)


class Clicks(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Embedding(users, 8)
        self.user_out = nn.Linear(8, 1)
        self.dense = nn.Linear(256, 1)

    def forward(self, person, reading):
        return (self.user_out(self.user(person)) + 4 * self.dense(reading)).squeeze(1)


model = Clicks()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(10):
    for batch in torch.randperm(6000).split(60):
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(people[batch], readings[batch]), clicks[batch])
        loss.backward()
        optimizer.step()
    print(f"loss {loss.item():.3f}")
