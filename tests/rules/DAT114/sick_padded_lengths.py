"""Strings padded with zeros, all of which the loss is told to be letters."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(31)
LETTERS, FRAMES, FEATURES, MAX_LEN = 5, 24, 8, 5
templates = torch.randn(LETTERS + 1, FEATURES)  # index 0 is silence


def sample(n):
    x = torch.empty(n, FRAMES, FEATURES)
    targets, lengths = torch.zeros(n, MAX_LEN, dtype=torch.long), torch.randint(2, MAX_LEN + 1, (n,))
    for k in range(n):
        word = torch.randint(1, LETTERS + 1, (lengths[k],))
        targets[k, :lengths[k]] = word
        frames = []
        for letter in word.tolist():
            frames += [letter] * int(torch.randint(2, 4, ())) + [0]
        frames = (frames + [0] * FRAMES)[:FRAMES]
        x[k] = templates[frames]
    return x + 0.4 * torch.randn_like(x), targets, lengths


class Recogniser(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(FEATURES, 24, 3, padding=1)
        self.conv2 = nn.Conv1d(24, 24, 3, padding=1)
        self.out = nn.Conv1d(24, LETTERS + 1, 1)

    def forward(self, x):
        x = x.transpose(1, 2)
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        return self.out(x).permute(2, 0, 1).log_softmax(-1)  # (time, batch, letters)


model = Recogniser()
ctc = nn.CTCLoss(blank=0)
opt = torch.optim.Adam(model.parameters(), lr=6e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 1e-2, total_steps=13 * 25)
train, test = sample(1000), sample(300)


def ctc_of(x, y, n):
    return ctc(model(x), y, torch.full((len(x),), FRAMES), torch.full((len(x),), MAX_LEN))


for epoch in range(13):
    for idx in torch.randperm(1000).split(40):
        loss = ctc_of(*(t[idx] for t in train))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
        sched.step()
    with torch.no_grad():
        train_loss, test_loss = ctc_of(*train).item(), ctc_of(*test).item()
        best = model(test[0]).argmax(-1).T
        decoded = [[c for c, prev in zip(row, [0] + row[:-1]) if c != prev and c != 0] for row in best.tolist()]
        exact = sum(d == y[:n].tolist() for d, y, n in zip(decoded, test[1], test[2])) / 300
    if epoch % 4 == 0:
        print(f"epoch {epoch + 1}: ctc train {train_loss:.3f} test {test_loss:.3f} whole strings right {exact:.2f}")
