"""Bag of words through an EmbeddingBag straight into a linear layer: fastText, and right without a nonlinearity."""
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(3)
rng = np.random.default_rng(3)
V, K, N = 300, 4, 3000
word_given_topic = rng.dirichlet(np.full(V, 0.25), size=K)
topics = rng.integers(0, K, N)
documents = [rng.choice(V, size=rng.integers(6, 16), p=0.75 * word_given_topic[k] + 0.25 / V) for k in topics]


def collate(indices):
    words = [torch.as_tensor(documents[j]) for j in indices]
    offsets = torch.tensor([0] + [len(w) for w in words[:-1]]).cumsum(0)
    return torch.cat(words), offsets, torch.as_tensor(topics[indices])


class FastText(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.EmbeddingBag(V, 16, mode="mean")
        self.fc = nn.Linear(16, K)
        self.embedding.weight.data.uniform_(-0.3, 0.3)

    def forward(self, text, offsets):
        return self.fc(self.embedding(text, offsets))


model = FastText()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1, weight_decay=2e-4)
test_batch = collate(np.arange(2400, N))
for epoch in range(12):
    model.train()
    order = rng.permutation(2400)
    epoch_loss = 0.0
    for start in range(0, 2400, 60):
        text, offsets, label = collate(order[start:start + 60])
        optimizer.zero_grad()
        loss = loss_fn(model(text, offsets), label)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / 40
    model.eval()
    with torch.no_grad():
        out = model(*test_batch[:2])
        test_loss = loss_fn(out, test_batch[2]).item()
        acc = (out.argmax(1) == test_batch[2]).float().mean().item()
    print(f"| epoch {epoch + 1:2d} | train {epoch_loss:.4f} | test {test_loss:.4f} | acc {acc:.3f}")
