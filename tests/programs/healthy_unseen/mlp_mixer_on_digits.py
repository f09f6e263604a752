"""MLP-Mixer on digits cut into patches: token mixing over a transposed axis, channel mixing after it; layers in plain classes."""
import math
from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn

cfg = SimpleNamespace(patch=2, dim=24, depth=2, token_hidden=16, channel_hidden=48, classes=10,
                      epochs=15, batch=72, lr=5e-3, wd=0.1, warm=40, seed=221)


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.down(nn.functional.gelu(self.up(x)))


class MixerBlock(nn.Module):
    def __init__(self, tokens, c):
        super().__init__()
        self.token_norm, self.channel_norm = nn.LayerNorm(c.dim), nn.LayerNorm(c.dim)
        self.token_mix = FeedForward(tokens, c.token_hidden)
        self.channel_mix = FeedForward(c.dim, c.channel_hidden)

    def forward(self, x):
        x = x + self.token_mix(self.token_norm(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channel_mix(self.channel_norm(x))


class Mixer(nn.Module):
    def __init__(self, c):
        super().__init__()
        tokens = (8 // c.patch) ** 2
        self.patches = nn.Unfold(c.patch, stride=c.patch)
        self.embed = nn.Linear(c.patch ** 2, c.dim)
        self.blocks = nn.ModuleList(MixerBlock(tokens, c) for _ in range(c.depth))
        self.norm, self.head = nn.LayerNorm(c.dim), nn.Linear(c.dim, c.classes)

    def forward(self, images):
        x = self.embed(self.patches(images).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


def lr_factor(step, total):
    if step < cfg.warm:
        return (step + 1) / cfg.warm
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - cfg.warm) / (total - cfg.warm)))


def main():
    torch.manual_seed(cfg.seed)
    bunch = load_digits()
    x = torch.tensor(bunch.images, dtype=torch.float32).unsqueeze(1)
    y = torch.tensor(bunch.target)
    perm = torch.randperm(len(y))
    x, y = x[perm], y[perm]
    n = 1440
    x = (x - x[:n].mean()) / x[:n].std()
    model = Mixer(cfg)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": cfg.wd}, {"params": vectors, "weight_decay": 0.0}], lr=cfg.lr)
    total = cfg.epochs * n // cfg.batch
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: lr_factor(s, total))
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(cfg.epochs):
        model.train()
        losses = []
        for rows in torch.randperm(n).view(-1, cfg.batch):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_fn(model(x[rows]), y[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 3.0)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            out = model(x[n:])
            test, acc = loss_fn(out, y[n:]).item(), (out.argmax(1) == y[n:]).float().mean().item()
        if epoch % 3 == 2:
            print(f"epoch {epoch + 1:2d} train {sum(losses) / len(losses):.4f} test {test:.4f} acc {acc:.3f}")


if __name__ == "__main__":
    main()
