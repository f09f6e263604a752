"""A small causal GPT on text from a second-order Markov source; it converges to the entropy of the source."""
import argparse
import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
from torch.nn import functional as F


@dataclass
class GPTConfig:
    vocab_size: int = 6
    block_size: int = 16
    n_layer: int = 2
    n_head: int = 2
    n_embd: int = 24
    dropout: float = 0.0


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head, self.n_embd = config.n_head, config.n_embd
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=False)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=False)
        mask = torch.tril(torch.ones(config.block_size, config.block_size))
        self.register_buffer("mask", mask.view(1, 1, config.block_size, config.block_size))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(self.n_embd, dim=2)
        q, k, v = (z.view(B, T, self.n_head, C // self.n_head).transpose(1, 2) for z in (q, k, v))
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.mask[:, :, :T, :T] == 0, float("-inf"))
        y = F.softmax(att, dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd)
        self.mlp = nn.ModuleDict(dict(
            c_fc=nn.Linear(config.n_embd, 4 * config.n_embd),
            c_proj=nn.Linear(4 * config.n_embd, config.n_embd),
        ))

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp.c_proj(F.gelu(self.mlp.c_fc(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.block_size, config.n_embd)
        self.h = nn.ModuleList([Block(config) for _ in range(config.n_layer)])
        self.ln_f = nn.LayerNorm(config.n_embd)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.wte.weight = self.lm_head.weight  # weights are tied
        self.apply(self._init_weights)

    @staticmethod
    def _init_weights(module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, 0.0, 0.05)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, idx, targets=None):
        pos = torch.arange(idx.size(1), device=idx.device)
        x = self.wte(idx) + self.wpe(pos)
        for block in self.h:
            x = block(x)
        logits = self.lm_head(self.ln_f(x))
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
        return logits, loss


def markov_text(length, k, rng):
    table = rng.dirichlet(np.full(k, 0.3), size=(k, k))
    out = [0, 1]
    draws = rng.random(length)
    cumulative = table.cumsum(-1)
    for u in draws:
        out.append(min(int(np.searchsorted(cumulative[out[-2], out[-1]], u)), k - 1))
    data = np.array(out)
    entropy = -np.log(table[data[:-2], data[1:-1], data[2:]] + 1e-12).mean()
    return torch.from_numpy(data), entropy


def get_batch(data, block, batch):
    ix = torch.randint(len(data) - block - 1, (batch,))
    x = torch.stack([data[i:i + block] for i in ix])
    y = torch.stack([data[i + 1:i + 1 + block] for i in ix])
    return x, y


@torch.no_grad()
def estimate(model, splits, block):
    model.eval()
    out = {}
    for name, data in splits.items():
        out[name] = np.mean([model(*get_batch(data, block, 64))[1].item() for _ in range(4)])
    model.train()
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--iters", type=int, default=320)
    p.add_argument("--lr", type=float, default=8e-3)
    a = p.parse_args()
    torch.manual_seed(1337)
    data, entropy = markov_text(24000, 6, np.random.default_rng(4))
    cut = int(0.9 * len(data))
    splits = {"train": data[:cut], "val": data[cut:]}
    model = GPT(GPTConfig())
    decay = [q for q in model.parameters() if q.dim() >= 2]
    rest = [q for q in model.parameters() if q.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}],
                                  lr=a.lr, betas=(0.9, 0.95))
    for it in range(a.iters):
        warm = min(1.0, (it + 1) / 40)
        lr = a.lr * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * it / a.iters)))
        for group in optimizer.param_groups:
            group["lr"] = lr
        _, loss = model(*get_batch(splits["train"], 16, 48))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if it % 80 == 79:
            e = estimate(model, splits, 16)
            print(f"iter {it + 1}: train {e['train']:.4f} val {e['val']:.4f} (entropy of the source {entropy:.4f})")


if __name__ == "__main__":
    main()
