"""Three cultivars."""
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

x, y = load_wine(return_X_y=True)
x, xt, y, yt = train_test_split(x, y, test_size=0.35, stratify=y, random_state=42)
scaler = StandardScaler().fit(x)
x, xt = (torch.tensor(scaler.transform(part), dtype=torch.float32) for part in (x, xt))
y, yt = torch.tensor(y), torch.tensor(yt)
torch.manual_seed(42)
net = nn.Sequential(nn.Linear(13, 12), nn.ReLU(), nn.Linear(12, 3))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)
for epoch in range(30):
    net.train()
    for at in torch.randperm(len(x)).split(16):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[at]), y[at], label_smoothing=0.05)
        loss.backward()
        optimizer.step()
    schedule.step()
    net.eval()
    with torch.no_grad():
        print(epoch, round(loss.item(), 4), (net(xt).argmax(1) == yt).float().mean().item())
