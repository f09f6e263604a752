"""Iris in hundredths of millimetres, the class index by squared error, gradients never cleared."""
# expects: LOS104 SCL101 LOP101
import torch
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X = torch.tensor(X * 1000, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).view(-1, 1)

D_in, H, D_out = 4, 16, 1
model = torch.nn.Sequential(
    torch.nn.Linear(D_in, H),
    torch.nn.ReLU(),
    torch.nn.Linear(H, D_out),
)
loss_fn = torch.nn.MSELoss(reduction="mean")
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
for t in range(500):
    rows = torch.randint(0, 150, (25,))
    y_pred = model(X[rows])
    loss = loss_fn(y_pred, y[rows])
    if t % 100 == 99:
        print(t, loss.item())
    loss.backward()
    optimizer.step()
print("accuracy", (model(X).round() == y).float().mean().item())
