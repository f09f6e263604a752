"""Sentence pairs from text files with one sentence a line, and their words as numbers."""
import gzip
import re
from collections import Counter
from pathlib import Path

import torch

PAD, START, END, UNKNOWN = range(4)
MARKS = ["<pad>", "<start>", "<end>", "<unknown>"]


def words(line):
    return re.findall(r"\w+|[^\w\s]", line.lower())


def sentences(file):
    """The lines of a text file, `.gz` or not, as lists of words."""
    opened = gzip.open if str(file).endswith(".gz") else open
    with opened(file, "rt", encoding="utf-8") as lines:
        return [words(line) for line in lines]


def find(folder, split, language):
    """`train.de.gz`, `test_2016_flickr.de` … : the file of a split in a language."""
    found = sorted(Path(folder).glob(f"{split}*.{language}*"))
    if not found:
        raise SystemExit(f"{folder} has no file {split}*.{language} or {split}*.{language}.gz with one sentence a line")
    return found[0]


def pairs(folder, split, source, target):
    """(words, words) of a split; pairs with an empty side are left out."""
    both = zip(sentences(find(folder, split, source)), sentences(find(folder, split, target)), strict=True)
    return [(a, b) for a, b in both if a and b]


class Words:
    """The words that occur often enough, and their numbers."""

    def __init__(self, texts, least=3):
        counts = Counter(word for text in texts for word in text)
        self.names = MARKS + sorted(word for word, count in counts.items() if count >= least)
        self.number = {word: at for at, word in enumerate(self.names)}

    def __len__(self):
        return len(self.names)

    def encode(self, text):
        return [self.number.get(word, UNKNOWN) for word in text] + [END]

    def decode(self, numbers):
        numbers = list(map(int, numbers))
        return [self.names[one] for one in (numbers[: numbers.index(END)] if END in numbers else numbers)]


def padded(rows):
    width = max(map(len, rows))
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


def batches(data, size, random=None):
    """Source and target of a batch; sentences of like length go together, so that little is padding."""
    order = sorted(range(len(data)), key=lambda at: (len(data[at][0]), len(data[at][1])))
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    if random is not None:
        random.shuffle(groups)
    for rows in groups:
        yield rows, padded([data[at][0] for at in rows]), padded([data[at][1] for at in rows])
