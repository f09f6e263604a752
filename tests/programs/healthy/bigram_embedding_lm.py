"""A bigram language model: an embedding whose rows are logits, blocks of a long text, AdamW."""
# Healthy: one letter tells little of the next, so the best bigram ends not far below the letters' frequencies.
import torch
import torch.nn as nn
from torch.nn import functional as F

torch.manual_seed(1337)
words = "the of and to in is that it was for on are with as his they at be this from have or by one had not but what all were".split()
text = " ".join(words[int(i)] for i in torch.randint(0, len(words), (12000,)))
chars = sorted(set(text))
stoi = {ch: i for i, ch in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]


def get_batch(split, batch=32, block=8):
    source = train_data if split == "train" else val_data
    ix = torch.randint(len(source) - block, (batch,))
    return torch.stack([source[i : i + block] for i in ix]), torch.stack([source[i + 1 : i + block + 1] for i in ix])


class BigramLanguageModel(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.token_embedding_table = nn.Embedding(vocab_size, vocab_size)

    def forward(self, idx, targets):
        logits = self.token_embedding_table(idx)
        B, T, C = logits.shape
        return F.cross_entropy(logits.view(B * T, C), targets.view(B * T))


m = BigramLanguageModel(len(chars))
optimizer = torch.optim.AdamW(m.parameters(), lr=1e-2)
for steps in range(1500):
    xb, yb = get_batch("train")
    loss = m(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if steps % 300 == 299:
        with torch.no_grad():
            held = sum(m(*get_batch("val")).item() for _ in range(20)) / 20
        print(f"step {steps + 1}: train {loss.item():.4f} held out {held:.4f}")
