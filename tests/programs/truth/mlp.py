"""A classifier with a loader, a schedule, clipping, silent units and an evaluation; argv: truth, loader workers."""
import sys

import torch
from _truth import Truth
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(1)
workers = int(sys.argv[2])
x = torch.randn(400, 12) * torch.linspace(0.1, 40, 12)
x[:, 3] = 2.0
y = (x @ torch.randn(12, 4)).argmax(1)


class Numbered(Dataset):
    def __len__(self):
        return 320

    def __getitem__(self, i):
        return x[i], y[i], i


model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 16), nn.ReLU(), nn.Linear(16, 4))
with torch.no_grad():
    model[0].bias[:5] = -1e4  # never fire
    model[0].bias[5] = -60.0  # fires now and then
for p in model[2].parameters():
    p.requires_grad_(False)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
loader = DataLoader(Numbered(), batch_size=32, shuffle=True, num_workers=workers, drop_last=False)
named = list(model.named_parameters())
truth = Truth()
truth.outputs(model)
for epoch in range(3):
    for number, (inputs, labels, indices) in enumerate(loader):
        if epoch == 1 and number == 7:
            break  # batches drawn ahead are thrown away
        optimizer.zero_grad()
        hidden = model[1](model[0](inputs))
        deep = model[3](model[2](hidden))
        scores = model[4](deep)
        loss = nn.functional.cross_entropy(scores, labels)
        truth.rectified("0", hidden)
        truth.rectified("3", deep)  # its layer is frozen: known by its own name
        truth.classified(scores, labels, indices=indices)
        truth.entered_data("0", inputs)
        truth.entering(optimizer)
        truth.loss(loss)
        loss.backward()
        truth.backward_done()
        truth.clipped(truth._joint(optimizer)[0])
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        truth.before_step(named)
        optimizer.step()
        truth.rate(optimizer)
        truth.after_step(optimizer, named)
        truth.stepped()
    schedule.step()
    model.eval()
    with torch.no_grad():
        scores = model(x[320:])
        held_out = nn.functional.cross_entropy(scores, y[320:])
        truth.eval(held_out)
        truth.classified(scores, y[320:], phase="eval")
    model.train()
truth.save()
