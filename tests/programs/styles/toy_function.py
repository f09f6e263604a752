"""No data and no model: three optimisers walk down Rosenbrock's valley, one after the other."""
# steps: 1800
# optimizer-steps: 1800
# losses: 3
import torch


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def walk(make, n=600):
    point = torch.tensor([-0.5, 0.5], requires_grad=True)
    optimizer = make([point])
    for _ in range(n):
        optimizer.zero_grad()
        value = rosenbrock(point)
        value.backward()
        optimizer.step()
    return point.detach(), value.item()


for name, make in {
    "sgd": lambda p: torch.optim.SGD(p, lr=2e-3, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.02),
}.items():
    point, value = walk(make)
    print(f"{name:8s} ends at ({point[0]:.3f}, {point[1]:.3f}) with {value:.5f}")
