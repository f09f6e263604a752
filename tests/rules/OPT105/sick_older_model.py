"""The network is made anew after the optimiser."""
import torch
from torch import nn
torch.manual_seed(0)
x=torch.randn(400,4); y=(x[:,0]>0).long()
def net(): return nn.Sequential(nn.Linear(4,8),nn.ReLU(),nn.Linear(8,2))
m=net(); o=torch.optim.Adam(m.parameters()); m=net()
for e in range(100):
    i=torch.randint(400,(20,))
    o.zero_grad(); loss=nn.functional.cross_entropy(m(x[i]),y[i]); loss.backward(); o.step()
# cause: LOP110
