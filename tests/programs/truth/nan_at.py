"""A loss that is no number from a known step on; argv: what, workers. The last line says where it should be found."""
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(1)
kind, workers, bad_step = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x, y = torch.rand(200, 6) + 0.5, torch.randint(0, 3, (200,))


class Rows(Dataset):
    def __len__(self):
        return 200

    def __getitem__(self, i):
        return x[i], y[i], i


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = nn.Linear(6, 8)
        self.middle = nn.Linear(8, 8)
        self.leave = nn.Linear(8, 3)
        self.spoil = torch.tensor(0.0)

    def forward(self, batch):
        h = torch.tanh(self.enter(batch))
        g = torch.sigmoid(self.middle(h)) - self.spoil
        g = torch.log(g)  # LOG
        return self.leave(g)


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
loader = DataLoader(Rows(), batch_size=10, shuffle=True, num_workers=workers)
step = 0
for epoch in range(3):
    for batch, labels, numbers in loader:
        if step == bad_step:
            if kind == "op":
                net.spoil = torch.tensor(0.5)
            if kind == "data":
                batch = batch.clone()
                batch[3, 2] = float("nan")
            if kind == "weight":
                with torch.no_grad():
                    net.middle.weight[0, 0] = float("inf")
            print("bad", *numbers.tolist())
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(batch), labels)
        loss.backward()
        optimizer.step()
        step += 1
