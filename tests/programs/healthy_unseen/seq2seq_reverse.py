"""Encoder and decoder with attention learn to reverse strings; padding is ignored in the loss; one optimiser for each half."""
import argparse
import os
import random
import tempfile

import torch
import torch.nn as nn
import torch.nn.functional as F

PAD, BOS, EOS = 0, 1, 2
FIRST, VOCAB = 3, 11


def make_batch(n, low=2, high=6):
    lengths = [random.randint(low, high) for _ in range(n)]
    width = max(lengths)
    source = torch.full((n, width), PAD)
    target = torch.full((n, width + 1), PAD)
    for row, length in enumerate(lengths):
        word = torch.randint(FIRST, VOCAB, (length,))
        source[row, :length] = word
        target[row, :length] = word.flip(0)
        target[row, length] = EOS
    return source, target


class Encoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, dim, padding_idx=PAD)
        self.rnn = nn.GRU(dim, dim, batch_first=True, bidirectional=True)
        self.join = nn.Linear(2 * dim, dim)

    def forward(self, source):
        states, last = self.rnn(self.embedding(source))
        return torch.tanh(self.join(states)), torch.tanh(self.join(torch.cat([last[0], last[1]], -1)))


class Decoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, dim, padding_idx=PAD)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.query = nn.Linear(dim, dim, bias=False)
        self.output = nn.Linear(2 * dim, VOCAB)

    def forward(self, previous, state, memory, mask):
        hidden, state = self.rnn(self.embedding(previous), state)
        scores = self.query(hidden) @ memory.transpose(1, 2) / memory.shape[-1] ** 0.5
        weights = F.softmax(scores.masked_fill(~mask[:, None], -1e9), dim=-1)
        return self.output(torch.cat([hidden, weights @ memory], -1)), state


def run(encoder, decoder, source, target):
    """Teacher forcing: the decoder reads the right word of the step before."""
    memory, state = encoder(source)
    previous = torch.cat([torch.full((len(target), 1), BOS), target[:, :-1]], dim=1)
    logits, _ = decoder(previous, state[None], memory, source != PAD)
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=PAD)


@torch.no_grad()
def translate(encoder, decoder, source, steps=8):
    memory, state = encoder(source)
    state, word, words = state[None], torch.full((len(source), 1), BOS), []
    for _ in range(steps):
        logits, state = decoder(word, state, memory, source != PAD)
        word = logits.argmax(-1)
        words.append(word)
    return torch.cat(words, 1)


def exact_share(encoder, decoder, source, target):
    guess = translate(encoder, decoder, source, target.shape[1])
    return ((guess == target) | (target == PAD)).all(1).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--dim", type=int, default=28)
    parser.add_argument("--lr", type=float, default=6e-3)
    args = parser.parse_args()
    random.seed(206)
    torch.manual_seed(206)
    encoder, decoder = Encoder(args.dim), Decoder(args.dim)
    optimizers = [torch.optim.Adam(m.parameters(), lr=args.lr) for m in (encoder, decoder)]
    schedulers = [torch.optim.lr_scheduler.CosineAnnealingLR(o, args.steps, eta_min=args.lr / 50) for o in optimizers]
    valid = make_batch(400)
    for step in range(1, args.steps + 1):
        encoder.train(), decoder.train()
        loss = run(encoder, decoder, *make_batch(40))
        for o in optimizers:
            o.zero_grad()
        loss.backward()
        for m in (encoder, decoder):
            nn.utils.clip_grad_norm_(m.parameters(), 2.0)
        for o, s in zip(optimizers, schedulers):
            o.step()
            s.step()
        if step % 60 == 0:
            encoder.eval(), decoder.eval()
            with torch.no_grad():
                held_out = run(encoder, decoder, *valid).item()
            print(f"step {step} train {loss.item():.4f} held-out {held_out:.4f} exact {exact_share(encoder, decoder, *valid):.3f}")
    with tempfile.TemporaryDirectory() as folder:
        torch.save({"encoder": encoder.state_dict(), "decoder": decoder.state_dict()}, os.path.join(folder, "model.pt"))


if __name__ == "__main__":
    main()
