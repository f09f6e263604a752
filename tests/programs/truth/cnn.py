"""A small network of convolutions with dead channels, a frozen first layer, batch norm and one binary score."""
import torch
import torch.nn.functional as F
from _truth import Truth
from torch import nn

torch.manual_seed(2)
images = torch.rand(240, 1, 10, 10)
labels = (images[:, 0, 2:6, 2:6].mean((1, 2)) > 0.5).float().unsqueeze(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3)
        self.norm = nn.BatchNorm2d(6)
        self.second = nn.Conv2d(6, 8, 3, bias=True)
        self.head = nn.Linear(8 * 3 * 3, 1)
        with torch.no_grad():
            self.second.bias[1] = self.second.bias[4] = -50.0

    def forward(self, batch):
        one = torch.relu(self.norm(self.first(batch)))
        two = F.relu(self.second(one))
        self.seen = one, two
        return self.head(F.max_pool2d(two, 2).flatten(1))


net = Net()
net.first.requires_grad_(False)
optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.05, momentum=0.9)
named = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
criterion = nn.BCEWithLogitsLoss()
truth = Truth()
truth.outputs(net)
order = torch.randperm(240)
for epoch in range(3):
    for at in range(0, 240, 24):
        rows = order[at : at + 24]
        optimizer.zero_grad(set_to_none=False)
        scores = net(images[rows])
        loss = criterion(scores, labels[rows])
        truth.rectified("?", net.seen[0], channels=True)
        truth.rectified("second", net.seen[1], channels=True)
        truth.target(scores, labels[rows])
        truth.fact(f"positive {truth.index}", [int((scores > 0).sum()), int(labels[rows].sum()),
                                               int(((scores > 0) & (labels[rows] == 1)).sum())])
        truth.entering(optimizer)
        truth.loss(loss)
        loss.backward()
        truth.backward_done()
        truth.before_step(named)
        optimizer.step()
        truth.rate(optimizer)
        truth.after_step(optimizer, named)
        truth.stepped()
truth.save()
