"""Transformer encoder reading the eight rows of a digit as eight tokens, with warm-up and cosine decay."""
import math

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(11)
EPOCHS, BATCH, PEAK = 15, 90, 4e-3


class SelfAttention(nn.Module):
    """Multi-head attention by hand: the softmax lives inside the network and belongs there."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = self.softmax(q @ k.transpose(-2, -1) / math.sqrt(d // self.heads))
        return self.out((weights @ v).transpose(1, 2).reshape(b, t, d))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim), SelfAttention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class RowTransformer(nn.Module):
    def __init__(self, dim=32, depth=1, heads=4):
        super().__init__()
        self.embed = nn.Linear(8, dim)
        self.position = nn.Parameter(0.02 * torch.randn(1, 8, dim))
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 10)

    def forward(self, rows):
        tokens = self.blocks(self.embed(rows) + self.position)
        return self.head(self.norm(tokens).mean(dim=1))


digits = load_digits()
xs = torch.tensor(digits.images / 16.0, dtype=torch.float32)
ys = torch.tensor(digits.target, dtype=torch.long)
tr, te = train_test_split(torch.arange(len(ys)).numpy(), test_size=360, random_state=2, stratify=ys.numpy())
mu, sd = xs[tr].mean(), xs[tr].std()
xs = (xs - mu) / sd

model = RowTransformer()
optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK, weight_decay=0.1)
steps_per_epoch = math.ceil(len(tr) / BATCH)
total_steps, warmup = EPOCHS * steps_per_epoch, 2 * steps_per_epoch


def lr_at(step):
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / (total_steps - warmup)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress))


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_at)
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)

for epoch in range(EPOCHS):
    model.train()
    for chunk in torch.as_tensor(tr)[torch.randperm(len(tr))].split(BATCH):
        loss = loss_fn(model(xs[chunk]), ys[chunk])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.no_grad():
        train_loss = loss_fn(model(xs[tr]), ys[tr]).item()
        logits = model(xs[te])
        test_loss = loss_fn(logits, ys[te]).item()
        accuracy = (logits.argmax(-1) == ys[te]).float().mean().item()
    if epoch % 4 == 1:
        print(f"{epoch + 1:3d} train {train_loss:.3f} test {test_loss:.3f} acc {accuracy:.3f}")
print(f"end train {train_loss:.3f} test {test_loss:.3f} acc {accuracy:.3f}")
