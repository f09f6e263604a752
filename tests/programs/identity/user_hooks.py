"""The user's hooks on modules, tensors, optimisers and the state dict, some of which change what passes through."""
import torch
from _fingerprint import fingerprint, seed
from torch import nn

seed(10)
order = []
model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 1))


def noisy(module, inputs, output):
    return output + 0.01 * torch.randn_like(output)


def scale(module, grad_input, grad_output):
    return tuple(None if g is None else g * 0.9 for g in grad_input)


model[0].register_forward_hook(noisy)
model[2].register_full_backward_hook(scale)
model[2].register_forward_pre_hook(lambda m, i: order.append("pre"))
model[4].weight.register_hook(lambda g: g.clamp(-1, 1))
model[4].bias.register_post_accumulate_grad_hook(lambda p: order.append("accumulated"))
model.register_forward_hook(lambda m, i, o: order.append("model"), prepend=True)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
optimizer.register_step_pre_hook(lambda o, a, k: order.append("step"))
optimizer.register_step_post_hook(lambda o, a, k: order.append("stepped"))
for step in range(150):
    x = torch.randn(32, 5)
    hidden = model[0](x)
    hidden.retain_grad()
    loss = nn.functional.mse_loss(model(x), x[:, :1].sign()) + 0.001 * hidden.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 49:
        print(step, loss.item(), hidden.grad.abs().sum().item())
print(order[:12], len(order))
fingerprint(model, optimizer, order)
