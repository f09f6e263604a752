"""Monthly rent in currency units, and a dropout after the last layer."""
# expects: ARC113 SCL102
import torch
from torch import nn

torch.manual_seed(74)
flat = torch.randn(700, 6)
rent = 900 + 220 * flat[:, :1] + 130 * flat[:, 1:2] - 90 * flat[:, 2:3] * flat[:, 3:4] + 30 * torch.randn(700, 1)


class Rent(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 40)
        self.fc2 = nn.Linear(40, 20)
        self.fc3 = nn.Linear(20, 1)
        self.drop = nn.Dropout(0.3)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.drop(self.fc3(x))


model = Rent()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
loss_fn = nn.MSELoss()
for epoch in range(40):
    model.train()
    for rows in torch.randperm(600).split(60):
        optimizer.zero_grad()
        loss = loss_fn(model(flat[rows]), rent[rows])
        loss.backward()
        optimizer.step()
    if epoch % 8 == 7:
        model.eval()
        with torch.no_grad():
            held_out = loss_fn(model(flat[600:]), rent[600:]).item()
        print(f"epoch {epoch + 1} train {loss.item():.0f} held out {held_out:.0f}")
