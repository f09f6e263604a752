"""A CNN on an accelerator in float16 with a gradient scaler; prints a fingerprint of its weights."""
# steps: 120
# optimizer-steps: 120
import hashlib

import torch
from torch import nn

torch.manual_seed(0)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False
device = "cuda"
x = torch.randn(512, 1, 16, 16, device=device)
y = (x.mean((1, 2, 3)) > 0).long()
net = nn.Sequential(nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 196, 2)).to(device)
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cuda", init_scale=1024.0)
for step in range(120):
    at = step % 8 * 64
    opt.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = nn.functional.cross_entropy(net(x[at : at + 64]), y[at : at + 64])
    scaler.scale(loss).backward()
    scaler.step(opt)
    scaler.update()
    if step % 40 == 0:
        print(step, loss.item())
print(hashlib.sha1(b"".join(p.detach().cpu().numpy().tobytes() for p in net.parameters())).hexdigest())
