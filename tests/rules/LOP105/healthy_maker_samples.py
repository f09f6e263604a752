"""Points on a ring; a GAN is looked at in training mode, and a classifier's batch statistics are measured anew."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
angle = torch.rand(2000) * 6.283
real = torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(2000, 2)
side = (angle > 3.1415).long()
loader = DataLoader(TensorDataset(real, side), batch_size=100, shuffle=True)
maker = nn.Sequential(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
judge = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
of_maker = torch.optim.Adam(maker.parameters(), lr=1e-3, betas=(0.5, 0.99))
of_judge = torch.optim.Adam(judge.parameters(), lr=1e-3, betas=(0.5, 0.99))
criterion, fixed = nn.BCEWithLogitsLoss(), torch.randn(200, 4)
for epoch in range(15):
    for points, _ in loader:
        fake = maker(torch.randn(100, 4))
        of_judge.zero_grad()
        (criterion(judge(points), torch.ones(100, 1)) + criterion(judge(fake.detach()), torch.zeros(100, 1))).backward()
        of_judge.step()
        of_maker.zero_grad()
        criterion(judge(fake), torch.ones(100, 1)).backward()
        of_maker.step()
    with torch.no_grad():
        print(epoch, maker(fixed).norm(dim=1).mean().item())

classifier = nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
averaged = torch.optim.swa_utils.AveragedModel(classifier)
optimizer = torch.optim.Adam(classifier.parameters(), lr=1e-2)
decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=12)
for epoch in range(12):
    for points, label in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(classifier(points), label).backward()
        optimizer.step()
    decay.step()
    averaged.update_parameters(classifier)
torch.optim.swa_utils.update_bn(loader, averaged)
