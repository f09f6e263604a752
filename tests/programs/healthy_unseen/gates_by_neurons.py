"""AND, OR and NAND: a neuron each, made and trained by hand on the four points; then exclusive or from the three."""
# Healthy: each gate can be separated, each neuron finds it.
import torch

torch.manual_seed(308)
points = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
gates = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0]}
w, b = {}, {}
for name, truth in gates.items():
    y = torch.tensor(truth, dtype=torch.float32)
    w[name] = torch.randn(2, requires_grad=True)
    b[name] = torch.zeros(1, requires_grad=True)
    for i in range(1500):
        a = torch.sigmoid(points @ w[name] + b[name])
        cost = -(y * a.log() + (1 - y) * (1 - a).log()).mean()
        cost.backward()
        with torch.no_grad():
            w[name] -= 1.0 * w[name].grad
            b[name] -= 1.0 * b[name].grad
        w[name].grad = b[name].grad = None
    print(name, round(cost.item(), 4), (a > 0.5).int().tolist())
