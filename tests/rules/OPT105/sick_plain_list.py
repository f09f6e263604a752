"""Layers in a plain list are not in model.parameters()."""
import torch
from torch import nn
torch.manual_seed(0)
x=torch.randn(400,4); y=(x[:,0]>0).long()
class N(nn.Module):
    def __init__(s):
        super().__init__(); s.layers=[nn.Linear(4,8),nn.Linear(8,8)]; s.out=nn.Linear(8,2)
    def forward(s,x):
        for l in s.layers: x=torch.relu(l(x))
        return s.out(x)
m=N(); o=torch.optim.Adam(m.parameters())
for e in range(100):
    i=torch.randint(400,(20,))
    o.zero_grad(); loss=nn.functional.cross_entropy(m(x[i]),y[i]); loss.backward(); o.step()
