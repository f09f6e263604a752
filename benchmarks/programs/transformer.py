"""A transformer of six layers, width 256, on batches of 16 sequences of 128 tokens."""
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)
tokens = torch.randint(0, 100, (16 * 8, 129))
embedding = nn.Embedding(100, 256)
body = nn.TransformerEncoder(nn.TransformerEncoderLayer(256, 4, 1024, batch_first=True), 6, enable_nested_tensor=False)
head = nn.Linear(256, 100)
mask = nn.Transformer.generate_square_subsequent_mask(128)
optimizer = torch.optim.AdamW([*embedding.parameters(), *body.parameters(), *head.parameters()], lr=3e-4)
began = time.process_time()
for step in range(48):
    at = step % 8 * 16
    batch = tokens[at : at + 16]
    optimizer.zero_grad()
    scores = head(body(embedding(batch[:, :-1]), mask=mask, is_causal=True))
    loss = nn.functional.cross_entropy(scores.reshape(-1, 100), batch[:, 1:].reshape(-1))
    loss.backward()
    optimizer.step()
print(time.process_time() - began)
