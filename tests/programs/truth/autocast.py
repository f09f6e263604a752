"""bfloat16 autocast and a gradient scaler that is switched on."""
import torch
from _truth import Truth
from torch import nn

torch.manual_seed(8)
x, y = torch.randn(256, 10), torch.randint(0, 3, (256,))
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=5)
named = list(model.named_parameters())
truth = Truth()
truth.outputs(model)
for step in range(30):
    rows = torch.randint(0, 256, (16,))
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model[1](model[0](x[rows]))
        scores = model[2](hidden)
        loss = nn.functional.cross_entropy(scores, y[rows])
    truth.rectified("0", hidden)
    truth.entering(optimizer)
    truth.loss(loss)
    scaler.scale(loss).backward()
    truth.backward_done()
    scaler.unscale_(optimizer)
    truth.before_step(named)
    scaler.step(optimizer)
    truth.rate(optimizer)
    truth.after_step(optimizer, named)
    truth.stepped()
    scaler.update()
    truth.scale(scaler)
truth.save()
