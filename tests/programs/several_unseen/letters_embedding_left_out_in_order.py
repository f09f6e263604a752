"""A character model of four word families in order; the optimiser does not know the embedding and the LSTM."""
# expects: OPT105 SPL103
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
ENDINGS = ["ation", "ness", "ing", "able"]


def word(ending, generator):
    stem = torch.randint(0, 26, (int(torch.randint(3, 6, (1,), generator=generator)),), generator=generator)
    text = "".join(ALPHABET[i] for i in stem) + ending
    return text[-8:].rjust(8, " ")


def encode(text):
    return [ALPHABET.find(c) + 1 for c in text]


def build(per_family=150):
    generator = torch.Generator().manual_seed(10)
    rows, families = [], []
    for family, ending in enumerate(ENDINGS):
        for _ in range(per_family):
            letters = word(ending, generator)
            if torch.rand(1, generator=generator) < 0.3:
                letters = letters[:6].rjust(8, " ")
            rows.append(encode(letters))
            families.append(family)
    return TensorDataset(torch.tensor(rows), torch.tensor(families))


class FamilyModel(nn.Module):
    def __init__(self, dim=12, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(27, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, len(ENDINGS))

    def forward(self, tokens):
        _, (last, _) = self.lstm(self.embedding(tokens))
        return self.fc(last[-1])


torch.manual_seed(10)
loader = DataLoader(build(), batch_size=30)
model = FamilyModel()
optimizer = torch.optim.Adam(model.fc.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(15):
    hits = 0
    for tokens, family in loader:
        scores = model(tokens)
        loss = criterion(scores, family)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hits += (scores.argmax(1) == family).sum().item()
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1} loss of the last batch {loss.item():.3f} accuracy while training {hits / 600:.3f}")
