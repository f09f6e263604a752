"""A dictionary from sentence pairs alone: IBM model 1 (Brown et al. 1993), by expectation maximisation."""
from collections import Counter

import numpy as np

NULL = "<null>"


def dictionary(pairs, rounds=5):
    """P(target word | source word) as (source word, target word) → number; a source word may be `NULL`."""
    codes, rows = {}, []
    for source, target in pairs:
        sources = sorted({NULL, *source})
        rows.append([[codes.setdefault((a, b), len(codes)) for a in sources] for b in target])
    source_of = {}
    owner = np.array([source_of.setdefault(a, len(source_of)) for a, _ in codes])
    flat = np.array([code for row in rows for line in row for code in line])
    word = np.repeat(np.arange(sum(map(len, rows))), [len(line) for row in rows for line in row])
    chance = np.ones(len(codes))
    for _ in range(rounds):
        share = chance[flat] / np.bincount(word, chance[flat])[word]
        counts = np.bincount(flat, share, len(codes))
        chance = counts / np.bincount(owner, counts)[owner]
    return {pair: float(chance[code]) for pair, code in codes.items()}


def alignment(table, source, target):
    """For each target word the source word that most likely made it: (position, or None; its share)."""
    found = []
    for word in target:
        chances = [table.get((one, word), 0.0) for one in (NULL, *source)]
        best = int(np.argmax(chances))
        found.append((None if best == 0 else best - 1, chances[best] / (sum(chances) or 1.0)))
    return found


def agreement(attention, table, source, target, sure=0.5):
    """How often the arg-max of the attention (target, source) is where the dictionary points, where that is sure.

    The word itself counts, not its position: a word that stands twice in the source is right at both places.
    """
    hits = Counter()
    for at, (row, (place, share)) in enumerate(zip(attention, alignment(table, source, target), strict=False)):
        if place is None or share < sure:
            continue
        chosen = int(np.argmax(row[: len(source)]))
        hits["of"] += 1
        hits["attention"] += source[chosen] == source[place]
        hits["diagonal"] += source[at * len(source) // len(target)] == source[place]
    return hits
