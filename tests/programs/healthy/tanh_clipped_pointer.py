"""A pointer that picks the largest-weighted item of a set; its logits are 10*tanh(score), as in neural combinatorial work."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(90)
ITEMS, FEATURES = 8, 4
hidden_weights = torch.tensor([1.0, -0.7, 0.5, 0.3])


def instances(n):
    items = torch.randn(n, ITEMS, FEATURES)
    utility = items @ hidden_weights + 0.4 * items[..., 0] * items[..., 1]
    noisy = utility + 0.25 * torch.distributions.Gumbel(0.0, 1.0).sample(utility.shape)
    return items, noisy.argmax(1)


class Pointer(nn.Module):
    def __init__(self, dim=24, clip=10.0):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(FEATURES, dim), nn.GELU(), nn.Linear(dim, dim))
        self.query = nn.Parameter(torch.randn(dim) * 0.2)
        self.key = nn.Linear(dim, dim, bias=False)
        self.attention = nn.MultiheadAttention(dim, 2, batch_first=True)
        self.clip = clip

    def forward(self, items):
        h = self.embed(items)
        mixed, _ = self.attention(h, h, h, need_weights=False)
        keys = self.key(torch.tanh(h + mixed))
        score = keys @ self.query / keys.shape[-1] ** 0.5
        return self.clip * torch.tanh(score)


train_items, train_pick = instances(4000)
test_items, test_pick = instances(1000)
model = Pointer()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
STEPS, BATCH = 450, 100
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
for step in range(1, STEPS + 1):
    rows = torch.randint(len(train_items), (BATCH,))
    loss = F.cross_entropy(model(train_items[rows]), train_pick[rows])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    scheduler.step()
    if step % 90 == 0:
        model.eval()
        with torch.no_grad():
            logits = model(test_items)
            test = F.cross_entropy(logits, test_pick).item()
            train = F.cross_entropy(model(train_items), train_pick).item()
        model.train()
        print(f"step {step} train {train:.4f} held-out {test:.4f} hit rate {(logits.argmax(1) == test_pick).float().mean():.3f}")
