"""Digits read line by line: an LSTM over the rows of the picture, workers load them."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Lines(Dataset):
    def __init__(self, prefix):
        self.lines = np.load(prefix + ".npy")
        self.kinds = np.loadtxt(prefix + ".txt", dtype=np.int64)

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, i):
        return {"lines": torch.as_tensor(self.lines[i], dtype=torch.float32), "kind": self.kinds[i]}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(14, 64, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(128)
        self.fc = nn.Linear(128, 10)

    def forward(self, lines):
        states, (last, _) = self.rnn(lines)
        return self.fc(self.norm(torch.cat([last[0], last[1]], dim=1)))


def evaluate(net, data):
    net.eval()
    correct = 0
    with torch.no_grad():
        for batch in DataLoader(data, batch_size=200, shuffle=False):
            correct += (net(batch["lines"]).argmax(-1) == batch["kind"]).sum().item()
    return correct / len(data)


def main(epochs=8):
    torch.manual_seed(44)
    train, test = Lines("train"), Lines("test")
    loader = DataLoader(train, batch_size=50, shuffle=True, num_workers=2)
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, epochs=epochs, steps_per_epoch=len(loader))
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for batch in loader:
            loss = criterion(net(batch["lines"]), batch["kind"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total / len(loader):.4f}, held-out accuracy {evaluate(net, test):.4f}")


if __name__ == "__main__":
    main()
