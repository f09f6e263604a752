"""The encoder gets no gradient: its output is detached."""
import torch
from torch import nn
torch.manual_seed(0)
class N(nn.Module):
    def __init__(s):
        super().__init__(); s.enc=nn.Sequential(nn.Linear(4,8),nn.ReLU(),nn.Linear(8,6)); s.head=nn.Linear(6,2)
    def forward(s,x):
        return s.head(torch.relu(s.enc(x)).detach())
m=N(); o=torch.optim.Adam(m.parameters()); x=torch.randn(400,4); y=(x[:,0]>0).long()
for t in range(200):
    i=torch.randint(400,(32,)); o.zero_grad(); nn.functional.cross_entropy(m(x[i]),y[i]).backward(); o.step()
