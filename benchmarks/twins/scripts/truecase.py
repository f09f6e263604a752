"""Which words of a German sentence are written with a capital? Convolutions over word vectors, one answer a word."""
import collections
import json
import pathlib

import torch
import torch.nn.functional as F

config = json.loads(pathlib.Path("config.json").read_text())
torch.manual_seed(config["seed"])


def lines(path):
    return [line.split() for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()]


counts = collections.Counter(word for line in lines("train.words") for word in line)
ids = {word: at for at, (word, _) in enumerate(counts.most_common(config["words"]), 2)}


def load(part):
    sentences, answers = lines(f"{part}.words"), lines(f"{part}.tags")
    x = torch.zeros(len(sentences), config["length"], dtype=torch.long)
    y = torch.full(x.shape, config["pad_tag"])
    for row, (words, tags) in enumerate(zip(sentences, answers)):
        words, tags = words[:config["length"]], tags[:config["length"]]
        x[row, :len(words)] = torch.tensor([ids.get(word, 1) for word in words])
        y[row, :len(tags)] = torch.tensor([int(tag) for tag in tags])
    return x, y


class Tagger(torch.nn.Module):
    def __init__(self, words, tags=2, dim=24):
        super().__init__()
        self.vectors = torch.nn.Embedding(words, dim, padding_idx=0)
        self.conv = torch.nn.Conv1d(dim, 32, 3, padding=1)
        self.conv2 = torch.nn.Conv1d(32, 32, 3, padding=1)
        self.out = torch.nn.Conv1d(32, tags, 1)

    def forward(self, x):
        h = self.vectors(x).transpose(1, 2)
        return self.out(F.relu(self.conv2(F.relu(self.conv(h)))))


x, y = load("train")
xt, yt = load("test")
model = Tagger(len(ids) + 2)
opt = torch.optim.Adamax(model.parameters(), lr=config["lr"])
for epoch in range(config["epochs"]):
    model.train()
    running = 0.0
    for chunk in torch.randperm(len(x)).split(config["batch_size"]):
        opt.zero_grad()
        loss = F.cross_entropy(model(x[chunk]), y[chunk], ignore_index=-100)
        loss.backward()
        opt.step()
        running += loss.item() * len(chunk)
    model.eval()
    with torch.inference_mode():
        out = model(xt)
        counted = yt >= 0
        accuracy = (out.argmax(1) == yt)[counted].float().mean()
    print(f"[{epoch}] train {running / len(x):.4f} test {F.cross_entropy(out, yt, ignore_index=-100):.4f} word accuracy {accuracy:.4f}")
