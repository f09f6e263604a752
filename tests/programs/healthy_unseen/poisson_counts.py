"""Count regression with PoissonNLLLoss on log rates; the loss may be negative and its best value is not zero."""
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(13)
gen = np.random.default_rng(13)
X = gen.normal(size=(5000, 4)).astype("float32")
log_rate = 0.4 + 0.5 * X[:, 0] - 0.4 * np.abs(X[:, 1]) + 0.3 * X[:, 2] * (X[:, 3] > 0)
counts = gen.poisson(np.exp(log_rate)).astype("float32")

X, counts = torch.from_numpy(X), torch.from_numpy(counts)
train_x, train_y, test_x, test_y = X[:4000], counts[:4000], X[4000:], counts[4000:]
model = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 1), nn.Flatten(0))
loss_fn = nn.PoissonNLLLoss(log_input=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9, nesterov=True)
lr_sched = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=800)


def batches():
    while True:
        for ids in torch.randperm(4000).split(100):
            yield train_x[ids], train_y[ids]


stream = batches()
for step in range(1, 801):
    bx, by = next(stream)
    loss = loss_fn(model(bx), by)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    lr_sched.step()
    if step % 100 == 0:
        with torch.no_grad():
            a, b = loss_fn(model(train_x), train_y).item(), loss_fn(model(test_x), test_y).item()
        print(f"step {step} train {a:.4f} test {b:.4f}")
constant = loss_fn(train_y.mean().log().expand(1000), test_y).item()
print(f"a constant rate would score {constant:.4f}")
