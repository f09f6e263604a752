"""Training goes on where checkpoint.pt left it."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(1)
file = np.load("digits.npz")
x_train, x_test = (torch.from_numpy(file[name]).float().div(255).flatten(1) for name in ("train_x", "test_x"))
y_train, y_test = (torch.from_numpy(file[name]).long() for name in ("train_y", "test_y"))

model = nn.Sequential(nn.Linear(784, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
state = torch.load("checkpoint.pt")
model.load_state_dict(state["model"])
optimizer.load_state_dict(state["optimizer"])
print("resumed after epoch", state["epoch"])


def score():
    with torch.no_grad():
        out = model(x_test)
        return nn.functional.cross_entropy(out, y_test).item(), out.argmax(1).eq(y_test).float().mean().item()


step = 0
for epoch in range(state["epoch"] + 1, state["epoch"] + 11):
    for index in torch.randperm(len(x_train)).split(40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x_train[index]), y_train[index])
        loss.backward()
        optimizer.step()
        step += 1
    test_loss, test_accuracy = score()
    print(f"epoch {epoch} step {step} loss {loss.item():.4f} test loss {test_loss:.4f} accuracy {test_accuracy:.4f}")
