"""A trigram model in an embedding that is filled with log-counts, then tuned a little by hand-written likelihood."""
# Healthy: counting has already found the optimum; the tuning confirms it.
import torch
import torch.nn as nn

torch.manual_seed(306)
chain = torch.softmax(2 * torch.randn(8, 8, 8), -1)
text = [0, 1]
for _ in range(6000):
    text.append(int(torch.multinomial(chain[text[-2], text[-1]], 1)))
text = torch.tensor(text)
context, following = text[:-2] * 8 + text[1:-1], text[2:]
counts = torch.full((64, 8), 0.1)
counts.index_put_((context, following), torch.ones(len(following)), accumulate=True)

table = nn.Embedding(64, 8)
table.weight.data = counts.log() - counts.sum(1, keepdim=True).log()
optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
for step in range(150):
    logits = table(context)
    probabilities = logits.exp() / logits.exp().sum(1, keepdim=True)
    loss = -probabilities[torch.arange(len(following)), following].log().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 30 == 29:
        print(step + 1, round(loss.item(), 4))
