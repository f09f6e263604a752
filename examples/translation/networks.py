"""Three encoder-decoders: a GRU with additive attention, the same without attention, and a small Transformer."""
import math

import torch
from corpus import END, PAD, START
from torch import nn


class AdditiveAttention(nn.Module):
    """Bahdanau, Cho and Bengio (2015): weights of the source words for one state of the decoder."""

    def __init__(self, state, memory, width):
        super().__init__()
        self.of_state, self.of_memory = nn.Linear(state, width), nn.Linear(memory, width, bias=False)
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, state, memory, keys, mask):
        scores = self.score(torch.tanh(self.of_state(state)[:, None] + keys)).squeeze(2)
        weights = torch.softmax(scores.masked_fill(mask, -1e9), dim=1)
        return torch.bmm(weights[:, None], memory).squeeze(1)


class GRUTranslator(nn.Module):
    """With `attention=False` the decoder sees the last state of the encoder only."""

    def __init__(self, source, target, width=192, embedding=128, attention=True, dropout=0.2):
        super().__init__()
        self.source = nn.Embedding(source, embedding, padding_idx=PAD)
        self.target = nn.Embedding(target, embedding, padding_idx=PAD)
        self.encoder = nn.GRU(embedding, width, bidirectional=True, batch_first=True)
        self.bridge = nn.Linear(2 * width, width)
        self.attention = AdditiveAttention(width, 2 * width, width) if attention else None
        self.cell = nn.GRUCell(embedding + 2 * width, width)
        self.before = nn.Linear(3 * width + embedding, embedding)
        self.head = nn.Linear(embedding, target)
        self.dropout = nn.Dropout(dropout)

    def encode(self, source):
        lengths = (source != PAD).sum(dim=1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(self.source(source)), lengths, batch_first=True, enforce_sorted=False
        )
        memory, last = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(memory, batch_first=True, total_length=source.shape[1])
        ends = torch.cat([last[0], last[1]], dim=1)
        keys = self.attention.of_memory(memory) if self.attention is not None else None
        return torch.tanh(self.bridge(ends)), (memory, keys, source == PAD, ends)

    def step(self, word, state, encoded):
        memory, keys, mask, ends = encoded
        context = ends if self.attention is None else self.attention(state, memory, keys, mask)
        embedded = self.dropout(self.target(word))
        state = self.cell(torch.cat([embedded, context], dim=1), state)
        return torch.cat([state, context, embedded], dim=1), state

    def out(self, features):
        return self.head(self.dropout(torch.tanh(self.before(features))))

    def forward(self, source, target):
        """Scores of each next word, given the words before it; (sentences, positions, words)."""
        state, encoded = self.encode(source)
        features = []
        for word in shifted(target).T:
            made, state = self.step(word, state, encoded)
            features.append(made)
        return self.out(torch.stack(features, dim=1))

    @torch.no_grad()
    def translate(self, source, longest=40):
        state, encoded = self.encode(source)
        word = torch.full((len(source),), START)
        found = []
        for _ in range(longest):
            made, state = self.step(word, state, encoded)
            word = self.out(made).argmax(dim=1)
            found.append(word)
            if bool((torch.stack(found) == END).any(dim=0).all()):
                break
        return torch.stack(found, dim=1)


class TransformerTranslator(nn.Module):
    def __init__(self, source, target, width=128, heads=4, depth=2, dropout=0.1, longest=128):
        super().__init__()
        self.source = nn.Embedding(source, width, padding_idx=PAD)
        self.target = nn.Embedding(target, width, padding_idx=PAD)
        self.transformer = nn.Transformer(
            width, heads, depth, depth, 4 * width, dropout, batch_first=True, norm_first=True
        )
        self.head = nn.Linear(width, target)
        self.width = width
        place, rate = torch.arange(longest)[:, None], torch.exp(-math.log(1e4) * torch.arange(0, width, 2) / width)
        waves = torch.stack([torch.sin(place * rate), torch.cos(place * rate)], dim=2).flatten(1)
        self.register_buffer("waves", waves)
        nn.init.normal_(self.source.weight, std=width**-0.5)
        nn.init.normal_(self.target.weight, std=width**-0.5)

    def placed(self, embedded):
        return embedded * math.sqrt(self.width) + self.waves[: embedded.shape[1]]

    def forward(self, source, target):
        given = shifted(target)
        causal = torch.triu(torch.ones(given.shape[1], given.shape[1], dtype=torch.bool), diagonal=1)
        hidden = self.transformer(
            self.placed(self.source(source)), self.placed(self.target(given)), tgt_mask=causal,
            src_key_padding_mask=source == PAD, memory_key_padding_mask=source == PAD,
        )
        return self.head(hidden)

    @torch.no_grad()
    def translate(self, source, longest=40):
        found = torch.zeros(len(source), 0, dtype=torch.long)
        for _ in range(longest):
            padded = torch.cat([found, torch.zeros(len(source), 1, dtype=torch.long)], dim=1)
            found = torch.cat([found, self(source, padded)[:, -1:].argmax(dim=2)], dim=1)
            if bool((found == END).any(dim=1).all()):
                break
        return found


def shifted(target):
    """What the decoder is given: each word after the one before it."""
    return torch.cat([torch.full((len(target), 1), START), target[:, :-1]], dim=1)


def network(kind, source, target):
    if kind == "transformer":
        return TransformerTranslator(source, target)
    return GRUTranslator(source, target, attention=kind == "attention")
