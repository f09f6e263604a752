"""Film reviews: tf-idf of the training texts, a linear layer."""
import os
import tarfile
from pathlib import Path

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ.get("UNSTUCK_SHARED", "shared/data"))
texts, labels = [], []
with tarfile.open(DATA / "review_polarity.tar.gz") as archive:
    for member in archive:
        if member.name.endswith(".txt") and "txt_sentoken" in member.name:
            texts.append(archive.extractfile(member).read().decode("latin-1"))
            labels.append(float("/pos/" in member.name))
train, test, y, yt = train_test_split(texts, labels, test_size=0.25, stratify=labels, random_state=0)
vectors = TfidfVectorizer(max_features=1200, min_df=5, sublinear_tf=True).fit(train)
x, xt = (torch.tensor(vectors.transform(part).toarray(), dtype=torch.float32) * 12 for part in (train, test))
y, yt = torch.tensor(y), torch.tensor(yt)
torch.manual_seed(20)
net = nn.Linear(1200, 1)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1.0)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
for epoch in range(12):
    net.train()
    for a, b in DataLoader(TensorDataset(x, y), 50, shuffle=True):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(a)[:, 0], b).backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        out = net(xt)[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(out, yt)
    print(f"epoch {epoch} loss {loss:.4f} accuracy {((out > 0) == (yt > 0.5)).float().mean():.4f}")
