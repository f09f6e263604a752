"""Two networks, two optimisers, losses at three lines, one of them by hand."""
import torch
import torch.nn.functional as F
from _truth import Truth
from torch import nn

torch.manual_seed(4)
maker = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
judge = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_m = torch.optim.Adam(maker.parameters(), lr=1e-3, betas=(0.5, 0.9))
opt_j = torch.optim.SGD(judge.parameters(), lr=2e-2)
named_m = [(f"maker.{n}", p) for n, p in maker.named_parameters()]
named_j = [(f"judge.{n}", p) for n, p in judge.named_parameters()]
truth = Truth()
truth.outputs(maker, "maker.")
truth.outputs(judge, "judge.")
for step in range(26):
    real = torch.randn(16, 2) * 0.3 + 1
    middle = maker[1](maker[0](torch.randn(16, 3)))
    fake = maker[2](middle)
    opt_j.zero_grad()
    real_loss = F.binary_cross_entropy_with_logits(judge(real), torch.ones(16, 1))
    truth.entering(opt_j, "j")
    truth.entering(opt_m, "m")
    truth.loss(real_loss, "real")
    real_loss.backward()
    truth.backward_done()
    fake_loss = F.binary_cross_entropy_with_logits(judge(fake.detach()), torch.zeros(16, 1))
    truth.entering(opt_j, "j")
    truth.entering(opt_m, "m")
    truth.loss(fake_loss, "fake")
    fake_loss.backward()
    truth.backward_done()
    truth.before_step(named_j)
    opt_j.step()
    truth.rate(opt_j, "j")
    truth.after_step(opt_j, named_j, "j")
    opt_m.zero_grad()
    truth.bounded("maker.0", "tanh", middle, -1, 1)
    maker_loss = -judge(fake).mean()
    truth.entering(opt_m, "m")
    truth.entering(opt_j, "j")
    truth.loss(maker_loss, "maker")
    maker_loss.backward()
    truth.backward_done()
    truth.before_step(named_m)
    opt_m.step()
    truth.rate(opt_m, "m")
    truth.after_step(opt_m, named_m, "m")
    truth.stepped()
truth.save()
