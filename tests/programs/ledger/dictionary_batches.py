"""Batches are dictionaries, and the network computes the loss itself, as in transformers."""
import torch
from _data import split
from torch import nn
from torch.utils.data import DataLoader


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, pixels, labels=None):
        logits = self.body(pixels)
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        return {"loss": loss, "logits": logits}


train, train_labels, test, test_labels = split()
data = {
    name: [{"pixels": torch.from_numpy(x), "labels": int(y)} for x, y in zip(inputs, labels, strict=True)]
    for name, inputs, labels in (("train", train, train_labels), ("test", test, test_labels))
}
train_loader = DataLoader(data["train"], batch_size=50, shuffle=True)
test_loader = DataLoader(data["test"], batch_size=50)
model = Model()
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(2):
    model.train()
    for batch in train_loader:
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    with torch.inference_mode():
        for batch in test_loader:
            model(**batch)
