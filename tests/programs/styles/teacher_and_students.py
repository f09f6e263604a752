"""A teacher, trained first, and three students that learn from its softened answers side by side."""
# steps: 1050
# optimizer-steps: 1050
# losses: 4
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(20)
x = torch.randn(600, 8)
y = (x[:, :4].pow(2).sum(1) > x[:, 4:].pow(2).sum(1)).long()


def mlp(width):
    return nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Linear(width, 2))


teacher = mlp(64)
optimizer = torch.optim.Adam(teacher.parameters(), lr=0.01)
for epoch in range(10):
    for rows in torch.randperm(600).split(40):
        optimizer.zero_grad()
        loss = F.cross_entropy(teacher(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
teacher.eval()
print("teacher", loss.item())

students = nn.ModuleList([mlp(8), mlp(16), mlp(32)])
optimizers = [torch.optim.Adam(s.parameters(), lr=0.01) for s in students]
temperature = 2.0
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        with torch.no_grad():
            soft = F.softmax(teacher(x[rows]) / temperature, dim=1)
        for student, opt in zip(students, optimizers):
            opt.zero_grad()
            hidden_loss = F.kl_div(F.log_softmax(student(x[rows]) / temperature, dim=1), soft, reduction="batchmean")
            hidden_loss.backward()
            opt.step()
print("students", [round((s(x).argmax(1) == y).float().mean().item(), 3) for s in students])
