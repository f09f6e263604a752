"""The loop variable is assigned anew; the tensors stay as they are."""
import torch
torch.manual_seed(0)
x=torch.randn(200,4); y=x@torch.randn(4,1)
w=torch.randn(4,1,requires_grad=True); b=torch.zeros(1,requires_grad=True)
for t in range(100):
    loss=((x@w+b-y)**2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w,b):
            p = p - 0.01*p.grad
    w.grad.zero_(); b.grad.zero_()
