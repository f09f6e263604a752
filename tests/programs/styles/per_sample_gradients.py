"""Per-sample gradients with vmap and grad, clipped one by one, averaged, noised and set by hand."""
# steps: 0
# optimizer-steps: 150
import torch
from torch import nn
from torch.func import functional_call, grad_and_value, vmap

torch.manual_seed(41)
x = torch.randn(600, 6)
y = (x[:, 0] - x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
clip, noise = 1.0, 0.02


def loss_of_one(params, sample, label):
    scores = functional_call(model, params, (sample.unsqueeze(0),))
    return nn.functional.cross_entropy(scores, label.unsqueeze(0))


per_sample = vmap(grad_and_value(loss_of_one), in_dims=(None, 0, 0))
for epoch in range(10):
    for rows in torch.randperm(600).split(40):
        params = {k: v.detach() for k, v in model.named_parameters()}
        gradients, losses = per_sample(params, x[rows], y[rows])
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients.values()]).norm(dim=0)
        factor = (clip / (norms + 1e-6)).clamp(max=1.0)
        for name, p in model.named_parameters():
            clipped = gradients[name] * factor.view(-1, *[1] * (gradients[name].dim() - 1))
            p.grad = clipped.mean(0) + noise * clip * torch.randn_like(p) / len(rows)
        optimizer.step()
    if epoch % 2:
        print(epoch + 1, losses.mean().item())
