"""An adversarial attack and saliency maps on a trained network: gradients again and again, and no weight is to move."""
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2, weight_decay=1e-2)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 300)
for step in range(300):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(X), y).backward()
    optimizer.step()
    decay.step()
model.eval()
shift = torch.zeros_like(X, requires_grad=True)
for step in range(40):
    loss = nn.functional.cross_entropy(model(X + shift), y)
    loss.backward()
    with torch.no_grad():
        shift += 0.02 * shift.grad.sign()
    shift.grad = None
for i in range(30):
    one = X[i : i + 1].clone().requires_grad_()
    model(one)[0, y[i]].backward()
