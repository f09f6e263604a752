"""The user's own forward, forward-pre and backward hooks on layers and on tensors, and retain_grad."""
# steps: 200
# optimizer-steps: 200
# losses: 1
import torch
from torch import nn

torch.manual_seed(43)
seen = {"pre": 0, "forward": 0, "backward": 0, "tensor": 0}
activation = {}


def keep(name):
    def hook(module, inputs, output):
        seen["forward"] += 1
        activation[name] = output.detach()

    return hook


def before(module, inputs):
    seen["pre"] += 1
    return (inputs[0].clamp(-4, 4),)


def backward(module, grad_input, grad_output):
    seen["backward"] += 1


def halve(grad):
    seen["tensor"] += 1
    return grad * 0.5


model = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1))
model[0].register_forward_pre_hook(before)
model[2].register_forward_hook(keep("middle"))
model[4].register_full_backward_hook(backward)
model[0].weight.register_hook(halve)
handle = model[3].register_forward_hook(keep("late"))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(200):
    x = torch.randn(32, 4)
    y = x[:, :1] * x[:, 1:2].sign()
    hidden = model[:2](x)
    hidden.retain_grad()
    loss = nn.functional.smooth_l1_loss(model[2:](hidden), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step == 99:
        handle.remove()
    if step % 50 == 49:
        print(step + 1, round(loss.item(), 4), "gradient of the features", round(hidden.grad.norm().item(), 5))
print(seen, sorted(activation))
