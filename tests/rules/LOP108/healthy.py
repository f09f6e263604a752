"""Wine; the loss is computed from the scores themselves."""
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(2)
X, y = load_wine(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
y = torch.tensor(y)
model = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-2)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 80)

for epoch in range(80):
    for rows in torch.randperm(len(X)).split(30):
        optimizer.zero_grad()
        scores = model(X[rows])
        loss = criterion(scores, y[rows])
        loss.backward()
        optimizer.step()
    schedule.step()
    print(epoch + 1, loss.item())
