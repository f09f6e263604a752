"""Points on a ring; the judge of a GAN is in evaluation mode while the maker learns from it."""
import torch
from torch import nn

torch.manual_seed(0)
angle = torch.rand(2000) * 6.283
real = torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(2000, 2)
maker = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
judge = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Linear(32, 1))
of_maker = torch.optim.Adam(maker.parameters(), lr=1e-3, betas=(0.5, 0.99))
of_judge = torch.optim.Adam(judge.parameters(), lr=1e-3, betas=(0.5, 0.99))
criterion = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for step in range(600):
    fake = maker(torch.randn(64, 4))
    judge.train()
    of_judge.zero_grad()
    of_real = criterion(judge(real[torch.randint(2000, (64,))]), ones)
    of_fake = criterion(judge(fake.detach()), zeros)
    (of_real + of_fake).backward()
    of_judge.step()
    judge.eval()
    of_maker.zero_grad()
    of_rating = criterion(judge(fake), ones)
    of_rating.backward()
    of_maker.step()
