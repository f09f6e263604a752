"""The batch is sorted as a whole, with its labels."""
# needs: examination
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(0)
rows = []
for length in torch.randint(3, 16, (600,)).tolist():
    tokens = torch.randint(1, 20, (length,))
    rows.append((tokens, int(tokens[-1] > 10)))


def collate(batch):
    tokens, labels = zip(*sorted(batch, key=lambda one: -len(one[0])))
    return pad_sequence(tokens, batch_first=True), torch.tensor([len(one) for one in tokens]), torch.tensor(labels)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 16, padding_idx=0)
        self.rnn = nn.GRU(16, 24, batch_first=True)
        self.out = nn.Linear(24, 2)

    def forward(self, tokens, lengths):
        _, state = self.rnn(pack_padded_sequence(self.words(tokens), lengths, batch_first=True))
        return self.out(state[-1])


model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
loader = DataLoader(rows, batch_size=40, shuffle=True, collate_fn=collate)
for epoch in range(5):
    for tokens, lengths, labels in loader:
        loss = nn.functional.cross_entropy(model(tokens, lengths), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
