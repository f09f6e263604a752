"""Embedding, a two-layer bidirectional LSTM with dropout and packed sequences; the state is carried and detached."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 12, padding_idx=0)
        self.lstm = nn.LSTM(12, 16, num_layers=2, dropout=0.2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(32, 3)

    def forward(self, ids, lengths, state=None):
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True, enforce_sorted=False)
        output, state = self.lstm(packed, state)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=ids.size(1))
        return {"scores": self.out(output), "state": state}


seed(15)
model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss(ignore_index=-100)
state = None
for step in range(50):
    lengths = torch.randint(3, 10, (16,))
    ids = torch.randint(1, 30, (16, 9))
    outside = torch.arange(9)[None] >= lengths[:, None]
    tags = (ids % 3).masked_fill(outside, -100)
    result = model(ids.masked_fill(outside, 0), lengths, state)
    state = tuple(s.detach() for s in result["state"])
    loss = criterion(result["scores"].flatten(0, 1), tags.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 9:
        print(step, loss.item())
fingerprint(model, optimizer, state)
