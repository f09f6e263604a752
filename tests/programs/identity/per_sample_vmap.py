"""functional_call, vmap and grad: per-sample gradients with random dropout per sample, an ensemble with stacked weights."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn
from torch.func import functional_call, grad, stack_module_state, vmap

seed(13)
model = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
x = torch.randn(320, 5)
y = (x[:, 0] > 0).long()


def loss_of_one(params, one, label):
    return nn.functional.cross_entropy(functional_call(model, params, (one[None],)), label[None])


per_sample = vmap(grad(loss_of_one), in_dims=(None, 0, 0), randomness="different")
for epoch in range(6):
    for rows in torch.randperm(320).split(32):
        params = {k: v.detach() for k, v in model.named_parameters()}
        gradients = per_sample(params, x[rows], y[rows])
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients.values()]).norm(dim=0)
        factor = (1.0 / (norms + 1e-6)).clamp(max=1.0)
        for name, p in model.named_parameters():
            p.grad = torch.einsum("n,n...->...", factor, gradients[name]) / len(rows)
        optimizer.step()
    print(epoch, norms.mean().item())

members = [nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2)) for _ in range(3)]
weights, buffers = stack_module_state(members)
base = members[0]
adam = torch.optim.Adam(weights.values(), lr=0.01)
for step in range(60):
    scores = vmap(lambda w, b: functional_call(base, (w, b), (x[:64],)))(weights, buffers)
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), y[:64].repeat(3))
    adam.zero_grad()
    loss.backward()
    adam.step()
print(loss.item())
fingerprint(model, optimizer, weights, adam)
