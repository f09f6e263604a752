"""Raw square metres and prices per month into a ReLU net with a rate of 0.5: most units die in the first steps."""
# expects: SCL101 OPT102 ARC101
import torch
from torch import nn

torch.manual_seed(21)
N = 800
area = torch.rand(N) * 180 + 20
year = torch.randint(1900, 2020, (N,)).float()
income = torch.rand(N) * 4000 + 1000
rooms = torch.randint(1, 7, (N,)).float()
features = torch.stack([area, year, income, rooms], dim=1)
price = 0.6 * (area - 110) / 52 + 0.5 * (income - 3000) / 1155 + 0.3 * (rooms - 3.5) / 1.7 + 0.2 * torch.randn(N)
target = ((price - price.mean()) / price.std()).unsqueeze(1)

model = nn.Sequential(
    nn.Linear(4, 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.5)
loss_fn = nn.SmoothL1Loss()

history = []
for epoch in range(40):
    order = torch.randperm(N)
    for i in range(0, N, 80):
        rows = order[i : i + 80]
        optimizer.zero_grad(set_to_none=True)
        loss = loss_fn(model(features[rows]), target[rows])
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    if epoch % 8 == 0:
        print(f"epoch {epoch}: {sum(history[-10:]) / 10:.4f}")
print("last", sum(history[-10:]) / 10)
