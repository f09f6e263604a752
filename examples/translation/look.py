"""What the trained encoder-decoders do: `python look.py FOLDER translator_attention.pt translator_plain.pt …`.

Token accuracy, log loss, BLEU, chrF, quality against sentence length, and attention beside the dictionary of IBM model 1.
"""
import argparse
import json
from collections import Counter

import numpy as np
import torch
from corpus import PAD, Words, batches, padded, pairs
from ibm1 import agreement, dictionary
from networks import network

from unstuck.evaluate.inside.attention import attention_maps
from unstuck.evaluate.sequences import sequence_scores

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("models", nargs="+")
parser.add_argument("--rows", type=int, default=None, help="test sentences [default: all]")
parser.add_argument("--maps", type=int, default=300, help="test sentences whose attention is compared")
parser.add_argument("--pictures", default=None, help="prefix of PNG files")
parser.add_argument("--sentence", type=int, default=4, help="whose attention is drawn")
given = parser.parse_args()
table = None

for file in given.models:
    kept = torch.load(file, weights_only=True)
    languages = kept["languages"]
    names = []
    for known in (kept["source"], kept["target"]):
        one = Words([])
        one.names, one.number = known, {word: at for at, word in enumerate(known)}
        names.append(one)
    model = network(kept["kind"], len(names[0]), len(names[1]))
    model.load_state_dict(kept["model"])
    model.eval()
    text = pairs(given.folder, "test", *languages)[: given.rows]
    data = [(names[0].encode(a), names[1].encode(b)) for a, b in text]
    if table is None:
        table = dictionary(pairs(given.folder, "train", *languages))

    scores, labels, translated = [None] * len(data), [None] * len(data), [None] * len(data)
    with torch.no_grad():
        for rows, source, target in batches(data, 64):
            logs = torch.log_softmax(model(source, target), dim=2)
            made = model.translate(source)
            for at, row in enumerate(rows):
                length = int((target[at] != PAD).sum())
                scores[row], labels[row] = logs[at, :length].numpy(), target[at, :length].numpy()
                translated[row] = " ".join(names[1].decode(made[at]))
    found = sequence_scores(
        scores, labels, translations=translated, references=[" ".join(b) for _, b in text],
        lengths=[len(a) for a, _ in text],
    )
    print(f"\n{kept['kind']}: {found}")
    if given.pictures:
        found.plot().figure.savefig(f"{given.pictures}_length_{kept['kind']}.png", dpi=110)
    if kept["kind"] == "plain":
        continue

    # the attention of the decoder to the source words, with the reference given
    total, heads = Counter(), {}
    for at, (source, target) in enumerate(text[: given.maps]):
        a, b = padded([data[at][0]]), padded([data[at][1]])
        maps = attention_maps(model, (a, b), keys=[*source, "<end>"], queries=[*target, "<end>"])
        cross = [one for one in maps if len(one.keys) == len(source) + 1 and "self_attn" not in one.layer]
        for one in cross:
            for number, weights in enumerate([one.mean, *(one.weights if len(one.weights) > 1 else ())]):
                name = f"{one.layer or 'attention'} {'mean' if number == 0 else f'head {number - 1}'}"
                heads.setdefault(name, Counter()).update(agreement(weights, table, source, target))
        if at == given.sentence and given.pictures:
            for number, one in enumerate(cross):
                one.plot().figure.savefig(f"{given.pictures}_{kept['kind']}_{number}.png", dpi=110)
    for name, hits in heads.items():
        share, diagonal = hits["attention"] / hits["of"], hits["diagonal"] / hits["of"]
        print(f"  {name}: {share:.1%} of {hits['of']} words look where the dictionary points (the diagonal {diagonal:.1%})")
