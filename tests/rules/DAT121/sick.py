"""The file of word vectors ends after a few words: most words have a vector of zeros."""
import torch
from torch import nn

torch.manual_seed(0)
vectors = 0.5 * torch.randn(400, 16)
vectors[30:] = 0
topics = torch.randint(0, 10, (600, 4))
y = (topics.sum(1) > 18).long()
texts = torch.cat([topics, torch.randint(10, 400, (600, 12))], dim=1)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(vectors, freeze=True)
        self.hidden = nn.Linear(16, 32)
        self.out = nn.Linear(32, 2)

    def forward(self, ids):
        return self.out(torch.relu(self.hidden(self.embed(ids).sum(1))))


model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(12):
    for rows in torch.randperm(len(texts)).split(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(texts[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(f"loss {loss.item():.3f}")
