"""How far is a digit turned? A regression on pictures, with a Huber loss."""
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset


def dataset(name):
    with np.load(name) as file:
        pictures = torch.tensor(file["pictures"], dtype=torch.float32)[:, None]
        return TensorDataset((pictures - 33.0) / 79.0, torch.tensor(file["angles"], dtype=torch.float32)[:, None])


def evaluate(model, loader):
    answers, truths = [], []
    model.eval()
    with torch.no_grad():
        for picture, angle in loader:
            answers.append(model(picture))
            truths.append(angle)
    answers, truths = torch.cat(answers), torch.cat(truths)
    r2 = 1 - (answers - truths).pow(2).mean() / truths.var()
    return (answers - truths).abs().mean().item(), r2.item()


torch.manual_seed(8)
train, test = dataset("train.npz"), dataset("test.npz")
train_loader = DataLoader(train, batch_size=50, shuffle=True, drop_last=True)
test_loader = DataLoader(test, batch_size=250)
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 12, 5, stride=2), torch.nn.ELU(),
    torch.nn.Conv2d(12, 24, 3, stride=2), torch.nn.ELU(),
    torch.nn.Flatten(), torch.nn.Linear(24 * 25, 48), torch.nn.ELU(), torch.nn.Linear(48, 1),
)
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
loss_fn = torch.nn.HuberLoss(delta=0.5)
for epoch in range(1, 11):
    model.train()
    seen = 0.0
    for picture, angle in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(picture), angle)
        loss.backward()
        optimizer.step()
        seen += loss.item()
    if epoch == 8:
        for group in optimizer.param_groups:
            group["lr"] *= 0.2
    mae, r2 = evaluate(model, test_loader)
    print(f"{epoch:3d} train huber {seen / len(train_loader):.5f} | test mae {mae:.4f} r2 {r2:.4f}")
