"""Raw tensors in a dictionary, a functional net and an optimiser over a list of tensors."""
# steps: 300
# optimizer-steps: 300
# losses: 1
import torch
import torch.nn.functional as F

torch.manual_seed(9)


def init(n_in, n_out):
    return torch.randn(n_out, n_in) * (2 / n_in) ** 0.5, torch.zeros(n_out)


params = {}
params["W0"], params["b0"] = init(10, 40)
params["W1"], params["b1"] = init(40, 3)
for value in params.values():
    value.requires_grad_(True)


def net(x, p):
    return F.linear(F.relu(F.linear(x, p["W0"], p["b0"])), p["W1"], p["b1"])


x = torch.randn(600, 10)
y = (x @ torch.randn(10, 3)).argmax(1)
optimizer = torch.optim.SGD(list(params.values()), lr=0.1, momentum=0.9)
for epoch in range(20):
    for rows in torch.randperm(600).split(40):
        loss = F.cross_entropy(net(x[rows], params), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
