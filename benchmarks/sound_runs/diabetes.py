"""Progress of a disease: standardised target, strong decay."""
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from torch import nn

x, y = load_diabetes(return_X_y=True)
x, xt, y, yt = (torch.tensor(part, dtype=torch.float32) for part in
                train_test_split(x, y, test_size=0.3, random_state=44))
xm, xs, ym, ys = x.mean(0), x.std(0), y.mean(), y.std()
x, xt, y, yt = (x - xm) / xs, (xt - xm) / xs, (y - ym) / ys, (yt - ym) / ys
torch.manual_seed(44)
net = nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.AdamW(net.parameters(), lr=6e-3, weight_decay=0.3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
for epoch in range(20):
    net.train()
    for at in torch.randperm(len(x)).split(20):
        loss = nn.functional.mse_loss(net(x[at]).squeeze(1), y[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        error = nn.functional.mse_loss(net(xt).squeeze(1), yt)
    print(f"epoch {epoch} loss {loss.item():.4f} held-out {error:.4f} rmse {error.sqrt() * ys:.2f}")
