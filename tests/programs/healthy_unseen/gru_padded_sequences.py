"""GRU over packed sequences of unequal length; the padding is left out by pack_padded_sequence."""
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(201)


def make(n):
    """Three kinds of random walks: rising, falling, or returning to the mean."""
    items = []
    for _ in range(n):
        kind, length = int(torch.randint(0, 3, ())), int(torch.randint(8, 21, ()))
        noise = torch.randn(length) * 0.5
        if kind == 2:
            walk = torch.zeros(length)
            for t in range(1, length):
                walk[t] = 0.3 * walk[t - 1] + noise[t]
        else:
            walk = (noise + (0.3 if kind == 0 else -0.3)).cumsum(0)
        items.append((walk.div(2.0).unsqueeze(1), kind))
    return items


def collate(batch):
    sequences, labels = zip(*batch)
    return pad_sequence(sequences, batch_first=True), torch.tensor([len(s) for s in sequences]), torch.tensor(labels)


class GRUClassifier(nn.Module):
    def __init__(self, hidden=20):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed)
        return self.fc(last[-1])


train_loader = DataLoader(make(1800), batch_size=60, shuffle=True, collate_fn=collate)
test_loader = DataLoader(make(600), batch_size=300, collate_fn=collate)
model, criterion = GRUClassifier(), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
EPOCHS = 10
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
for epoch in range(EPOCHS):
    model.train()
    train_loss = 0.0
    for x, lengths, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x, lengths), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 3.0)
        optimizer.step()
        train_loss += loss.item() / len(train_loader)
    scheduler.step()
    model.eval()
    test_loss, right = 0.0, 0
    with torch.no_grad():
        for x, lengths, y in test_loader:
            out = model(x, lengths)
            test_loss += criterion(out, y).item() / len(test_loader)
            right += (out.argmax(1) == y).sum().item()
    print(f"epoch {epoch + 1} train {train_loss:.4f} test {test_loss:.4f} acc {right / 600:.3f}")
