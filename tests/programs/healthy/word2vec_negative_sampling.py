"""Skip-gram with negative sampling on a generated corpus of topics; the floor of the loss is far from zero."""
import torch
import torch.nn.functional as F

torch.manual_seed(6)
TOPICS, WORDS_PER_TOPIC, DIM, NEGATIVES = 6, 10, 12, 4
VOCAB = TOPICS * WORDS_PER_TOPIC


def corpus(sentences, length=8):
    topic = torch.randint(0, TOPICS, (sentences, 1))
    inside = topic * WORDS_PER_TOPIC + torch.randint(0, WORDS_PER_TOPIC, (sentences, length))
    anything = torch.randint(0, VOCAB, (sentences, length))
    return torch.where(torch.rand(sentences, length) < 0.8, inside, anything)


def skipgrams(text):
    pairs = [torch.stack([text[:, a], text[:, b]], 1)
             for a in range(text.shape[1]) for b in range(text.shape[1]) if a != b and abs(a - b) <= 2]
    return torch.cat(pairs)


class SkipGram(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.center = torch.nn.Embedding(VOCAB, DIM)
        self.context = torch.nn.Embedding(VOCAB, DIM)
        torch.nn.init.uniform_(self.center.weight, -0.5, 0.5)
        torch.nn.init.zeros_(self.context.weight)  # as in the original: one side may start at zero

    def forward(self, center, positive, negative):
        v = self.center(center)
        pos = (v * self.context(positive)).sum(-1)
        neg = torch.bmm(self.context(negative), v.unsqueeze(2)).squeeze(2)
        return -(F.logsigmoid(pos) + F.logsigmoid(-neg).sum(1)).mean() / (1 + NEGATIVES)


train_pairs, test_pairs = skipgrams(corpus(1200)), skipgrams(corpus(300))
model = SkipGram()
opt = torch.optim.Adam(model.parameters(), lr=0.02)
sched = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[4, 6], gamma=0.15)


def negatives(n):
    return torch.randint(0, VOCAB, (n, NEGATIVES))


for epoch in range(8):
    total, batches = 0.0, 0
    for chunk in train_pairs[torch.randperm(len(train_pairs))].split(256):
        loss = model(chunk[:, 0], chunk[:, 1], negatives(len(chunk)))
        opt.zero_grad()
        loss.backward()
        opt.step()
        total, batches = total + loss.item(), batches + 1
    sched.step()
    with torch.no_grad():
        held_out = model(test_pairs[:, 0], test_pairs[:, 1], negatives(len(test_pairs))).item()
    print(f"epoch {epoch + 1} train {total / batches:.4f} held-out {held_out:.4f} (start: 0.6931)")

vectors = F.normalize(model.center.weight.detach(), dim=1)
similar = (vectors @ vectors.T).fill_diagonal_(-2).topk(3, dim=1).indices
print("neighbours of the same topic:", (similar // WORDS_PER_TOPIC == torch.arange(VOCAB)[:, None] // WORDS_PER_TOPIC).float().mean().item())
